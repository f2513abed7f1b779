package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"moorage"
)

// weatherPlan is what the made-up planner finds.
var weatherPlan = moorage.Plan{
	Commit: moorage.Commit{Hash: "0123456789abcdef0123456789abcdef01234567", Message: "Say if it rains", Author: "Ada"},
	Name:   "weather", FoundIn: "Dockerfile",
	Findings: []moorage.Finding{
		{Topic: moorage.TopicRun, What: "Speaks MCP on stdio", Why: "Nothing says otherwise."},
		{Topic: moorage.TopicBuild, What: "Builds deep/Dockerfile", Why: "Its COPY sources exist there."},
	},
	Dockerfiles: []moorage.Dockerfile{{Path: "deep/Dockerfile", Context: "deep"}, {Context: ".", Generated: "FROM scratch\n"}},
	Config: moorage.Config{
		Build: moorage.BuildConfig{Dockerfile: "deep/Dockerfile", Context: "deep"},
		Run:   moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkInternet},
	},
	Variables: []moorage.VariableAsk{{Name: "API_KEY", Secret: true, Required: true, From: "smithery.yaml"}, {Name: "UNIT", Default: "celsius", Choices: []string{"celsius", "kelvin"}}},
}

// good is a form that fits.
func good(change ...string) url.Values {
	form := url.Values{
		"repo_url": {"https://example.com/acme/rain.git"}, "ref": {"main"}, "title": {"Rain"}, "slug": {"rain"},
		"dockerfile": {"Dockerfile"}, "context": {"."}, "transport": {"stdio"}, "network": {"none"},
	}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestAPlanIsShownBeforeAnythingIsMade(t *testing.T) {
	s := newSite(t)
	s.planner.plan = weatherPlan
	s.session(s.owner)
	before := s.state()
	first := exchange{Name: "at once", URL: "/plan?url=https://example.com/acme/weather.git", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"wait=1", "acme/weather"}}
	first.Absent = []string{"Builds deep/Dockerfile"}
	first.test(t, s)
	if s.planner.asked != (moorage.Source{}) {
		t.Error("the source was read before the page was there")
	}
	whole := exchange{Name: "then", URL: "/plan?wait=1&url=https://example.com/acme/weather.git&ref=v1&subdir=deep&dockerfile=generated", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{
		"Builds deep/Dockerfile", "Speaks MCP on stdio", "API_KEY", "Asked for by smithery.yaml", "kelvin", "weather-2", "Say if it rains", "deep/Dockerfile", "A Dockerfile that Moorage writes",
	}}
	whole.test(t, s)
	want := moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://example.com/acme/weather.git", Ref: "v1", Subdir: "deep"}
	if s.planner.asked != want || s.planner.dockerfile != "generated" {
		t.Errorf("asked for %+v, %s", s.planner.asked, s.planner.dockerfile)
	}
	whole.Header, whole.Absent = fragment(), []string{"<html"}
	whole.test(t, s)
	if s.state() != before {
		t.Error("something was made")
	}
}

func TestWhatCannotBePlannedIsSaidWithAWayOn(t *testing.T) {
	s := newSite(t)
	s.planner.err = moorage.Errorf(moorage.NotFound, "There is no repository at this address.").Try("Check the address.")
	exchange{URL: "/plan?wait=1&url=https://example.com/a/b", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{
		"There is no repository at this address.", "Check the address.", "Try again", "Choose another repository",
	}}.test(t, s)
	for _, bad := range []string{"ref=--upload-pack%3Dx", "ref=a..b", "subdir=../..", "subdir=/etc"} {
		exchange{Name: bad, URL: "/plan?wait=1&url=https://example.com/a/b&" + bad, As: browser(s.owner), ExpectedStatus: 200, Absent: []string{"There is no repository"}}.test(t, s)
	}
	for _, bad := range []string{"", "weather", "https://ada:pw@example.com/a", "https://", "://x"} {
		w := exchange{Name: bad, URL: "/plan?url=" + url.QueryEscape(bad), As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}.test(t, s)
		if bad != "" {
			exchange{Name: bad, URL: w.Header().Get("Location"), As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"is not the URL of a Git repository"}}.test(t, s)
		}
	}
}

func TestAFormThatFitsMakesAServerAndADeployment(t *testing.T) {
	s := newSite(t)
	form := good("transport", "http", "port", "8000", "path", "/mcp", "query", "key=API_KEY", "memory_mb", "256", "cpus", "0.5", "pids", "64", "command", "node\nindex.js\n",
		"dockerfile", "generated", "generated", "FROM scratch\r\nCOPY . .\r\n", "no_cache", "on",
		"variables.0.name", "API_KEY", "variables.0.value", "hunter2", "variables.0.secret", "on", "variables.0.required", "on",
		"variables.7.name", "UNIT", "variables.7.value", "kelvin", "variables.9.name", "", "variables.9.value", "")
	w := exchange{Method: "POST", URL: "/deployments", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}.test(t, s)
	v := s.again("rain")
	want := moorage.Config{
		Build: moorage.BuildConfig{Context: ".", Generated: "FROM scratch\nCOPY . .\n", NoCache: true},
		Run: moorage.RunConfig{Transport: moorage.TransportHTTP, Port: 8000, Path: "/mcp", Query: map[string]string{"key": "API_KEY"}, Command: []string{"node", "index.js"},
			Network: moorage.NetworkNone, Limits: moorage.Limits{MemoryMB: 256, CPUs: 0.5, PIDs: 64}},
	}
	if fmt.Sprintf("%+v", v.Config) != fmt.Sprintf("%+v", want) || v.OwnerID != s.owner.ID || v.Name != "com.example/rain" || v.Title != "Rain" {
		t.Errorf("made %+v", v)
	}
	d := s.deployment(moorage.DeploymentID(strings.TrimPrefix(w.Header().Get("Location"), "/deployments/")))
	if d.Status != moorage.StatusQueued || d.ServerID != v.ID || d.Source != v.Source || d.CreatedBy != s.owner.ID {
		t.Errorf("queued %+v", d)
	}
	vars, err := s.db.Variables(t.Context(), v.ID)
	must(t, err)
	plain, err := s.box.Open(vars[0].Sealed, "variable/"+string(v.ID)+"/API_KEY")
	if err != nil || len(vars) != 2 || string(plain) != "hunter2" || vars[0].Value != "" || !vars[0].Required || vars[1].Value != "kelvin" {
		t.Errorf("%+v, %q, %v", vars, plain, err)
	}
	if strings.Contains(s.state(), "hunter2") {
		t.Error("the secret is in the database")
	}
}

func TestEveryFieldThatDoesNotFitSaysSoAndKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	httpForm := []string{"transport", "http", "port", "8000"}
	for _, tt := range []struct {
		field, typed, fault string
		with                []string
	}{
		{"slug", "Not A Slug", "Use 1 to 48 of a–z", nil},
		{"slug", "weather", "Another server has this name.", nil},
		{"slug", "", "Give the server a name.", nil},
		{"slug", "name", "Use 1 to 48 of a–z", nil},
		{"dockerfile", "", "Choose what is built.", nil},
		{"dockerfile", "../Dockerfile", "inside the repository", nil},
		{"context", "../up", "inside the repository", nil},
		{"generated", "", "Write a Dockerfile", []string{"dockerfile", "generated"}},
		{"transport", "carrier-pigeon", "Choose stdio, http or sse.", nil},
		{"network", "everything", "Choose internet or none.", nil},
		{"port", "eighty", "Say which port", httpForm},
		{"port", "70000", "Say which port", httpForm},
		{"path", "mcp?x", "begins with a slash", httpForm},
		{"query", "no-equals-sign", "Write parameter=VARIABLE", httpForm},
		{"memory_mb", "9999", "from 16 to 2048", nil},
		{"cpus", "NaN", "from 0.1 to 2", nil},
		{"cpus", "lots", "from 0.1 to 2", nil},
		{"pids", "1", "from 4 to 512", nil},
		{"command", strings.Repeat("x\n", 101), "at most 100 arguments", nil},
		{"ref", "-evil", "not the name of a branch", nil},
		{"subdir", "../../etc", "inside the repository", nil},
		{"repo_url", "https://ada:pw@example.com/x", "is not the URL of a Git repository", nil},
		{"variables.0.name", "1BAD", "do not begin with a digit", nil},
	} {
		form := good(append(tt.with, tt.field, tt.typed, "title", "Typed title", "variables.3.name", "KEPT", "variables.3.value", "kept-value")...)
		e := exchange{Name: tt.field + " " + clip(tt.typed, 20), Method: "POST", URL: "/deployments", Body: form, As: browser(s.owner),
			ExpectedStatus: http.StatusUnprocessableEntity, ExpectedContent: []string{tt.fault, "Typed title", "KEPT", "kept-value"}}
		if tt.typed != "" && tt.field != "transport" && tt.field != "network" { // those are chosen
			e.ExpectedContent = append(e.ExpectedContent, strings.TrimSpace(tt.typed))
		}
		s.session(s.owner)
		before := s.state()
		e.test(t, s)
		if s.state() != before {
			t.Errorf("%s: something was made", e.Name)
		}
	}
}

func TestFaultsStandAllAtOnceAndSecretsAreNeverSentBack(t *testing.T) {
	s := newSite(t)
	form := good("slug", "weather", "port", "x", "transport", "http", "memory_mb", "1", "variables.0.name", "API_KEY", "variables.0.value", "hunter2", "variables.0.secret", "on",
		"variables.1.name", "API_KEY", "variables.1.value", "hunter3", "variables.1.secret", "on", "variables.2.name", "PLAIN", "variables.2.value", "shown")
	exchange{Method: "POST", URL: "/deployments", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity,
		ExpectedContent: []string{"Another server has this name.", "Say which port", "from 16 to 2048", "API_KEY is there twice", "shown"}, Absent: []string{"hunter2", "hunter3"}}.test(t, s)
}

func TestDeployingToAnExistingServer(t *testing.T) {
	s := newSite(t)
	mine := s.addServer("rain", s.owner)
	form := good("server", string(mine.ID), "slug", "", "ref", "v2")
	exchange{Name: "somebody else's", Method: "POST", URL: "/deployments", Body: good("server", string(mine.ID)), As: browser(s.other), ExpectedStatus: http.StatusNotFound, ExpectedContent: []string{"There is no such server."}}.test(t, s)
	exchange{Name: "nobody's", Method: "POST", URL: "/deployments", Body: good("server", "srv_none"), As: browser(s.owner), ExpectedStatus: http.StatusNotFound}.test(t, s)
	wrong := maps.Clone(form)
	wrong.Set("memory_mb", "x")
	s.do(exchange{Method: "POST", URL: "/deployments", Body: wrong, As: browser(s.owner)})
	if got := s.again("rain"); got.Source != mine.Source {
		t.Errorf("a form that does not fit changed the server to %+v", got.Source)
	}
	exchange{Name: "mine", Method: "POST", URL: "/deployments", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}.test(t, s)
	got := s.again("rain")
	if got.ID != mine.ID || got.Source.Ref != "v2" || got.Title != mine.Title || got.OwnerID != s.owner.ID {
		t.Errorf("%+v", got)
	}
	exchange{Name: "an admin's", Method: "POST", URL: "/deployments", Body: form, As: browser(s.admin), ExpectedStatus: http.StatusSeeOther}.test(t, s)
	if s.again("rain").OwnerID != s.owner.ID {
		t.Error("the server changed hands")
	}
}

func TestTheNameIsCheckedWhileItIsTyped(t *testing.T) {
	s := newSite(t)
	for slug, want := range map[string]string{"rain": "Free: http://127.0.0.1:8080/mcp/rain", "weather": "Another server has this name.", "Rain": "Use 1 to 48", "new": "Use 1 to 48", strings.Repeat("a", 49): "Use 1 to 48"} {
		exchange{Name: slug, URL: "/servers/name?slug=" + url.QueryEscape(slug), As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{want}, Absent: []string{"<html"}}.test(t, s)
	}
}

func TestHowAServerRunsSurvivesItsForm(t *testing.T) {
	for _, r := range []moorage.RunConfig{
		{Transport: moorage.TransportStdio, Network: moorage.NetworkInternet},
		{Transport: moorage.TransportHTTP, Port: 8080, Path: "/mcp", Query: map[string]string{"b": "B", "a": "A_KEY"}, Command: []string{"npx", "-y", "it's me"},
			Network: moorage.NetworkNone, Limits: moorage.Limits{MemoryMB: 2048, CPUs: 1.25, PIDs: 512}, RunAsRoot: true, WritableRoot: true},
		{Transport: moorage.TransportSSE, Port: 8000, Path: "/events", Query: map[string]string{"a": "A_KEY"}, Network: moorage.NetworkInternet},
	} {
		v := runForm(r)
		form := url.Values{"transport": {string(v.Transport)}, "port": {v.Port}, "path": {v.Path}, "command": {v.Command}, "query": {v.Query}, "network": {string(v.Network)}, "memory_mb": {v.MemoryMB}, "cpus": {v.CPUs}, "pids": {v.PIDs}}
		for name, on := range map[string]bool{"run_as_root": v.RunAsRoot, "writable_root": v.WritableRoot} {
			if on {
				form.Set(name, "on")
			}
		}
		faults := map[string]string{}
		if got := readRun(form, faults); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", r) || len(faults) > 0 {
			t.Errorf("%+v\nwant %+v\nfaults %v", got, r, slices.Collect(maps.Keys(faults)))
		}
		if got := typedRun(form); got != v {
			t.Errorf("typed %+v, want %+v", got, v)
		}
	}
}
