package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

func TestAPersonLeavesThingsOutOfTheEndpointOfAllServers(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	s.addServer("tides", s.other) // which is nobody's but hers
	page := exchange{URL: "/connect", As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{s.base.String() + "/mcp?tools=find", "The weather", "of ada", "forecast", "Says if it rains", "1 tool<"}}
	page.Absent = []string{"tides"}
	page.test(t, s)
	choose := func(as who, form url.Values, status int) {
		t.Helper()
		exchange{Method: http.MethodPost, URL: "/connect", As: as, Body: form, ExpectedStatus: status}.test(t, s)
	}
	choose(browser(s.guest), url.Values{"server": {"weather"}, "on": {"on"}, "shown": {"forecast"}}, moved)
	exchange{URL: "/connect?open=weather", As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{"0 of 1 tools", "<details class=\"more\" open"}}.test(t, s)
	choose(browser(s.guest), url.Values{"server": {"weather"}}, moved)
	exchange{URL: "/connect", As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{"left out", "Offer The weather"}}.test(t, s)
	exchange{URL: "/connect", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"1 tool<"}, Absent: []string{"left out"}}.test(t, s)
	choose(browser(s.guest), url.Values{"server": {"tides"}}, http.StatusNotFound)
	choose(browser(s.guest), url.Values{"server": {"no-such"}}, http.StatusNotFound)
}
