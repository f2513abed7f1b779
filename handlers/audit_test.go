package handlers

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"moorage"
)

// notPrivileged are the routes that are asked with more than GET and leave no
// row in the audit log, each with the reason.
var notPrivileged = map[string]string{
	"POST /repos/refresh":              "reads GitHub anew for the person themselves",
	"POST /servers/:slug/connect/test": "asks a server that the person may use who it is; it changes nothing here",
	"POST /servers/:slug/ticket":       "opens a conversation with a server that the person may use; it changes nothing here",
	"POST /api/services/:slug/call":    "is a conversation with a server that the person may use; it changes nothing here",
	"POST /connect":                    "is what a person's own clients are shown; it gives nobody a right and takes none",
	"POST /mcp":                        "likewise; what Moorage's own tools change is written down by what they do",
	"DELETE /mcp":                      "ends such a conversation",
	"POST /mcp/:slug":                  "likewise",
	"DELETE /mcp/:slug":                "ends such a conversation",
	"POST /oauth/register":             "a client that nobody has let in may do nothing",
	"POST /oauth/token":                "hands out what a person gave, which is written down then; see TestACodeUsedTwiceTakesBackWhatItGave for the rest",
	"POST /oauth/revoke":               "does nothing for who has no token; see TestAClientGivesItsTokensUp",
	"POST /webhooks/github":            "does nothing for who does not sign; see TestAPushDeploysTheServersThatFollowIt",
	"POST /webhooks/github/:server":    "likewise",
}

// succeeding are what the rows of the table that are meant to fail need, to
// succeed.
var succeeding = map[string]func(*site) url.Values{
	"POST /setup": func(s *site) url.Values {
		code, err := s.auth.NewSetupCode(s.t.Context())
		must(s.t, err)
		return url.Values{"code": {code}}
	},
	"POST /deployments": func(*site) url.Values { return good() },
	"POST /servers/:slug/variables/delete": func(s *site) url.Values {
		must(s.t, s.db.SetVariable(s.t.Context(), s.server.ID, moorage.Variable{Name: "CITY", Value: "Bern", UpdatedBy: s.owner.ID}))
		return url.Values{"name": {"CITY"}}
	},
	"POST /servers/:slug/sharing/remove": func(s *site) url.Values { return url.Values{"user": {string(s.guest.ID)}} },
	"POST /tokens/revoke": func(s *site) url.Values {
		s.token(s.owner)
		all, err := s.db.APITokens(s.t.Context(), s.owner.ID)
		must(s.t, err)
		return url.Values{"id": {string(all[0].ID)}}
	},
	"POST /oauth/authorize": func(s *site) url.Values {
		form := newVisit(s, "weather").form
		form.Set("decision", "allow")
		form.Set("person", string(s.owner.ID))
		return form
	},
	"POST /clients/revoke": func(s *site) url.Values {
		newVisit(s, "weather").tokens()
		return url.Values{"id": {string(s.grants(s.owner)[0].ID)}}
	},
	"POST /admin/people/role": func(s *site) url.Values {
		return url.Values{"user": {string(s.other.ID)}, "role": {"admin"}}
	},
	"POST /admin/backups/download": func(s *site) url.Values {
		made, err := s.keeper.Now(s.t.Context())
		must(s.t, err)
		return url.Values{"name": {made.Name}}
	},
	"POST /admin/access/remove": func(s *site) url.Values {
		must(s.t, s.db.AddAccessRule(s.t.Context(), moorage.AccessRule{Kind: moorage.AccessUser, Name: "alan", CreatedBy: s.admin.ID}))
		return url.Values{"kind": {"user"}, "name": {"alan"}}
	},
}

// allowed is a role that may use the row's route.
func (r row) allowed() role {
	switch r.kind {
	case everyone, visitors:
		return asNobody
	case admins:
		return asAdmin
	case bearers, callingBearers, programs:
		return asProgram
	}
	return asOwner
}

func TestEveryRouteThatChangesSomethingIsWrittenDown(t *testing.T) {
	for _, r := range rows {
		if r.method == http.MethodGet || notPrivileged[r.method+" "+r.path] != "" {
			continue
		}
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			t.Parallel()
			s := r.fresh(t)
			if body := succeeding[r.method+" "+r.path]; body != nil {
				r.body = body(s)
			}
			as := s.as(r.allowed())
			ask := r.ask(s, as, nil)
			s.dress(httptest.NewRequest(http.MethodGet, "/", nil), as) // signs in, and makes the token
			before := audit(s)
			w := s.do(ask)
			if w.Code >= 400 {
				t.Fatalf("it answers %d: succeeding has to say what it needs\n%s", w.Code, short(w.Body.String()))
			}
			rows := audit(s)
			rows = rows[:len(rows)-len(before)]
			if len(rows) == 0 {
				t.Fatal("nothing is written down: audit it in the store, or say in notPrivileged why not")
			}
			for _, e := range rows {
				checkActor(t, e.Actor, as, w.Header().Get("X-Request-Id"))
			}
		})
	}
}

func checkActor(t *testing.T, got moorage.Actor, as who, request string) {
	t.Helper()
	means := moorage.MeansVisitor
	switch {
	case as.bearer:
		means = moorage.MeansToken
	case as.cookie:
		means = moorage.MeansSession
	}
	if got.Means != means || as.user.Login != "" && (got.Login != as.user.Login || got.UserID != as.user.ID) {
		t.Errorf("it is by %+v, want %s %q", got, means, as.user.Login)
	}
	if !strings.HasPrefix(got.IP, "198.51.") || got.RequestID != request {
		t.Errorf("it came from %q with request %q, want %q", got.IP, got.RequestID, request)
	}
}

// audit is the whole audit log, newest first.
func audit(s *site) []moorage.AuditEntry {
	s.t.Helper()
	all, err := s.db.AuditEntries(s.t.Context(), moorage.AuditFilter{})
	must(s.t, err)
	return all
}

func TestWhoSignsInIsWrittenDownAsThemselves(t *testing.T) {
	s := newSite(t)
	code, err := s.auth.NewSetupCode(s.t.Context())
	must(t, err)
	exchange{Method: "POST", URL: "/setup", Body: url.Values{"code": {code}}, ExpectedStatus: moved}.test(t, s)
	rows := audit(s)
	if e := rows[0]; e.Act != moorage.ActSignIn || e.Actor.Login != "operator" || e.Actor.UserID == "" || e.Actor.Means != moorage.MeansVisitor {
		t.Errorf("%+v", e)
	}
}

func TestValuesOfVariablesAndTokensAreNotInTheAuditLog(t *testing.T) {
	const canary = "c4n4ry-77aa90e1"
	s := newSite(t)
	w := exchange{Method: "POST", URL: "/tokens", Body: url.Values{"name": {"ci"}, "days": {"30"}}, As: browser(s.owner), ExpectedStatus: ok}.test(t, s)
	start := strings.Index(w.Body.String(), "moor_")
	if start < 0 {
		t.Fatal("no token is shown")
	}
	token := w.Body.String()[start : start+40]
	exchange{Method: "POST", URL: "/servers/weather/variables", As: browser(s.owner), ExpectedStatus: moved, Body: url.Values{
		"variables.0.name": {"API_KEY"}, "variables.0.value": {canary}, "variables.0.secret": {"on"}, "variables.1.name": {"CITY"}, "variables.1.value": {canary},
	}}.test(t, s)
	exchange{Method: "POST", URL: "/admin/github", As: browser(s.admin), ExpectedStatus: moved, Body: url.Values{"client_id": {"a"}, "client_secret": {canary}}}.test(t, s)
	table, _, _ := strings.Cut(s.state()[strings.Index(s.state(), "audit_log:"):], "\ngoose")
	for _, needed := range []string{"API_KEY", "CITY", "token.create", "github.connect"} {
		if !strings.Contains(table, needed) {
			t.Errorf("%s is not written down", needed)
		}
	}
	for _, secret := range []string{canary, token} {
		if strings.Contains(table, secret) {
			t.Errorf("the audit log holds %s", secret)
		}
	}
}

func TestTheAuditLogSaysWhoDidWhat(t *testing.T) {
	s := newSite(t)
	exchange{Method: "POST", URL: "/servers/weather/delete", Body: url.Values{"confirm": {"weather"}}, As: browser(s.owner), ExpectedStatus: moved}.test(t, s)
	token := exchange{Method: "POST", URL: "/tokens", Body: url.Values{"name": {"<b>ci"}, "days": {"1"}}, As: browser(s.other), ExpectedStatus: ok}
	token.test(t, s)
	all := exchange{URL: "/admin/audit", As: browser(s.admin), ExpectedStatus: ok}
	all.ExpectedContent = []string{"<strong>ada</strong> deleted the server <strong>weather</strong>", "<strong>&lt;b&gt;ci</strong>", "from <span class=\"mono\">198.51.", `title="2 November 2026, 09:30:00 UTC"`}
	all.test(t, s)
	for query, want := range map[string]struct{ has, lacks string }{
		"person=ADA":                       {"deleted the server", "made the API token"},
		"person=grace":                     {"made the API token", "deleted the server"},
		"act=server.delete":                {"deleted the server", "made the API token"},
		"target=WEATH":                     {"deleted the server", "made the API token"},
		"from=2026-11-02&until=2026-11-02": {"deleted the server", "Nothing that was done fits."},
		"until=2026-11-01":                 {"Nothing that was done fits.", "deleted the server"},
		"from=2026-11-03":                  {"Nothing that was done fits.", "deleted the server"},
		"page=2":                           {"Nothing that was done fits.", "deleted the server"},
	} {
		exchange{URL: "/admin/audit?" + query, As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{want.has}, Absent: []string{want.lacks}}.test(t, s)
	}
	exchange{URL: "/admin/audit?from=soon", As: browser(s.admin), ExpectedStatus: http.StatusUnprocessableEntity, ExpectedContent: []string{"Give a day as 2026-11-20."}}.test(t, s)
	exchange{URL: "/admin/audit/chain", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{fmt.Sprintf("The chain is whole: %d rows.", len(audit(s)))}}.test(t, s)
}

func TestABrokenChainIsSaid(t *testing.T) {
	s := newSite(t)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "moorage.db"))
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `DROP TRIGGER audit_log_is_not_changed; UPDATE audit_log SET target_name = 'x' WHERE n = 2`)
	must(t, err)
	exchange{URL: "/admin/audit/chain", As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: []string{"The chain is broken at row 2.", "chain-broken"}}.test(t, s)
}

func TestTheWholeAuditLogIsDownloadedAsJSONLines(t *testing.T) {
	s := newSite(t)
	s.session(s.admin)
	for i := range auditBatch + 3 { // more than are read at a time
		must(t, s.db.Audit(s.t.Context(), moorage.Deed{Act: moorage.ActBackup, Target: moorage.Target{Kind: "backup", Name: fmt.Sprint(i)}}))
	}
	want := audit(s)
	w := exchange{URL: "/admin/audit.jsonl", As: browser(s.admin), ExpectedStatus: ok}.test(t, s)
	n := 0
	for line := range strings.Lines(w.Body.String()) {
		var got auditLine
		must(t, json.Unmarshal([]byte(line), &got))
		if n < len(want) && (got.N != want[n].N || got.Hash != hex.EncodeToString(want[n].Hash)) {
			t.Fatalf("line %d is %s", n, line)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d lines of %d rows", n, len(want))
	}
	exchange{URL: "/admin/audit.jsonl?act=token.create", As: browser(s.admin), ExpectedStatus: ok, Absent: []string{"backup"}}.test(t, s)
	exchange{URL: "/admin/audit.jsonl?from=x", As: browser(s.admin), ExpectedStatus: http.StatusUnprocessableEntity}.test(t, s)
}

func TestEveryActHasItsWords(t *testing.T) {
	for _, act := range moorage.Acts() {
		if w := actWords[act]; w.label == "" || w.did == "" {
			t.Errorf("%s has no words", act)
		}
	}
}
