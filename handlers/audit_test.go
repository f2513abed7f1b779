package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"moorage"
)

// notPrivileged are the routes that are asked with more than GET and leave no
// row in the audit log, each with the reason.
var notPrivileged = map[string]string{
	"POST /repos/refresh":        "reads GitHub anew for the person themselves",
	"POST /servers/:slug/ticket": "opens a conversation with a server that the person may use; it changes nothing here",
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
	"POST /tokens/revoke": func(s *site) url.Values {
		s.token(s.owner)
		all, err := s.db.APITokens(s.t.Context(), s.owner.ID)
		must(s.t, err)
		return url.Values{"id": {string(all[0].ID)}}
	},
	"POST /admin/people/role": func(s *site) url.Values {
		return url.Values{"user": {string(s.other.ID)}, "role": {"admin"}}
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
	case bearers:
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
