package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
)

// kind is who may use a route. Beside the permission of the table of routes it
// says whose things the route shows.
type kind int

const (
	everyone kind = iota
	visitors      // those who are signed out
	members       // everybody who is signed in
	owners        // the owner of the thing, and admins
	callers       // they, and those with whom the thing is shared
	admins
	bearers        // with a token: of the owner of the thing, and of admins
	callingBearers // with a token: of callers
	programs       // with any token
)

// role is who tries: with a cookie, or with a token.
type role int

const (
	asNobody role = iota
	asOther
	asGuest // a member it is shared with
	asOwner
	asAdmin
	asProgram // with a token of the owner
	asOthersProgram
	asGuestsProgram
	asAdminsProgram
)

var roles = []role{asNobody, asOther, asGuest, asOwner, asAdmin, asProgram, asOthersProgram, asGuestsProgram, asAdminsProgram}

// cookie and token report what the role carries.
func (r role) cookie() bool { return r >= asOther && r <= asAdmin }
func (r role) token() bool  { return r >= asProgram }

func (r role) String() string {
	return [...]string{"nobody", "another member", "a member it is shared with", "the owner", "an admin", "a program of the owner", "another's program", "a program of one it is shared with", "an admin's program"}[r]
}

func (s *site) as(r role) who {
	return [...]who{{}, browser(s.other), browser(s.guest), browser(s.owner), browser(s.admin), program(s.owner), program(s.other), program(s.guest), program(s.admin)}[r]
}

// row is one route as the test knows it. The statuses are of those who may.
type row struct {
	method, path string // as in the table of routes
	kind         kind
	url          string // "": path
	body         url.Values
	json         string // instead of body
	status       int
	but          map[role]int // where it is another
	prepare      func(*site)
}

func (r row) target(s *site) string {
	u := r.url
	if u == "" {
		u = r.path
	}
	if strings.Contains(u, "{dep}") {
		rows, err := s.db.DeploymentSummaries(s.t.Context(), moorage.DeploymentFilter{ServerID: s.server.ID, Limit: 1})
		must(s.t, err)
		u = strings.ReplaceAll(u, "{dep}", string(rows[0].ID))
	}
	return u
}

// expected is what the table says that a role gets.
func (r row) expected(as role) int {
	if status := r.but[as]; status != 0 {
		return status
	}
	unknown := http.StatusUnauthorized
	if r.method == http.MethodGet && r.kind < bearers {
		unknown = http.StatusSeeOther // to the sign-in
	}
	switch r.kind {
	case everyone:
		return r.status
	case visitors:
		if as.cookie() && r.method == http.MethodGet {
			return http.StatusSeeOther // home
		}
		if as.cookie() {
			return http.StatusConflict
		}
		return r.status
	case programs:
		if as.token() {
			return r.status
		}
		return unknown
	case bearers, callingBearers:
		switch {
		case !as.token():
			return unknown
		case as == asOthersProgram, as == asGuestsProgram && r.kind == bearers:
			return http.StatusNotFound
		}
		return r.status
	}
	switch {
	case !as.cookie():
		return unknown
	case r.kind == admins && as != asAdmin:
		return http.StatusForbidden
	case r.kind == owners && (as == asOther || as == asGuest), r.kind == callers && as == asOther:
		return http.StatusNotFound
	}
	return r.status
}

// refused reports whether the role gets nothing of the route.
func (r row) refused(as role) bool { return r.expected(as) != r.status && r.but[as] == 0 }

func queued(s *site) { s.enqueue(s.server) }
func isLive(s *site) { s.live(s.server) }

func stopped(s *site) {
	s.live(s.server)
	_, err := s.db.StopServer(s.t.Context(), s.server.ID)
	must(s.t, err)
}

const (
	ok    = http.StatusOK
	moved = http.StatusSeeOther
)

// rows is the whole table: a route without a row fails the test.
var rows = []row{
	{method: "GET", path: "/setup", kind: everyone, status: http.StatusForbidden, but: map[role]int{asAdmin: ok}},
	{method: "POST", path: "/setup", kind: visitors, body: url.Values{"code": {"wrong"}}, status: http.StatusForbidden},
	{method: "POST", path: "/setup/github", kind: admins, body: url.Values{"client_id": {"a"}, "client_secret": {"b"}}, status: moved},
	{method: "GET", path: "/setup/github/callback", kind: admins, status: http.StatusForbidden},
	{method: "POST", path: "/setup/example", kind: admins, status: moved},
	{method: "GET", path: "/login", kind: visitors, status: ok},
	{method: "GET", path: "/auth/github", kind: everyone, status: moved},
	{method: "GET", path: "/auth/github/callback", kind: everyone, status: http.StatusForbidden},
	{method: "POST", path: "/logout", kind: members, status: moved},

	{method: "GET", path: "/", kind: members, status: ok},
	{method: "GET", path: "/stream", kind: members, status: ok},
	{method: "GET", path: "/search", kind: members, url: "/search?q=weather", status: ok},

	{method: "GET", path: "/repos", kind: members, status: ok},
	{method: "POST", path: "/repos/refresh", kind: members, status: ok},
	{method: "GET", path: "/repos/:owner/:name", kind: members, url: "/repos/acme/weather", status: ok},
	{method: "GET", path: "/repos/:owner/:name/holds", kind: members, url: "/repos/acme/weather/holds", status: http.StatusNotFound},
	{method: "GET", path: "/plan", kind: members, url: "/plan?url=https://example.com/a/b", status: ok},
	{method: "POST", path: "/deployments", kind: members, body: url.Values{"repo_url": {"https://example.com/a/b"}}, status: http.StatusUnprocessableEntity},

	{method: "GET", path: "/deployments", kind: members, status: ok},
	{method: "GET", path: "/deployments/:id", kind: owners, url: "/deployments/{dep}", status: ok, prepare: queued},
	{method: "GET", path: "/deployments/:id/log", kind: owners, url: "/deployments/{dep}/log", status: ok, prepare: isLive},
	{method: "GET", path: "/deployments/:id/log.txt", kind: owners, url: "/deployments/{dep}/log.txt", status: ok, prepare: queued},
	{method: "GET", path: "/deployments/:id/search", kind: owners, url: "/deployments/{dep}/search?q=x", status: ok, prepare: queued},
	{method: "POST", path: "/deployments/:id/cancel", kind: owners, url: "/deployments/{dep}/cancel", status: moved, prepare: queued},
	{method: "POST", path: "/deployments/:id/redeploy", kind: owners, url: "/deployments/{dep}/redeploy", status: moved, prepare: isLive},
	{method: "POST", path: "/deployments/:id/rollback", kind: owners, url: "/deployments/{dep}/rollback", status: moved, prepare: stopped},

	{method: "GET", path: "/servers", kind: members, status: ok},
	{method: "GET", path: "/stream/servers", kind: members, status: ok},
	{method: "GET", path: "/servers/:slug/stream", kind: callers, url: "/servers/weather/stream", status: ok, prepare: isLive},
	{method: "GET", path: "/servers/name", kind: members, url: "/servers/name?slug=other", status: ok},
	{method: "GET", path: "/servers/:slug", kind: callers, url: "/servers/weather", status: ok, prepare: isLive},
	{method: "GET", path: "/servers/:slug/tools", kind: callers, url: "/servers/weather/tools", status: ok, prepare: isLive},
	{method: "GET", path: "/servers/:slug/changes", kind: owners, url: "/servers/weather/changes", status: ok, prepare: isLive},
	{method: "GET", path: "/servers/:slug/changes/stream", kind: owners, url: "/servers/weather/changes/stream", status: ok, prepare: isLive},
	{method: "POST", path: "/servers/:slug/changes/approve", kind: owners, url: "/servers/weather/changes/approve", body: url.Values{"until": {"0"}}, status: moved, prepare: isLive},
	{method: "POST", path: "/servers/:slug/changes/hold", kind: owners, url: "/servers/weather/changes/hold", body: url.Values{"hold": {"on"}}, status: moved},
	{method: "GET", path: "/servers/:slug/usage", kind: callers, url: "/servers/weather/usage", status: ok, prepare: isUsed},
	{method: "GET", path: "/servers/:slug/usage.json", kind: owners, url: "/servers/weather/usage.json", status: ok, prepare: isUsed},
	{method: "POST", path: "/servers/:slug/usage/record", kind: owners, url: "/servers/weather/usage/record", body: url.Values{"on": {"yes"}}, status: moved},
	{method: "GET", path: "/servers/:slug/output", kind: owners, url: "/servers/weather/output", status: ok},
	{method: "GET", path: "/servers/:slug/deployments", kind: owners, url: "/servers/weather/deployments", status: ok, prepare: queued},
	{method: "GET", path: "/servers/:slug/variables", kind: owners, url: "/servers/weather/variables", status: ok},
	{method: "POST", path: "/servers/:slug/variables", kind: owners, url: "/servers/weather/variables", body: url.Values{"variables.0.name": {"A"}}, status: moved},
	{method: "POST", path: "/servers/:slug/variables/delete", kind: owners, url: "/servers/weather/variables/delete", body: url.Values{"name": {"NO"}}, status: http.StatusNotFound},
	{method: "GET", path: "/servers/:slug/settings", kind: owners, url: "/servers/weather/settings", status: ok},
	{method: "POST", path: "/servers/:slug/settings", kind: owners, url: "/servers/weather/settings", body: url.Values{"transport": {"stdio"}, "network": {"none"}}, status: moved},
	{method: "POST", path: "/servers/:slug/auto-deploy", kind: owners, url: "/servers/weather/auto-deploy", status: moved},
	{method: "POST", path: "/servers/:slug/auto-deploy/secret", kind: owners, url: "/servers/weather/auto-deploy/secret", status: ok},
	{method: "POST", path: "/servers/:slug/sharing", kind: owners, url: "/servers/weather/sharing", body: url.Values{"sharing": {"everyone"}}, status: moved},
	{method: "POST", path: "/servers/:slug/sharing/add", kind: owners, url: "/servers/weather/sharing/add", body: url.Values{"login": {"Grace"}}, status: moved},
	{method: "POST", path: "/servers/:slug/sharing/remove", kind: owners, url: "/servers/weather/sharing/remove", body: url.Values{"user": {"usr_none"}}, status: http.StatusNotFound},
	{method: "POST", path: "/servers/:slug/redeploy", kind: owners, url: "/servers/weather/redeploy", status: moved},
	{method: "POST", path: "/servers/:slug/stop", kind: owners, url: "/servers/weather/stop", status: moved, prepare: isLive},
	{method: "POST", path: "/servers/:slug/start", kind: owners, url: "/servers/weather/start", status: moved, prepare: stopped},
	{method: "POST", path: "/servers/:slug/delete", kind: owners, url: "/servers/weather/delete", body: url.Values{"confirm": {"weather"}}, status: moved},

	{method: "GET", path: "/servers/:slug/connect", kind: callers, url: "/servers/weather/connect", status: ok},
	{method: "POST", path: "/servers/:slug/connect/test", kind: callers, url: "/servers/weather/connect/test", status: ok, prepare: isLive},
	{method: "POST", path: "/servers/:slug/ticket", kind: callers, url: "/servers/weather/ticket", status: ok, prepare: isLive},
	{method: "GET", path: "/ws", kind: callingBearers, url: "/ws?server=weather", status: ok, prepare: isLive},
	{method: "GET", path: "/ws/:ticket", kind: everyone, url: "/ws/good", status: ok},

	{method: "GET", path: "/connect", kind: members, status: ok},
	{method: "POST", path: "/connect", kind: callers, body: url.Values{"server": {"weather"}, "on": {"on"}}, status: moved},
	{method: "GET", path: "/mcp", kind: programs, status: ok},
	{method: "POST", path: "/mcp", kind: programs, json: "{}", status: ok},
	{method: "DELETE", path: "/mcp", kind: programs, status: ok},
	{method: "GET", path: "/mcp/:slug", kind: callingBearers, url: "/mcp/weather", status: ok},
	{method: "POST", path: "/mcp/:slug", kind: callingBearers, url: "/mcp/weather", json: "{}", status: ok},
	{method: "DELETE", path: "/mcp/:slug", kind: callingBearers, url: "/mcp/weather", status: ok},

	{method: "GET", path: "/tokens", kind: members, status: ok},
	{method: "POST", path: "/tokens", kind: members, body: url.Values{"name": {"ci"}, "days": {"30"}}, status: ok},
	{method: "POST", path: "/tokens/revoke", kind: members, body: url.Values{"id": {"tok_none"}}, status: http.StatusNotFound},

	{method: "GET", path: "/clients", kind: members, status: ok},
	{method: "POST", path: "/clients/revoke", kind: members, body: url.Values{"id": {"gra_none"}}, status: http.StatusNotFound},

	{method: "GET", path: "/.well-known/oauth-protected-resource/mcp", kind: everyone, status: ok},
	{method: "GET", path: "/.well-known/oauth-protected-resource/mcp/:slug", kind: everyone, url: "/.well-known/oauth-protected-resource/mcp/weather", status: ok},
	{method: "GET", path: "/.well-known/oauth-authorization-server", kind: everyone, status: ok},
	{method: "GET", path: "/oauth/authorize", kind: members, status: http.StatusUnprocessableEntity},
	{method: "POST", path: "/oauth/authorize", kind: members, body: url.Values{"decision": {"allow"}}, status: http.StatusUnprocessableEntity},
	{method: "POST", path: "/oauth/token", kind: everyone, body: url.Values{"grant_type": {"authorization_code"}}, status: http.StatusUnauthorized},
	{method: "POST", path: "/oauth/register", kind: everyone, json: "{}", status: http.StatusBadRequest},
	{method: "POST", path: "/oauth/revoke", kind: everyone, body: url.Values{"token": {"moora_"}}, status: http.StatusUnauthorized},

	{method: "GET", path: "/admin/people", kind: admins, status: ok},
	{method: "POST", path: "/admin/people/role", kind: admins, body: url.Values{"user": {"usr_none"}, "role": {"admin"}}, status: http.StatusNotFound},
	{method: "POST", path: "/admin/access", kind: admins, body: url.Values{"kind": {"user"}, "name": {"alan"}}, status: moved},
	{method: "POST", path: "/admin/access/remove", kind: admins, body: url.Values{"kind": {"user"}, "name": {"alan"}}, status: http.StatusNotFound},
	{method: "GET", path: "/admin/github", kind: admins, status: ok},
	{method: "POST", path: "/admin/github", kind: admins, body: url.Values{"client_id": {"a"}, "client_secret": {"b"}}, status: moved},
	{method: "POST", path: "/admin/github/disconnect", kind: admins, status: moved},
	{method: "GET", path: "/admin/backups", kind: admins, status: ok},
	{method: "POST", path: "/admin/backups", kind: admins, status: moved},
	{method: "POST", path: "/admin/backups/download", kind: admins, body: url.Values{"name": {"moorage-2026-01-01T000000Z.tar.gz"}}, status: http.StatusNotFound},
	{method: "GET", path: "/admin/audit", kind: admins, status: ok},
	{method: "GET", path: "/admin/audit/chain", kind: admins, status: ok},
	{method: "GET", path: "/admin/audit.jsonl", kind: admins, status: ok},
	{method: "GET", path: "/admin/doctor", kind: admins, status: ok},
	{method: "GET", path: "/admin/doctor/findings", kind: admins, status: ok},

	{method: "GET", path: "/docs", kind: everyone, status: ok},
	{method: "GET", path: "/openapi.yaml", kind: everyone, status: ok},
	{method: "GET", path: "/api/servers", kind: programs, status: ok},
	{method: "GET", path: "/api/servers/:slug", kind: callingBearers, url: "/api/servers/weather", status: ok},
	{method: "GET", path: "/api/deployments", kind: programs, status: ok, prepare: queued},
	{method: "POST", path: "/api/deployments", kind: programs, json: `{"repo":"https://github.com/acme/tides"}`, status: http.StatusCreated},
	{method: "GET", path: "/api/deployments/:id", kind: bearers, url: "/api/deployments/{dep}", status: ok, prepare: queued},
	{method: "GET", path: "/api/deployments/:id/log", kind: bearers, url: "/api/deployments/{dep}/log", status: ok, prepare: queued},
	{method: "POST", path: "/api/deployments/:id/cancel", kind: bearers, url: "/api/deployments/{dep}/cancel", status: http.StatusAccepted, prepare: queued},
	{method: "POST", path: "/api/deployments/:id/redeploy", kind: bearers, url: "/api/deployments/{dep}/redeploy", status: http.StatusCreated, prepare: isLive},
	{method: "POST", path: "/api/deployments/:id/rollback", kind: bearers, url: "/api/deployments/{dep}/rollback", status: http.StatusCreated, prepare: stopped},
	{method: "GET", path: "/api/services", kind: programs, status: ok, prepare: isLive},
	{method: "GET", path: "/api/services/:slug", kind: callingBearers, url: "/api/services/weather", status: ok, prepare: isLive},
	{method: "GET", path: "/api/services/:slug/health", kind: callingBearers, url: "/api/services/weather/health", status: ok, prepare: isLive},
	{method: "GET", path: "/api/services/:slug/usage", kind: bearers, url: "/api/services/weather/usage", status: ok, prepare: isUsed},
	{method: "POST", path: "/api/services/:slug/call", kind: callingBearers, url: "/api/services/weather/call", json: `{"tool":"forecast"}`, status: ok, prepare: isLive},

	{method: "POST", path: "/webhooks/github", kind: everyone, status: http.StatusNotFound},
	{method: "POST", path: "/webhooks/github/:server", kind: everyone, url: "/webhooks/github/srv_none", status: http.StatusNotFound},

	{method: "GET", path: "/healthz", kind: everyone, status: ok},
	{method: "GET", path: "/readyz", kind: everyone, status: ok},
	{method: "GET", path: "/metrics", kind: everyone, status: http.StatusUnauthorized, but: map[role]int{asProgram: http.StatusForbidden, asOthersProgram: http.StatusForbidden, asGuestsProgram: http.StatusForbidden, asAdminsProgram: ok}},
	{method: "GET", path: "/static/*", kind: everyone, url: "/static/any/css/app.css", status: ok},
	{method: "GET", path: "/favicon.ico", kind: everyone, status: moved},
}

func (r row) ask(s *site, as who, h http.Header) exchange {
	return exchange{Method: r.method, URL: r.target(s), Body: r.body, JSON: r.json, As: as, Header: h}
}

// fresh is a site on which the row can be tried.
func (r row) fresh(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	if r.prepare != nil {
		r.prepare(s)
	}
	return s
}

func TestEveryRouteHasARow(t *testing.T) {
	var known, served []string
	for _, r := range rows {
		known = append(known, r.method+" "+r.path)
	}
	for _, r := range newRooms(newSite(t).options, guard{}).routes() {
		served = append(served, r.method+" "+r.path)
	}
	slices.Sort(known)
	slices.Sort(served)
	if !slices.Equal(known, served) {
		t.Errorf("the rows are not the routes:\n%s\n%s", strings.Join(known, "\n"), strings.Join(served, "\n"))
	}
}

func TestEveryRouteIsForWhomTheTableSays(t *testing.T) {
	for _, r := range rows {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			t.Parallel()
			refusals := r.fresh(t)
			for _, as := range roles {
				s := refusals
				if !r.refused(as) {
					s = r.fresh(t)
				}
				ask := r.ask(s, s.as(as), nil)
				ask.Name, ask.ExpectedStatus = as.String(), r.expected(as)
				s.dress(httptest.NewRequest(http.MethodGet, "/", nil), ask.As)
				before := s.state()
				ask.test(t, s)
				if after := s.state(); before != after && (r.refused(as) || r.method == http.MethodGet) {
					t.Errorf("%s changed the database:\n%s\n%s", as, before, after)
				}
			}
		})
	}
}

func TestARouteForNobodyFailsTheStart(t *testing.T) {
	err := mount(echo.New(), guard{}, []route{{http.MethodGet, "/x", auth.Public, favicon}, {http.MethodGet, "/y", auth.Nobody, favicon}})
	if err == nil || !strings.Contains(err.Error(), "GET /y has no permission") {
		t.Error(err)
	}
}
