package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/handlers/api"
)

// scoped is a program with a token of a person that has a scope.
func (s *site) scoped(u moorage.User, scope string) http.Header {
	s.t.Helper()
	patterns, err := moorage.ParseScope(scope)
	must(s.t, err)
	plain, err := s.auth.NewToken(s.t.Context(), u, "scoped", time.Hour, patterns)
	must(s.t, err)
	return header("Authorization", "Bearer "+plain)
}

// calling are the routes of callers that need a whole server, or a tool that
// the scope has: others are forbidden.
var calling = map[string]bool{"GET /ws": true, "POST /api/services/:slug/call": true}

func TestAScopeHoldsAtEveryRouteOfPrograms(t *testing.T) {
	for _, r := range rows {
		if r.kind != bearers && r.kind != callingBearers {
			continue
		}
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			t.Parallel()
			part := map[kind]int{bearers: http.StatusNotFound, callingBearers: r.status}[r.kind]
			if calling[r.method+" "+r.path] {
				part = http.StatusForbidden
			}
			for scope, want := range map[string]int{
				"":                 r.status,
				"weather":          r.status,
				"other/* w*/*":     r.status,
				"weather/warnings": part,
				"*/get_*":          part,
				"other/*":          http.StatusNotFound,
				"weather-2/*":      http.StatusNotFound,
			} {
				for _, who := range []moorage.User{{Login: "ada"}, {Login: "linus"}} {
					s := r.fresh(t)
					u, err := s.db.UserByLogin(t.Context(), who.Login)
					must(t, err)
					h, before := s.scoped(u, scope), s.state()
					ask := r.ask(s, nobody, h)
					ask.Name, ask.ExpectedStatus = u.Login+" with "+scope, want
					ask.test(t, s)
					if want >= 400 && s.state() != before {
						t.Errorf("%s with %q changed the database", u.Login, scope)
					}
				}
			}
		})
	}
}

func TestAScopeGivesNothingThatItsPersonMayNot(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	h := s.scoped(s.other, "*/*")
	for _, path := range []string{"/api/servers/weather", "/api/services/weather", "/ws?server=weather"} {
		exchange{URL: path, Header: h, ExpectedStatus: http.StatusNotFound}.test(t, s)
	}
	exchange{URL: "/metrics", Header: s.scoped(s.admin, "*/*"), ExpectedStatus: http.StatusForbidden}.test(t, s)
}

func TestWhatAScopeDoesNotReachIsSaidWithThePatternThatWould(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	h := s.scoped(s.guest, "weather/warnings")
	call := exchange{Method: "POST", URL: "/api/services/weather/call", Header: h, ExpectedStatus: http.StatusForbidden}
	for _, tool := range []string{"forecast", "not-there"} { // the scope says nothing of what is there
		call.JSON, call.ExpectedContent = `{"tool":"`+tool+`"}`, []string{"does not reach the tool " + tool + " of weather", "weather/" + tool + " or weather/*"}
		call.test(t, s)
	}
	if len(s.runner.called) > 0 {
		t.Errorf("it called %v", s.runner.called)
	}
	exchange{URL: "/ws?server=weather", Header: h, ExpectedStatus: http.StatusForbidden, ExpectedContent: []string{"all of weather", "the pattern weather/*"}}.test(t, s)
	deploy := exchange{Method: "POST", URL: "/api/deployments", JSON: `{"repo":"https://github.com/acme/tides"}`, Header: h, ExpectedStatus: http.StatusForbidden, ExpectedContent: []string{"the pattern tides/*"}}
	deploy.test(t, s)
	deploy.Header, deploy.ExpectedStatus, deploy.ExpectedContent = s.scoped(s.guest, "tides"), http.StatusCreated, nil
	deploy.test(t, s)

	wide := s.scoped(s.guest, "weather/fore*")
	call.Header, call.JSON, call.ExpectedStatus, call.ExpectedContent = wide, `{"tool":"forecast"}`, ok, []string{"rain"}
	call.test(t, s)
	call.JSON, call.ExpectedStatus, call.ExpectedContent = `{"tool":"forecats"}`, http.StatusNotFound, []string{"Near are: forecast."}
	call.test(t, s)
	exchange{URL: "/api/services/weather", Header: wide, ExpectedStatus: ok, ExpectedContent: []string{`"name":"forecast"`}}.test(t, s)
	exchange{URL: "/mcp/weather", Header: h, ExpectedStatus: ok, ExpectedContent: []string{"weather as joan within weather/warnings"}}.test(t, s)
	exchange{URL: "/api/services/weather", Header: h, ExpectedStatus: ok, ExpectedContent: []string{`"tools":[]`}, Absent: []string{"forecast"}}.test(t, s)
}

func TestListsHoldWhatAScopeReachesAndTheirPagesAreFull(t *testing.T) {
	s := newSite(t)
	for _, slug := range []string{"a-1", "b-1", "a-2", "b-2", "a-3", "b-3"} {
		s.enqueue(s.addServer(slug, s.owner))
		s.enqueue(s.again(slug))
	}
	h := s.scoped(s.owner, "a-*/* b-2/get_*")
	walk := func(list, word string) string {
		t.Helper()
		var all []string
		for cursor := ""; ; {
			w := exchange{URL: list + "?limit=2&cursor=" + url.QueryEscape(cursor), Header: h, ExpectedStatus: ok}.test(t, s)
			var page struct {
				api.ServerList
				Deployments []api.Deployment `json:"deployments"`
			}
			must(t, json.Unmarshal(w.Body.Bytes(), &page))
			for _, v := range page.Servers {
				all = append(all, v.Slug)
			}
			for _, d := range page.Deployments {
				all = append(all, d.Server)
			}
			if cursor = page.NextCursor; cursor == "" {
				return strings.Join(all, " ")
			}
			if n := len(page.Servers) + len(page.Deployments); n != 2 {
				t.Errorf("%s: a page of %d %s", list, n, word)
			}
		}
	}
	if got := walk("/api/servers", "servers"); got != "a-1 a-2 a-3 b-2" {
		t.Errorf("servers: %q", got)
	}
	if got := walk("/api/deployments", "deployments"); got != "a-3 a-3 a-2 a-2 a-1 a-1" {
		t.Errorf("deployments: %q", got)
	}
}

func TestATokenIsMadeWithItsScopeAndItsEnd(t *testing.T) {
	s := newSite(t)
	make := exchange{Method: "POST", URL: "/tokens", As: browser(s.owner), ExpectedStatus: ok, Body: url.Values{"name": {"rain"}, "days": {"0"}, "scope": {"weather,\r\n */get_*"}}}
	make.ExpectedContent = []string{"<code>weather/*</code>", "<code>*/get_*</code>", "moor_"}
	make.test(t, s)
	all, err := s.db.APITokens(t.Context(), s.owner.ID)
	must(t, err)
	if len(all) != 1 || !all[0].ExpiresAt.IsZero() || all[0].Scope.String() != "weather/* */get_*" {
		t.Errorf("%+v", all)
	}
	exchange{URL: "/tokens", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{`<option value="90" selected`, "never"}}.test(t, s)

	make.Body = url.Values{"name": {"<b>rain"}, "days": {"365"}, "scope": {"weather/a/b <i>"}}
	make.ExpectedStatus, make.ExpectedContent = http.StatusUnprocessableEntity, []string{"is no pattern of a server and a tool. Write it like weather/* or */get_*.", "weather/a/b &lt;i&gt;", "&lt;b&gt;rain", `<option value="365" selected`}
	make.Absent = []string{"moor_" + "a", "<i>"}
	make.test(t, s)
	if again, err := s.db.APITokens(t.Context(), s.owner.ID); err != nil || len(again) != 1 {
		t.Errorf("%d tokens, %v", len(again), err)
	}
}
