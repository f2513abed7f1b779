package handlers

import (
	"net/url"
	"testing"

	"moorage"
)

func TestAPersonIsToldHowToConnectTheirClient(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	at := s.base.String() + "/mcp/weather"
	for client, want := range map[string]string{
		"":               "claude mcp add --transport http weather " + at,
		"none-like-this": "claude mcp add --transport http weather " + at,
		"codex":          "codex mcp add weather --url " + at,
		"cursor":         `href="cursor://anysphere.cursor-deeplink/mcp/install?`,
		"vs-code":        `href="vscode:mcp/install?`,
		"json":           "&#34;mcpServers&#34;",
	} {
		exchange{Name: client, URL: "/servers/weather/connect?client=" + client, As: browser(s.guest), ExpectedStatus: ok,
			ExpectedContent: []string{want, "Test the connection", "OpenCode"}, Absent: []string{"ZgotmplZ"}}.test(t, s)
	}
	exchange{Name: "on this machine", URL: "/servers/weather/connect", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"set MOORAGE_URL"}}.test(t, s)
}

func TestTheConnectionIsTestedWithAndWithoutScripts(t *testing.T) {
	s := newSite(t)
	exchange{Name: "nothing is live", URL: "/servers/weather/connect", As: browser(s.owner), ExpectedStatus: ok,
		ExpectedContent: []string{"Nothing of it is live yet."}, Absent: []string{"Test the connection"}}.test(t, s)
	test := exchange{Method: "POST", URL: "/servers/weather/connect/test", Body: url.Values{"client": {"codex"}}, As: browser(s.owner)}
	try := func(name string, status int, htmx bool, content, absent []string) {
		t.Helper()
		e := test
		e.Name, e.ExpectedStatus, e.ExpectedContent, e.Absent = name, status, content, absent
		if htmx {
			e.Header = fragment()
		}
		e.test(t, s)
	}
	try("nothing is live", 409, false, []string{"is live.", "Deploy it first."}, nil)

	s.live(s.server)
	answers := "weather 1.2.0, MCP 2025-11-25"
	try("a page", ok, false, []string{answers, "codex mcp add", `aria-current="page">Codex`}, nil)
	try("a part", ok, true, []string{answers, `id="greeting"`}, []string{"<html", "codex mcp add"})

	s.runner.fails = moorage.Errorf(moorage.Unavailable, "The server ended with exit code 3.").Try("Look at its output.")
	try("it fails", ok, true, []string{"exit code 3", "Look at its output."}, []string{"It answers"})
}

func TestAnAddressOfThisMachineIsKnown(t *testing.T) {
	for address, want := range map[string]bool{
		"http://localhost:8080": true, "http://127.0.0.1": true, "http://[::1]:1": true,
		"https://moorage.example": false, "https://10.0.0.1": false, "https://localhost.example": false,
	} {
		u, err := url.Parse(address)
		must(t, err)
		if onlyNear(u) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}
