package handlers

import (
	"context"
	"io"
	"net/http"
	"testing"

	"moorage"
	"moorage/gateway"
)

func TestAClientThatAPersonLetInCallsItsEndpointAndNothingElse(t *testing.T) {
	s := newSite(t)
	s.addServer("tides", s.owner)
	token := newVisit(s, "weather").tokens().Access
	bearer := header("Authorization", "Bearer "+token)
	exchange{URL: "/mcp/weather", Header: bearer, ExpectedStatus: ok, ExpectedContent: []string{"GET weather as ada"}}.test(t, s)
	for _, url := range []string{"/mcp/tides", "/mcp/no-such", "/api/servers", "/ws?server=weather"} {
		exchange{URL: url, Header: bearer, ExpectedStatus: http.StatusUnauthorized}.test(t, s)
	}
	exchange{URL: "/tokens", Header: bearer, ExpectedStatus: moved}.test(t, s)
	all := newVisit(s, "").tokens().Access
	exchange{URL: "/mcp/weather", Header: header("Authorization", "Bearer "+all), ExpectedStatus: http.StatusUnauthorized}.test(t, s)
	exchange{URL: "/mcp", Header: header("Authorization", "Bearer "+all), ExpectedStatus: ok, ExpectedContent: []string{"GET all as ada"}}.test(t, s)
	exchange{URL: "/mcp", Header: bearer, ExpectedStatus: http.StatusUnauthorized}.test(t, s)
}

func TestTheEndpointOfAllServersSaysWhereToSignInAndReadsNoCookie(t *testing.T) {
	s := newSite(t)
	w := exchange{Method: http.MethodPost, URL: "/mcp", As: browser(s.owner), ExpectedStatus: http.StatusUnauthorized}.test(t, s)
	if got, want := w.Header().Get("WWW-Authenticate"), `Bearer resource_metadata="`+s.base.String()+`/.well-known/oauth-protected-resource/mcp", scope="mcp"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	exchange{URL: "/.well-known/oauth-protected-resource/mcp", ExpectedStatus: ok, ExpectedContent: []string{`"` + s.base.String() + `/mcp"`}}.test(t, s)

	w = exchange{Method: http.MethodPost, URL: "/mcp?tools=find", ExpectedStatus: http.StatusUnauthorized}.test(t, s)
	if got, want := w.Header().Get("WWW-Authenticate"), `Bearer resource_metadata="`+s.base.String()+`/.well-known/oauth-protected-resource/mcp?tools=find", scope="mcp"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	exchange{URL: "/.well-known/oauth-protected-resource/mcp?tools=find", ExpectedStatus: ok, ExpectedContent: []string{`"` + s.base.String() + `/mcp?tools=find"`}}.test(t, s)
	v := newVisit(s, "")
	v.resource += "?tools=find"
	v.form.Set("resource", v.resource)
	exchange{URL: "/mcp?tools=find", Header: header("Authorization", "Bearer "+v.tokens().Access), ExpectedStatus: ok}.test(t, s)
	for _, other := range []string{"/mcp/weather?tools=find", "/mcp?tools=all", "/mcp?tools=find&x=1"} {
		if got := v.answer(v.ask(browser(s.owner), v.with("resource", s.base.String()+other))).Get("error"); got != "invalid_target" {
			t.Errorf("%s: %q", other, got)
		}
	}
}

func TestAnEndpointSaysWhereToSignIn(t *testing.T) {
	s := newSite(t)
	where := `Bearer resource_metadata="` + s.base.String() + `/.well-known/oauth-protected-resource/mcp/weather", scope="mcp"`
	for name, row := range map[string]struct {
		token http.Header
		as    who
		want  string
	}{
		"nothing":        {nil, nobody, where},
		"a cookie":       {nil, browser(s.owner), where},
		"a bad token":    {header("Authorization", "Bearer x"), nobody, where + `, error="invalid_token"`},
		"another scheme": {header("Authorization", "Basic eDp5"), nobody, where + `, error="invalid_token"`},
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
			w := exchange{Name: name, Method: method, URL: "/mcp/weather", Header: row.token, As: row.as, ExpectedStatus: http.StatusUnauthorized}.test(t, s)
			if got := w.Header().Get("WWW-Authenticate"); got != row.want {
				t.Errorf("%s with %s: %s", method, name, got)
			}
		}
	}
	exchange{URL: "/.well-known/oauth-protected-resource/mcp/weather", ExpectedStatus: ok, ExpectedContent: []string{`"` + s.base.String() + `/mcp/weather"`}}.test(t, s)
}

// lasting is a gateway whose answer lasts until its caller may go on no more.
type lasting struct{ meanwhile func() }

func (l lasting) Serve(w http.ResponseWriter, r *http.Request, c gateway.Call) {
	if err := c.Still(r.Context()); err != nil {
		io.WriteString(w, "it may not begin")
	}
	l.meanwhile()
	if err := c.Still(context.WithoutCancel(r.Context())); moorage.ErrorCode(err) != moorage.Unauthenticated {
		io.WriteString(w, "it goes on")
	}
}

func TestAStreamOfAClientEndsWhenItsPersonTakesBackWhatTheyGave(t *testing.T) {
	var s *site
	s = newSite(t, func(o *Options) {
		o.Gateway = lasting{func() { must(t, s.db.EndOAuthGrant(t.Context(), s.owner.ID, s.grants(s.owner)[0].ID)) }}
	})
	token := newVisit(s, "weather").tokens().Access
	w := exchange{URL: "/mcp/weather", Header: header("Authorization", "Bearer "+token), ExpectedStatus: ok}.test(t, s)
	if w.Body.Len() > 0 {
		t.Error(w.Body.String())
	}
	exchange{URL: "/mcp/weather", Header: header("Authorization", "Bearer "+token), ExpectedStatus: http.StatusUnauthorized}.test(t, s)
}
