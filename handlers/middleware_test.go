package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"moorage/static"
)

func TestAnotherSitesRequestsDoNothing(t *testing.T) {
	foreign := []http.Header{
		header("Sec-Fetch-Site", "cross-site"),
		header("Sec-Fetch-Site", "same-site"),
		header("Origin", "https://evil.example"),
		header("Origin", "null"),
		header("Origin", "http://127.0.0.1:9999"),
	}
	for _, r := range rows {
		if r.method == http.MethodGet {
			continue
		}
		t.Run(r.path, func(t *testing.T) {
			t.Parallel()
			s := r.fresh(t)
			as := browser(s.admin)
			if r.kind == visitors {
				as = nobody
			} else {
				s.session(s.admin)
			}
			before := s.state()
			for _, h := range foreign {
				ask := r.ask(s, as, h)
				ask.Name, ask.ExpectedStatus = fmt.Sprint(h), http.StatusForbidden
				ask.test(t, s)
			}
			if s.state() != before || len(s.runner.stopped) > 0 {
				t.Error("something was done")
			}
		})
	}
}

func TestOurOwnPagesAndProgramsMayPost(t *testing.T) {
	s := newSite(t)
	for _, h := range []http.Header{header("Sec-Fetch-Site", "same-origin"), header("Sec-Fetch-Site", "none"), header("Origin", s.base.String()), nil} {
		exchange{Name: fmt.Sprint(h), Method: "POST", URL: "/servers/weather/redeploy", As: browser(s.owner), Header: h, ExpectedStatus: http.StatusSeeOther}.test(t, s)
	}
}

func TestAnotherHostIsNotAnswered(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Base = parse("https://mcp.example.com") })
	for _, r := range rows {
		for _, host := range []string{"evil.example", "mcp.example.com.evil.example", "mcp.example.com:8080"} {
			ask := exchange{Name: host, Method: r.method, URL: strings.Split(r.path, "*")[0], As: browser(s.admin), Header: header("Host", host), ExpectedStatus: http.StatusMisdirectedRequest}
			ask.test(t, s)
		}
	}
	for _, host := range []string{"127.0.0.1:8080", "10.1.2.3", "[::1]:8080", "localhost:8080"} { // cannot be rebound
		exchange{Name: host, URL: "/healthz", Header: header("Host", host), ExpectedStatus: http.StatusOK}.test(t, s)
		exchange{Name: host, URL: "/login", Header: header("Host", host), ExpectedStatus: http.StatusMisdirectedRequest, ExpectedContent: []string{"This is mcp.example.com.", "Use https://mcp.example.com."}}.test(t, s)
	}
}

func TestAnotherNameOfThisMachineLeadsToOurs(t *testing.T) {
	s := newSite(t)
	page := header("Host", "localhost:8080", "Accept", "text/html")
	exchange{URL: "/servers?q=a", Header: page, ExpectedStatus: http.StatusTemporaryRedirect, ExpectedTo: "http://127.0.0.1:8080/servers?q=a"}.test(t, s)
	exchange{URL: "/api/deployments/x", Header: header("Host", "localhost:8080"), As: program(s.owner), ExpectedStatus: http.StatusNotFound}.test(t, s)
	exchange{URL: "/login", Header: header("Host", "localhost:9090"), ExpectedStatus: http.StatusMisdirectedRequest}.test(t, s)
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newSite(t)
	d := s.enqueue(s.server)
	answers := map[string]exchange{
		"a page":           {URL: "/servers", As: browser(s.owner)},
		"the sign-in":      {URL: "/login"},
		"a redirect":       {URL: "/servers"},
		"no page":          {URL: "/nothing/here"},
		"another method":   {Method: "DELETE", URL: "/servers"},
		"another host":     {URL: "/login", Header: header("Host", "evil.example")},
		"another site":     {Method: "POST", URL: "/logout", Header: header("Sec-Fetch-Site", "cross-site")},
		"a fragment":       {URL: "/servers", As: browser(s.owner), Header: fragment()},
		"a fragment's end": {URL: "/servers/none", As: browser(s.owner), Header: fragment()},
		"JSON":             {URL: "/api/deployments/" + string(d.ID), As: program(s.owner)},
		"a problem":        {URL: "/api/deployments/none", As: program(s.owner)},
		"a log":            {URL: "/deployments/" + string(d.ID) + "/log.txt", As: browser(s.owner)},
		"a watcher's":      {URL: "/healthz"},
	}
	for name, e := range answers {
		h := s.do(e).Header()
		for field, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if h.Get(field) != want {
				t.Errorf("%s: %s is %q, want %q", name, field, h.Get(field), want)
			}
		}
		for _, rule := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), rule) {
				t.Errorf("%s: the policy %q lacks %s", name, h.Get("Content-Security-Policy"), rule)
			}
		}
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy is %q", name, csp)
		}
		if h.Get("X-Request-Id") == "" || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: request %q, transport %q", name, h.Get("X-Request-Id"), h.Get("Strict-Transport-Security"))
		}
	}
}

func TestHTTPSIsAskedForOnlyWhereItIs(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Base = parse("https://mcp.example.com") })
	if got := s.do(exchange{URL: "/login"}).Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("browsers may come back without https")
	}
}

func TestStaticFilesStayInTheBrowser(t *testing.T) {
	s := newSite(t)
	w := exchange{URL: static.URL("css/app.css"), ExpectedStatus: http.StatusOK}.test(t, s)
	if got := w.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Error(got)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a style may be taken for something else")
	}
	if strings.Contains(s.log.String(), "app.css") {
		t.Error("styles are logged")
	}
}

func TestALargeOrBrokenFormIsSaid(t *testing.T) {
	s := newSite(t)
	big := map[string][]string{"variables.0.name": {"A"}, "variables.0.value": {strings.Repeat("x", maxBody+1)}}
	exchange{Method: "POST", URL: "/servers/weather/variables", As: browser(s.owner), Body: big,
		ExpectedStatus: http.StatusRequestEntityTooLarge, ExpectedContent: []string{"at most 1 MB"}}.test(t, s)
	exchange{Method: "POST", URL: "/servers/weather/variables", As: browser(s.owner), Header: header("Content-Type", "multipart/form-data"),
		ExpectedStatus: http.StatusUnprocessableEntity, ExpectedContent: []string{"This form cannot be read."}}.test(t, s)
}

func TestTheLogNamesRoutesAndNoValues(t *testing.T) {
	s := newSite(t)
	s.do(exchange{URL: "/servers?q=needle-in-query", As: browser(s.owner)})
	s.do(exchange{Method: "POST", URL: "/servers/weather/variables", As: browser(s.owner), Body: map[string][]string{"variables.0.name": {"API_KEY"}, "variables.0.value": {"needle-in-form"}, "variables.0.secret": {"on"}}})
	log := s.log.String()
	if !strings.Contains(log, `"route":"/servers/:slug/variables"`) {
		t.Error(log)
	}
	for _, never := range []string{"needle", "weather/variables", s.session(s.owner).Value} {
		if strings.Contains(log, never) {
			t.Errorf("the log holds %s", never)
		}
	}
}

func TestAClientCannotMakeSeriesOfMetrics(t *testing.T) {
	s := newSite(t)
	for i := range 50 {
		s.do(exchange{URL: fmt.Sprintf("/nothing/%d?x=%d", i, i)})
		s.do(exchange{URL: fmt.Sprintf("/servers/no-%d", i), As: browser(s.owner)})
		s.do(exchange{Method: fmt.Sprintf("BREW%d", i), URL: "/servers"})
		s.do(exchange{URL: fmt.Sprintf("/a/%d", i), Header: header("Host", fmt.Sprintf("h%d.example", i))})
	}
	text := exchange{URL: "/metrics", As: program(s.admin), ExpectedStatus: http.StatusOK}.test(t, s).Body.String()
	if n := strings.Count(text, "moorage_http_request_duration_seconds_count{"); n > 8 {
		t.Errorf("%d series:\n%s", n, text)
	}
	for _, never := range []string{"/nothing/", "no-1", "BREW", "h1.example"} {
		if strings.Contains(text, never) {
			t.Errorf("the metrics hold %s", never)
		}
	}
}
