package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

const (
	friend   = "https://app.example.com"
	stranger = "https://evil.example.com"
)

// fromPage is what a browser sends for a page of another site.
func fromPage(origin string, more ...string) http.Header {
	h := http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"cross-site"}}
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return h
}

// readable reports whether a browser lets a page of an origin read an answer.
func readable(w *httptest.ResponseRecorder, origin string) bool {
	return w.Header().Get("Access-Control-Allow-Origin") == origin && w.Header().Get("Access-Control-Allow-Credentials") == ""
}

func TestAPageWhoseOriginIsNamedCanBeAClient(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Pages = pages{friend} })
	token := "Bearer " + newVisit(s, "weather").tokens().Access
	for name, row := range map[string]struct {
		e      exchange
		status int
	}{
		"a call":                  {exchange{Method: http.MethodPost, URL: "/mcp/weather", Header: fromPage(friend, "Authorization", token)}, ok},
		"a call without a token":  {exchange{Method: http.MethodPost, URL: "/mcp/weather", Header: fromPage(friend)}, http.StatusUnauthorized},
		"a call with a cookie":    {exchange{Method: http.MethodPost, URL: "/mcp/weather", Header: fromPage(friend), As: browser(s.owner)}, http.StatusUnauthorized},
		"where to sign in":        {exchange{URL: "/.well-known/oauth-protected-resource/mcp/weather", Header: fromPage(friend)}, ok},
		"who signs people in":     {exchange{URL: "/.well-known/oauth-authorization-server", Header: fromPage(friend)}, ok},
		"a token that cannot be":  {exchange{Method: http.MethodPost, URL: "/oauth/token", Header: fromPage(friend)}, http.StatusUnauthorized},
		"a client that cannot be": {exchange{Method: http.MethodPost, URL: "/oauth/register", Header: fromPage(friend), JSON: "{}"}, http.StatusBadRequest},
	} {
		row.e.Name, row.e.ExpectedStatus = name, row.status
		w := row.e.test(t, s)
		if !readable(w, friend) || w.Header().Get("Access-Control-Expose-Headers") != "Mcp-Session-Id, WWW-Authenticate, Retry-After" || w.Header().Get("Vary") == "" {
			t.Errorf("%s: %v", name, w.Header())
		}
	}
}

func TestABrowserIsToldWhatAPageMaySend(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Pages = pages{friend} })
	asks := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization, Mcp-Session-Id,mcp-param-region,mcp-param-a b,x-api-key,cookie"}
	w := exchange{Method: http.MethodOptions, URL: "/mcp/weather", Header: fromPage(friend, asks...), ExpectedStatus: http.StatusNoContent}.test(t, s)
	if got := w.Header().Get("Access-Control-Allow-Headers"); !readable(w, friend) || got != "authorization, mcp-session-id, mcp-param-region" || w.Header().Get("Access-Control-Allow-Methods") != "GET, POST, DELETE" {
		t.Errorf("%v", w.Header())
	}
	w = exchange{Method: http.MethodOptions, URL: "/mcp/weather", Header: fromPage(stranger, asks...)}.test(t, s)
	if len(w.Header().Values("Access-Control-Allow-Origin"))+len(w.Header().Values("Access-Control-Allow-Headers")) > 0 {
		t.Errorf("a stranger: %v", w.Header())
	}
}

func TestOtherPagesAndOtherAddressesAreRefusedAsEver(t *testing.T) {
	named, none := newSite(t, func(o *Options) { o.Pages = pages{friend} }), newSite(t)
	for name, row := range map[string]struct {
		s      *site
		origin string
		url    string
	}{
		"a stranger":                     {named, stranger, "/mcp/weather"},
		"another scheme":                 {named, "http://app.example.com", "/mcp/weather"},
		"another port":                   {named, friend + ":444", "/mcp/weather"},
		"a name that only begins so":     {named, friend + ".evil.example", "/mcp/weather"},
		"no origin at all":               {named, "null", "/mcp/weather"},
		"where nobody is named":          {none, friend, "/mcp/weather"},
		"the form of consent":            {named, friend, "/oauth/authorize"},
		"a page of ours":                 {named, friend, "/tokens"},
		"a ticket for a socket":          {named, friend, "/ws"},
		"what is called like an address": {named, friend, "/mcpx"},
	} {
		w := exchange{Name: name, Method: http.MethodPost, URL: row.url, Header: fromPage(row.origin), As: browser(row.s.owner), ExpectedStatus: http.StatusForbidden}.test(t, row.s)
		if len(w.Header().Values("Access-Control-Allow-Origin")) > 0 {
			t.Errorf("%s: %v", name, w.Header())
		}
	}
}
