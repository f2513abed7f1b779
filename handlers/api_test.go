package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/handlers/api"
)

// answer asks as a program, wants a status and reads what comes back.
func answer[T any](s *site, as moorage.User, method, path, body string, status int) (v T, h http.Header) {
	s.t.Helper()
	w := s.do(exchange{Method: method, URL: path, JSON: body, As: program(as)})
	if w.Code != status {
		s.t.Fatalf("%s %s %s answers %d, want %d\n%s", method, path, body, w.Code, status, short(w.Body.String()))
	}
	must(s.t, json.Unmarshal(w.Body.Bytes(), &v))
	return v, w.Header()
}

// fields are what a problem complains about.
func fields(p api.Problem) []string {
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Field)
	}
	return all
}

func TestAProgramDeploysARepository(t *testing.T) {
	s := newSite(t)
	d, h := answer[api.Deployment](s, s.owner, "POST", "/api/deployments",
		`{"repo":"https://github.com/acme/Tides.git","branch":"next","subdir":"./sea/","env":{"CITY":"Bern"},"secrets":{"KEY":"s3cret"}}`, http.StatusCreated)
	if d.Server != "sea" || d.Status != moorage.StatusQueued || d.Branch != "next" || d.Subdir != "sea" || h.Get("Location") != "/api/deployments/"+string(d.ID) {
		t.Errorf("%+v at %s", d, h.Get("Location"))
	}
	v := s.again("sea")
	if v.OwnerID != s.owner.ID || v.Name != "io.github.acme/sea" || v.Config.Build != (moorage.BuildConfig{}) {
		t.Errorf("made %+v", v)
	}
	vars, err := s.db.Variables(t.Context(), v.ID)
	must(t, err)
	if len(vars) != 2 || vars[0].Value != "Bern" || vars[1].Value != "" {
		t.Fatalf("variables %+v", vars)
	}
	if plain, err := s.box.Open(vars[1].Sealed, fmt.Sprintf("variable/%s/KEY", v.ID)); err != nil || string(plain) != "s3cret" {
		t.Errorf("sealed %q, %v", plain, err)
	}
	if strings.Contains(s.log.String(), "s3cret") || strings.Contains(s.state(), "s3cret") {
		t.Error("the secret stands where it should not")
	}
}

func TestASecondOrderDeploysTheSameServer(t *testing.T) {
	s := newSite(t)
	must(t, s.db.SetVariable(t.Context(), s.server.ID, moorage.Variable{Name: "KEY", Secret: true, Required: true, Description: "of the door", Sealed: []byte("x"), UpdatedBy: s.owner.ID}))
	const same = `{"repo":"https://github.com/acme/weather","env":{"KEY":"new"}`
	d, _ := answer[api.Deployment](s, s.owner, "POST", "/api/deployments", same+`}`, http.StatusCreated)
	if d.ServerID != s.server.ID || d.Branch != "main" {
		t.Errorf("%+v", d)
	}
	vars, err := s.db.Variables(t.Context(), s.server.ID)
	must(t, err)
	if v := vars[0]; !v.Secret || v.Value != "" || !v.Required || v.Description != "of the door" || string(v.Sealed) == "x" {
		t.Errorf("what was secret is %+v", v)
	}
	d, _ = answer[api.Deployment](s, s.owner, "POST", "/api/deployments", same+`,"branch":"next"}`, http.StatusCreated)
	if v := s.again("weather"); d.Branch != "next" || v.Source.Ref != "next" || v.Config.Build != s.server.Config.Build {
		t.Errorf("%+v of %+v", d, v)
	}
}

func TestANameOfAnotherIsAConflictAndNothingIsDone(t *testing.T) {
	s := newSite(t)
	for body, as := range map[string]moorage.User{
		`{"repo":"https://github.com/acme/weather.git"}`:                           s.other,
		`{"repo":"https://github.com/acme/weather.git","name":"weather"}`:          s.admin,
		`{"repo":"https://github.com/acme/tides","name":"weather"}`:                s.owner,
		`{"repo":"https://github.com/acme/weather","subdir":"x","name":"weather"}`: s.owner,
	} {
		s.token(as)
		before := s.state()
		p, _ := answer[api.Problem](s, as, "POST", "/api/deployments", body, http.StatusConflict)
		if !strings.Contains(p.Next, "name") || s.state() != before {
			t.Errorf("%s: %+v", body, p)
		}
	}
	answer[api.Problem](s, s.owner, "POST", "/api/deployments", `{"repo":"https://github.com/acme/new","redeploy":true}`, http.StatusNotFound)
}

func TestARequestThatDoesNotFitIsToldWhereAndDoesNothing(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	s.token(s.owner)
	before := s.state()
	many := strings.TrimSuffix(strings.Repeat(`"V%d":"",`, moorage.MaxVariables+1), ",")
	numbers := make([]any, moorage.MaxVariables+1)
	for i := range numbers {
		numbers[i] = i
	}
	const deploy, call = "/api/deployments", "/api/services/weather/call"
	for _, tt := range []struct {
		path, body string
		want       []string
	}{
		{deploy, `{}`, []string{"/repo"}},
		{deploy, `[]`, nil},
		{deploy, `null`, nil},
		{deploy, `{"repo":"https://github.com/a/b"} x`, nil},
		{deploy, `{"repo":"https://github.com/a/b","Branch":"x","a/b":1}`, []string{"/Branch", "/a~1b"}},
		{deploy, `{"repo":7,"env":[],"redeploy":"x"}`, []string{"/env", "/redeploy", "/repo"}},
		{deploy, `{"repo":"git@github.com:a/b.git"}`, []string{"/repo"}},
		{deploy, `{"repo":"https://me:word@github.com/a/b"}`, []string{"/repo"}},
		{deploy, `{"repo":"example:../x"}`, []string{"/repo"}},
		{deploy, `{"repo":"example:greeter","branch":"x"}`, []string{"/repo"}},
		{deploy, `{"repo":"https://github.com/a/b","branch":"--upload-pack=x","subdir":"../..","name":"New!"}`, []string{"/branch", "/subdir", "/name"}},
		{deploy, `{"repo":"https://github.com/a/b","name":"new"}`, []string{"/name"}},
		{deploy, `{"repo":"https://github.com/a/b","env":{"1X":"","A":"\u0000","B":"x"},"secrets":{"B":"y"}}`, []string{"/env/1X", "/env/A", "/secrets/B"}},
		{deploy, `{"repo":"https://github.com/a/b","env":{` + fmt.Sprintf(many, numbers...) + `}}`, []string{"/env"}},
		{call, `{}`, []string{"/tool"}},
		{call, `{"tool":"forecast","arguments":{}}`, []string{"/arguments"}},
	} {
		p, _ := answer[api.Problem](s, s.owner, "POST", tt.path, tt.body, http.StatusUnprocessableEntity)
		if !slices.Equal(fields(p), tt.want) || p.Next == "" || p.Code != moorage.Invalid || p.Request == "" {
			t.Errorf("%.200s: %v %+v", tt.body, fields(p), p)
		}
	}
	answer[api.Problem](s, s.owner, "POST", deploy, `{"repo":"`+strings.Repeat("x", maxBody)+`"}`, http.StatusRequestEntityTooLarge)
	if s.state() != before || len(s.runner.called) > 0 {
		t.Error("something was done")
	}
}

func TestListsOfTheAPIComeInPages(t *testing.T) {
	s := newSite(t)
	for _, slug := range []string{"a", "b", "c", "d"} {
		v := s.addServer(slug, s.owner)
		s.live(v)
	}
	s.live(s.addServer("zz", s.other))
	var servers, services, deployments []string
	for cursor, page := "", 0; page == 0 || cursor != ""; page++ {
		l, _ := answer[api.ServerList](s, s.owner, "GET", "/api/servers?limit=2&cursor="+cursor, "", http.StatusOK)
		for _, v := range l.Servers {
			servers = append(servers, fmt.Sprint(v.Slug, v.Tools))
		}
		cursor = l.NextCursor
	}
	for cursor, page := "", 0; page == 0 || cursor != ""; page++ {
		l, _ := answer[api.ServiceList](s, s.owner, "GET", "/api/services?limit=3&cursor="+cursor, "", http.StatusOK)
		for _, v := range l.Services {
			services = append(services, fmt.Sprint(v.Slug, v.Status, v.Transport, v.Tools))
		}
		cursor = l.NextCursor
	}
	for cursor, page := "", 0; page == 0 || cursor != ""; page++ {
		l, _ := answer[api.DeploymentList](s, s.owner, "GET", "/api/deployments?limit=1&status=live&cursor="+cursor, "", http.StatusOK)
		for _, v := range l.Deployments {
			deployments = append(deployments, v.Server)
		}
		cursor = l.NextCursor
	}
	for got, want := range map[string]string{
		fmt.Sprint(servers): "[a1 b1 c1 d1 weather0]", fmt.Sprint(deployments): "[d c b a]",
		fmt.Sprint(services): "[aidlestdio1 bidlestdio1 cidlestdio1 didlestdio1]",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if l, _ := answer[api.DeploymentList](s, s.admin, "GET", "/api/deployments", "", http.StatusOK); len(l.Deployments) != 5 {
		t.Errorf("an admin sees %d", len(l.Deployments))
	}
}

func TestAListSaysWhatItCannotBeAskedFor(t *testing.T) {
	s := newSite(t)
	theirs := s.enqueue(s.server)
	for path, want := range map[string]string{
		"/api/servers?limit=0": "?limit", "/api/servers?limit=201": "?limit", "/api/services?limit=x": "?limit",
		"/api/servers?cursor=-": "?cursor", "/api/deployments?status=done": "?status", "/api/deployments?cursor=dep_gone": "?cursor",
		"/api/deployments?cursor=" + string(theirs.ID): "?cursor", "/api/servers?search=" + strings.Repeat("x", 201): "?search",
	} {
		if p, _ := answer[api.Problem](s, s.other, "GET", path, "", http.StatusUnprocessableEntity); !slices.Equal(fields(p), []string{want}) {
			t.Errorf("%s: %+v", path, p)
		}
	}
	answer[api.Problem](s, s.other, "GET", "/api/deployments?server=weather", "", http.StatusNotFound)
}

func TestAProgramCallsATool(t *testing.T) {
	s := newSite(t)
	answer[api.Problem](s, s.owner, "GET", "/api/services/weather", "", http.StatusConflict)
	d := s.live(s.server)
	v, _ := answer[api.ServiceDetail](s, s.owner, "GET", "/api/services/weather", "", http.StatusOK)
	if v.DeploymentID != d.ID || v.Transport != moorage.TransportStdio || len(v.Tools) != 1 || !strings.Contains(string(v.Tools[0]), `"inputSchema"`) {
		t.Errorf("%+v", v)
	}
	const call = "/api/services/weather/call"
	r, _ := answer[api.CallResult](s, s.owner, "POST", call, `{"tool":"forecast","args":{"city":"Bern"}}`, http.StatusOK)
	if string(r.Result) != string(s.runner.answers.Object) || r.DurationMS != 12 || r.Instance != "ins_1" {
		t.Errorf("%+v", r)
	}
	if want := string(s.server.ID) + ` forecast {"city":"Bern"}`; !slices.Equal(s.runner.called, []string{want}) {
		t.Errorf("called %q", s.runner.called)
	}
	if p, _ := answer[api.Problem](s, s.owner, "POST", call, `{"tool":"Forcast"}`, http.StatusNotFound); !strings.Contains(p.Next, "forecast") {
		t.Errorf("%+v", p)
	}
	s.runner.fails = moorage.Errorf(moorage.Refused, "The server answered tools/call with an error.").Because(&moorage.RPCError{Code: -32000, Message: "no rain"})
	if p, _ := answer[api.Problem](s, s.owner, "POST", call, `{"tool":"forecast"}`, http.StatusBadGateway); p.RPCError == nil || *p.RPCError != (moorage.RPCError{Code: -32000, Message: "no rain"}) {
		t.Errorf("%+v", p)
	}
	s.runner.fails = moorage.Errorf(moorage.Invalid, "The arguments do not fit.").Because(moorage.Faults{{Field: "/city", Message: "This is needed."}})
	if p, _ := answer[api.Problem](s, s.owner, "POST", call, `{"tool":"forecast"}`, http.StatusUnprocessableEntity); !slices.Equal(p.Errors, []api.FieldError{{Field: "/city", Message: "This is needed."}}) {
		t.Errorf("%+v", p)
	}
}

func TestAProgramCancelsAndDeploysAgain(t *testing.T) {
	s := newSite(t)
	d := s.enqueue(s.server)
	path := "/api/deployments/" + string(d.ID)
	if c, _ := answer[api.Deployment](s, s.owner, "POST", path+"/cancel", "", http.StatusAccepted); c.Status != moorage.StatusCancelled || c.Server != "weather" {
		t.Errorf("%+v", c)
	}
	again, h := answer[api.Deployment](s, s.owner, "POST", path+"/redeploy", "", http.StatusCreated)
	if again.ID == d.ID || again.Trigger != moorage.TriggerRedeploy || h.Get("Location") != "/api/deployments/"+string(again.ID) {
		t.Errorf("%+v at %s", again, h.Get("Location"))
	}
	answer[api.Problem](s, s.owner, "POST", path+"/rollback", "", http.StatusConflict)
}

func TestAServerThatWasPlannedShowsWhatWasPlanned(t *testing.T) {
	s := newSite(t)
	v := moorage.Server{ID: moorage.NewServerID(s.clock()), Slug: "tides", OwnerID: s.owner.ID, Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/tides"}}
	must(t, s.db.CreateServer(t.Context(), v))
	d := s.live(v)
	for transport, want := range map[moorage.Transport]string{moorage.TransportHTTP: "Streamable HTTP on port 4711 at /mcp", moorage.TransportSSE: "Old HTTP+SSE on port 4711 at /sse"} {
		must(t, s.db.SetConfig(t.Context(), d.ID, moorage.Config{Run: moorage.RunConfig{Transport: transport, Port: 4711}}))
		exchange{URL: "/servers/tides", As: browser(s.owner), ExpectedStatus: http.StatusOK, ExpectedContent: []string{want}}.test(t, s)
	}
	exchange{URL: "/servers/tides/settings", As: browser(s.owner), ExpectedStatus: http.StatusOK, ExpectedContent: []string{`value="4711"`}}.test(t, s)
}
