package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"moorage"
	"moorage/store"
)

func parse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestPeopleGetPagesAndProgramsProblems(t *testing.T) {
	s := newSite(t)
	for _, e := range []exchange{
		{Name: "a page", URL: "/servers/none", As: browser(s.owner), ExpectedStatus: 404, ExpectedContent: []string{"<html", "There is no such server.", "Home"}},
		{Name: "no route", URL: "/nope", As: browser(s.owner), ExpectedStatus: 404, ExpectedContent: []string{"<html", "Nothing is at this address."}},
		{Name: "no route, nobody", URL: "/nope", ExpectedStatus: 404, ExpectedContent: []string{"<html"}},
		{Name: "a method", Method: "DELETE", URL: "/servers", ExpectedStatus: 405, ExpectedContent: []string{"<html", "does not take such a request"}},
		{Name: "a fragment", URL: "/servers/none", As: browser(s.owner), Header: fragment(), ExpectedStatus: 404, ExpectedContent: []string{"There is no such server"}, Absent: []string{"<html", "<body"}},
		{Name: "history", URL: "/servers/none", As: browser(s.owner), Header: header("HX-Request", "true", headerRequestType, "partial", "HX-History-Restore-Request", "true"), ExpectedStatus: 404, ExpectedContent: []string{"<html"}},
		{Name: "a repository with the name of a route for programs", URL: "/repos/acme/ticket/holds/x", As: browser(s.owner), ExpectedStatus: 404, ExpectedContent: []string{"<html"}},
	} {
		if w := e.test(t, s); !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s is %s", e.Name, w.Header().Get("Content-Type"))
		}
	}
	for _, e := range []exchange{
		{Name: "the API", URL: "/api/deployments/none", As: program(s.owner), ExpectedStatus: 404},
		{Name: "the API, nobody", URL: "/api/deployments/none", ExpectedStatus: 401},
		{Name: "no route of the API", URL: "/api/nope", ExpectedStatus: 404},
		{Name: "a method of the API", Method: "POST", URL: "/api/deployments/none", ExpectedStatus: 405},
		{Name: "a socket", URL: "/ws?server=none", As: program(s.owner), ExpectedStatus: 404},
		{Name: "nothing live", URL: "/ws?server=weather", As: program(s.owner), ExpectedStatus: 409},
		{Name: "a bad ticket", URL: "/ws/bad", ExpectedStatus: 403},
		{Name: "a page's ticket", Method: "POST", URL: "/servers/none/ticket", As: browser(s.owner), ExpectedStatus: 404},
	} {
		w := e.test(t, s)
		var p struct {
			Title, Code, Detail, Request string
			Status                       int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v, %s", e.Name, err, w.Header().Get("Content-Type"))
		}
		if p.Status != e.ExpectedStatus || p.Title != http.StatusText(e.ExpectedStatus) || p.Detail == "" || p.Request == "" || p.Code == string(moorage.Internal) {
			t.Errorf("%s: %+v", e.Name, p)
		}
		if (w.Header().Get("WWW-Authenticate") == "Bearer") != (e.ExpectedStatus == 401) {
			t.Errorf("%s: WWW-Authenticate is %q", e.Name, w.Header().Get("WWW-Authenticate"))
		}
	}
}

func TestOurOwnFaultShowsItselfOnlyInTheLog(t *testing.T) {
	s := newSite(t)
	s.runner.fails = errors.New("dial 10.0.0.7: top-secret-cause")
	s.planner.err = errors.New("open /secret/path: top-secret-cause")
	form := url.Values{"confirm": {"weather"}}
	for _, e := range []exchange{
		{Name: "a page", Method: "POST", URL: "/servers/weather/delete", Body: form, As: browser(s.owner), ExpectedStatus: 500, ExpectedContent: []string{"Something broke on our side"}},
		{Name: "a fragment", Method: "POST", URL: "/servers/weather/delete", Body: form, As: browser(s.owner), Header: fragment(), ExpectedStatus: 500, ExpectedContent: []string{"Something broke on our side"}},
		{Name: "trouble", URL: "/plan?wait=1&url=https://example.com/a/b", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"Something broke on our side", "Try again"}},
	} {
		e.Absent = []string{"top-secret-cause", "10.0.0.7", "/secret/path"}
		w := e.test(t, s)
		ref := w.Header().Get("X-Request-Id")
		if e.ExpectedStatus == 500 && !strings.Contains(w.Body.String(), ref) {
			t.Errorf("%s: the page does not say which request it was", e.Name)
		}
		if !strings.Contains(s.log.String(), ref) {
			t.Errorf("%s: the log does not know the request", e.Name)
		}
	}
	if !strings.Contains(s.log.String(), "dial 10.0.0.7: top-secret-cause") || !strings.Contains(s.log.String(), "open /secret/path") {
		t.Error("the log does not say why")
	}
}

func TestAPanicIsOurFaultToo(t *testing.T) {
	s := newSite(t)
	s.runner.panics = true
	exchange{URL: "/servers/weather/output", As: browser(s.owner), ExpectedStatus: 500, ExpectedContent: []string{"Something broke on our side"}, Absent: []string{"goroutine", "out of cheese"}}.test(t, s)
	if log := s.log.String(); !strings.Contains(log, "out of cheese") || !strings.Contains(log, "fakes_test.go") {
		t.Error("the log lacks the panic or its stack")
	}
	exchange{URL: "/servers", As: browser(s.owner), ExpectedStatus: 200}.test(t, s)
}

func TestWhoIsNotSignedInIsSentToSignInAndBack(t *testing.T) {
	s := newSite(t)
	for _, e := range []exchange{
		{URL: "/", ExpectedTo: "/login"},
		{URL: "/deployments?page=2&status=live", ExpectedTo: "/login?next=%2Fdeployments%3Fpage%3D2%26status%3Dlive"},
		{URL: "/servers/weather", ExpectedTo: "/login?next=%2Fservers%2Fweather"},
	} {
		e.ExpectedStatus = http.StatusSeeOther
		e.test(t, s)
	}
	exchange{Name: "a form", Method: "POST", URL: "/servers/weather/stop", ExpectedStatus: 401, ExpectedContent: []string{"You are not signed in."}}.test(t, s)
	exchange{Name: "a fragment", URL: "/servers", Header: fragment(), ExpectedStatus: 401, ExpectedContent: []string{"You are not signed in."}, Absent: []string{"<html"}}.test(t, s)
}

func TestNobodyIsSentToAnotherSite(t *testing.T) {
	s := newSite(t)
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "evil", "/\t/evil.example", "/%09//evil.example\n", "///evil.example", "https:evil.example"} {
		q := "?next=" + url.QueryEscape(next)
		exchange{Name: next, URL: "/login" + q, ExpectedStatus: 200, Absent: []string{"evil.example"}}.test(t, s)
		exchange{Name: next, URL: "/login" + q, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther, ExpectedTo: "/"}.test(t, s)
	}
	exchange{Name: "ours", URL: "/login?next=/servers/weather%3Fa=b", As: browser(s.owner), ExpectedStatus: http.StatusSeeOther, ExpectedTo: "/servers/weather?a=b"}.test(t, s)
}

// brokenLog breaks in the middle of a log.
type brokenLog struct{ *store.DB }

func (b brokenLog) EachLogLine(_ context.Context, _ moorage.DeploymentID, do func(moorage.LogLine) error) error {
	for range 10_000 {
		if err := do(moorage.LogLine{Text: strings.Repeat("x", 100)}); err != nil {
			return err
		}
	}
	return errors.New("disk I/O error")
}

func TestAnAnswerThatBreaksIsNotTakenForTheWhole(t *testing.T) {
	s := newSite(t, func(o *Options) { o.DB = brokenLog{o.DB.(*store.DB)} })
	d := s.enqueue(s.server)
	server := s.listen()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/deployments/"+string(d.ID)+"/log.txt", nil)
	must(t, err)
	s.dress(r, browser(s.owner))
	res, err := server.Client().Do(r)
	must(t, err)
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the reader takes it for the whole log: %v", err)
	}
	if !strings.Contains(s.log.String(), "disk I/O error") {
		t.Error("the log does not say why")
	}
}

func TestMetricsAreForThisMachineAndForAdmins(t *testing.T) {
	s := newSite(t)
	server := s.listen()
	for name, e := range map[string]struct {
		header http.Header
		want   int
	}{
		"this machine": {nil, 200},
		"a proxy":      {header("X-Forwarded-For", "203.0.113.9"), 401},
		"another way":  {header("Forwarded", "for=203.0.113.9"), 401},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/metrics", nil)
		must(t, err)
		for k, v := range e.header {
			r.Header[k] = v
		}
		res, err := server.Client().Do(r)
		must(t, err)
		res.Body.Close()
		if res.StatusCode != e.want {
			t.Errorf("%s gets %d, want %d", name, res.StatusCode, e.want)
		}
	}
}
