package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"moorage/views"
)

// asked keeps what pages asked for, and answers with fragments.
type asked struct {
	mu       sync.Mutex
	requests []string
}

func (a *asked) serve(t *testing.T) *httptest.Server {
	t.Helper()
	gallery := site(demo{})
	answers := map[string]templ.Component{
		"/repos":            views.RepoList(views.RepoListView{Rows: []views.RepoRow{repo}, Summary: "found one"}),
		"/repos/refresh":    views.RepoList(views.RepoListView{Rows: []views.RepoRow{repo}, Summary: "asked again"}),
		"/servers/name":     views.SlugCheck(views.SlugCheckView{Problem: "It is taken."}),
		"/deployments":      views.DeploymentList(views.DeploymentListView{Empty: "None failed."}),
		"/search":           views.SearchResults(views.SearchResultsView{Query: "w", Servers: []views.SearchHit{{Label: "weather", URL: "/servers/one"}}}),
		"/repos/acme/holds": views.RepoHolds([]string{"Dockerfile"}),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok || r.Header.Get("HX-Request") == "" {
			gallery.ServeHTTP(w, r)
			return
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		a.mu.Lock()
		a.requests = append(a.requests, r.Method+" "+r.URL.Path+" "+r.Form.Encode()+" "+r.Header.Get("HX-Request-Type"))
		a.mu.Unlock()
		templ.Handler(answer).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func (a *asked) last() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.requests) == 0 {
		return ""
	}
	return a.requests[len(a.requests)-1]
}

const typeInto = `const type = (id, value) => { const field = document.getElementById(id); field.focus(); field.value = value; field.dispatchEvent(new Event("input", {bubbles: true})); field.dispatchEvent(new Event("change", {bubbles: true})); };`

func TestPagesAskWithTheirFields(t *testing.T) {
	var a asked
	b := open(t, a.serve(t))
	for _, c := range []struct{ path, act, until, want string }{
		{"/repos/one", `type("repo-q", "we"); `, `document.body.textContent.includes("found one")`, "GET /repos owner=&q=we partial"},
		{"/repos/one", `type("repo-owner", "acme"); `, `document.body.textContent.includes("found one")`, "GET /repos owner=acme&q= partial"},
		{"/repos/one", `[...document.querySelectorAll("button")].find(one => one.textContent === "Refresh").click()`, `document.body.textContent.includes("asked again")`, "POST /repos/refresh owner=&q= partial"},
		{"/plan/ready", `type("f-slug", "other"); `, `document.getElementById("slug-check").textContent.includes("It is taken.")`, "GET /servers/name slug=other partial"},
		{"/deployments/every", `type("status-filter", "failed"); `, `document.body.textContent.includes("None failed.")`, "GET /deployments status=failed partial"},
		{"/home/busy", `type("search", "w"); `, `document.querySelector("#search-results a")`, "GET /search q=w partial"},
	} {
		b.visit(c.path)
		b.text("(() => {" + typeInto + c.act + "; return ''})()")
		b.wait(c.until)
		if got := a.last(); got != c.want {
			t.Errorf("%s asked %q, not %q", c.path, got, c.want)
		}
	}
}

func TestAPlanComesByItselfAndThePageStaysWhole(t *testing.T) {
	var a asked
	b := open(t, a.serve(t))
	b.visit("/plan/loading")
	b.wait(`document.getElementById("plan-form")`)
	whole := b.text(`[document.querySelectorAll("main").length, document.querySelectorAll(".topbar").length, document.querySelectorAll("h1").length].join()`)
	if whole != "1,1,1" {
		t.Errorf("there are %s main, bar and heading", whole)
	}
	b.text(`(() => { document.querySelector("[data-add-variable]").click(); return "" })()`)
	b.wait(`document.activeElement.name === "variables.4.name"`)
}

func TestKeysWalkThroughAList(t *testing.T) {
	var a asked
	b := open(t, a.serve(t))
	b.visit("/repos/many")
	press := func(key string) {
		b.text(`(() => { document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "` + key + `", bubbles: true, cancelable: true})); return "" })()`)
	}
	b.text(`(() => { document.getElementById("repo-q").focus(); return "" })()`)
	press("ArrowDown")
	press("ArrowDown")
	if at := b.text(`document.activeElement.textContent`); !strings.Contains(at, "project-01") {
		t.Errorf("after two arrows the focus is on %q", at)
	}
	press("ArrowUp")
	press("ArrowUp")
	if at := b.text(`document.activeElement.id`); at != "repo-q" {
		t.Errorf("after two arrows back the focus is on %q", at)
	}
	b.text(`(() => { document.activeElement.blur(); return "" })()`)
	press("/")
	if at := b.text(`document.activeElement.id`); at != "search" {
		t.Errorf("after / the focus is on %q", at)
	}
}

func TestTheThemeIsKept(t *testing.T) {
	var a asked
	b := open(t, a.serve(t))
	b.visit("/home/busy")
	for _, want := range []string{"light", "dark"} {
		b.text(`(() => { document.getElementById("theme").click(); return "" })()`)
		b.visit("/servers/one")
		if got := b.text(`document.documentElement.className`); got != want {
			t.Errorf("the theme is %q, not %q", got, want)
		}
	}
}
