package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"moorage"
)

func TestVariablesStaySecret(t *testing.T) {
	s := newSite(t)
	post := func(pairs ...string) *exchange {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return &exchange{Method: "POST", URL: "/servers/weather/variables", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}
	}
	value := func(name string) (moorage.Variable, string) {
		vars, err := s.db.Variables(t.Context(), s.server.ID)
		must(t, err)
		i := slices.IndexFunc(vars, func(v moorage.Variable) bool { return v.Name == name })
		if i < 0 {
			return moorage.Variable{}, "none"
		}
		if vars[i].Sealed == nil {
			return vars[i], vars[i].Value
		}
		plain, err := s.box.Open(vars[i].Sealed, "variable/"+string(s.server.ID)+"/"+name)
		must(t, err)
		return vars[i], string(plain)
	}
	shown := exchange{URL: "/servers/weather/variables", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"KEY", "set; empty keeps it"}, Absent: []string{"hunter2", "was-plain"}}

	post("variables.0.name", "KEY", "variables.0.value", "hunter2", "variables.0.secret", "on", "variables.1.name", "UNIT", "variables.1.value", "was-plain").test(t, s)
	if v, plain := value("KEY"); plain != "hunter2" || v.Value != "" || v.UpdatedBy != s.owner.ID {
		t.Errorf("%+v", v)
	}
	post("variables.0.name", "KEY", "variables.0.value", "", "variables.0.secret", "on", "variables.0.required", "on").test(t, s)
	if v, plain := value("KEY"); plain != "hunter2" || !v.Required {
		t.Errorf("left empty it became %q, %+v", plain, v)
	}
	post("variables.0.name", "UNIT", "variables.0.value", "", "variables.0.secret", "on").test(t, s)
	if v, plain := value("UNIT"); plain != "was-plain" || v.Value != "" || v.Sealed == nil {
		t.Errorf("a plain one that becomes secret is %+v", v)
	}
	shown.test(t, s)
	post("variables.0.name", "KEY", "variables.0.value", "").test(t, s) // no longer secret: what was is not shown
	if v, plain := value("KEY"); plain != "" || v.Sealed != nil {
		t.Errorf("the secret came out: %q", plain)
	}
	post("variables.0.name", "UNIT", "variables.0.value", "celsius").test(t, s)
	exchange{Method: "POST", URL: "/servers/weather/variables/delete", Body: url.Values{"name": {"KEY"}}, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}.test(t, s)
	if _, plain := value("KEY"); plain != "none" {
		t.Error("it is still there")
	}
	if strings.Contains(s.state(), "hunter2") || strings.Contains(s.log.String(), "hunter2") {
		t.Error("the secret stands in the database or the log")
	}
}

func TestVariablesThatDoNotFitSaveNothing(t *testing.T) {
	s := newSite(t)
	many := url.Values{}
	for i := range moorage.MaxVariables + 1 {
		many.Set(fmt.Sprintf("variables.%d.name", i), fmt.Sprintf("V%d", i))
	}
	for name, form := range map[string]url.Values{
		"bad name":  {"variables.0.name": {"1-BAD"}, "variables.0.value": {"typed"}},
		"no name":   {"variables.0.name": {""}, "variables.0.value": {"typed"}},
		"twice":     {"variables.0.name": {"A"}, "variables.1.name": {"A"}, "variables.1.value": {"typed"}},
		"NUL":       {"variables.0.name": {"A"}, "variables.0.value": {"typed\x00"}},
		"too large": {"variables.0.name": {"A"}, "variables.0.value": {"typed" + strings.Repeat("x", moorage.MaxVariableValue)}},
		"too many":  many,
	} {
		s.session(s.owner)
		before := s.state()
		e := exchange{Name: name, Method: "POST", URL: "/servers/weather/variables", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity, ExpectedContent: []string{"nothing was saved", `aria-invalid="true"`}}
		if name != "too many" {
			e.ExpectedContent = append(e.ExpectedContent, "typed")
		}
		e.test(t, s)
		if s.state() != before {
			t.Errorf("%s: something was saved", name)
		}
	}
}

func TestSavedVariablesCanRestartWhatIsLive(t *testing.T) {
	s := newSite(t)
	form := url.Values{"variables.0.name": {"A"}, "variables.0.value": {"b"}, "then": {"restart"}}
	e := exchange{Method: "POST", URL: "/servers/weather/variables", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther, ExpectedTo: "/servers/weather/variables"}
	e.test(t, s) // nothing is live
	live := s.live(s.server)
	e.ExpectedTo = ""
	to := e.test(t, s).Header().Get("Location")
	d := s.deployment(moorage.DeploymentID(strings.TrimPrefix(to, "/deployments/")))
	if d.RollbackOf != live.ID || d.Status != moorage.StatusQueued || d.Image != live.Image {
		t.Errorf("%+v", d)
	}
}

func TestSettingsAreSavedOrSayWhatDoesNotFit(t *testing.T) {
	s := newSite(t)
	form := url.Values{"title": {" The rain "}, "description": {"Says if it rains"}, "ref": {"v2"}, "subdir": {"deep/"}, "transport": {"http"}, "port": {"9000"}, "network": {"internet"}, "memory_mb": {"128"}, "run_as_root": {"on"}, "isolation": {"session"}, "spares": {"0"}, "replicas": {"3"}}
	e := exchange{Method: "POST", URL: "/servers/weather/settings", Body: form, As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}
	e.test(t, s)
	v := s.again("weather")
	if v.Title != "The rain" || v.Source.Ref != "v2" || v.Source.Subdir != "deep" || v.Config.Run.Port != 9000 || !v.Config.Run.RunAsRoot || v.Config.Run.Limits.MemoryMB != 128 || v.Config.Run.Isolation != moorage.IsolationSession || *v.Config.Run.Spares != 0 || v.Config.Run.Replicas != 3 || v.Config.Build != s.server.Config.Build {
		t.Errorf("%+v", v)
	}
	exchange{URL: "/servers/weather/settings", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{`value="9000"`, `value="128"`, `value="The rain"`, `value="deep"`}}.test(t, s)
	form.Set("dockerfile", "deep/Dockerfile")
	form.Set("context", "deep")
	e.test(t, s)
	if got := s.again("weather").Config.Build; got != (moorage.BuildConfig{Dockerfile: "deep/Dockerfile", Context: "deep"}) {
		t.Errorf("it builds %+v", got)
	}
	form.Set("dockerfile", "../Dockerfile")
	form.Set("port", "lots")
	form.Set("memory_mb", "1")
	form.Set("replicas", "6")
	form.Set("title", "New title")
	e.ExpectedStatus, e.ExpectedContent = http.StatusUnprocessableEntity, []string{"Say which port", "from 16 to 2048", "from 1 to 5", "inside the repository", `value="../Dockerfile"`, `value="lots"`, `value="New title"`}
	e.test(t, s)
	if got := s.again("weather"); got.Title != "The rain" || got.Config.Run.Port != 9000 {
		t.Errorf("half of it was saved: %+v", got)
	}
}

func TestStoppingStartingAndDeletingAServer(t *testing.T) {
	s := newSite(t)
	first := s.live(s.server)
	second := s.live(s.server)
	act := func(what string, status int, form url.Values) string {
		t.Helper()
		return exchange{Name: what, Method: "POST", URL: "/servers/weather/" + what, Body: form, As: browser(s.owner), ExpectedStatus: status}.test(t, s).Header().Get("Location")
	}
	act("start", http.StatusConflict, nil) // it is live: nothing is rolled back
	act("stop", http.StatusSeeOther, nil)
	if !slices.Equal(s.runner.stopped, []moorage.ServerID{s.server.ID}) || s.again("weather").Status != moorage.ServerStopped {
		t.Errorf("stopped %v", s.runner.stopped)
	}
	act("stop", http.StatusConflict, nil)
	to := act("start", http.StatusSeeOther, nil)
	d := s.deployment(moorage.DeploymentID(strings.TrimPrefix(to, "/deployments/")))
	if d.RollbackOf != second.ID || d.Image.ID != second.Image.ID {
		t.Errorf("started %+v", d)
	}
	act("delete", http.StatusUnprocessableEntity, url.Values{"confirm": {"something else"}})
	if len(s.runner.stopped) > 1 {
		t.Error("it was stopped before it was confirmed")
	}
	act("delete", http.StatusSeeOther, url.Values{"confirm": {"weather"}})
	for _, id := range []moorage.DeploymentID{first.ID, second.ID} {
		if _, err := s.db.Deployment(t.Context(), id); moorage.ErrorCode(err) != moorage.NotFound {
			t.Errorf("%s is still there: %v", id, err)
		}
	}
	if len(s.runner.stopped) != 2 || len(s.images.removed) != 2 {
		t.Errorf("stopped %v, removed %v", s.runner.stopped, s.images.removed)
	}
}

func TestListsHoldOnesOwnAndAnAdminsHoldAll(t *testing.T) {
	s := newSite(t)
	s.addServer("theirs", s.other)
	s.enqueue(s.again("theirs"))
	s.enqueue(s.server)
	for _, path := range []string{"/", "/servers", "/deployments", "/search?q=the"} {
		exchange{Name: "the owner", URL: path, As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"The weather"}, Absent: []string{"The theirs"}}.test(t, s)
		exchange{Name: "an admin", URL: path, As: browser(s.admin), ExpectedStatus: 200, ExpectedContent: []string{"The weather", "The theirs"}}.test(t, s)
	}
	for _, status := range []string{"queued", "failed", "nonsense"} {
		e := exchange{URL: "/deployments?status=" + status, As: browser(s.owner), ExpectedStatus: 200}
		if status == "failed" {
			e.ExpectedContent = []string{"No deployment is failed."}
		}
		e.test(t, s)
	}
	for range pageSize {
		s.enqueue(s.server)
	}
	exchange{URL: "/deployments", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"1–50 of 51", "page=2"}}.test(t, s)
	exchange{URL: "/deployments?page=2", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"51–51 of 51"}}.test(t, s)
	exchange{URL: "/deployments?page=99999999999", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"1–50 of 51"}}.test(t, s)
}

func TestAnEngineThatIsGoneIsSaidAtHome(t *testing.T) {
	s := newSite(t)
	s.engine.says, s.engine.err = "", moorage.Errorf(moorage.Unavailable, "Docker does not answer at /var/run/docker.sock.").Try("Start it.")
	exchange{URL: "/", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"Docker does not answer", "Start it."}, Absent: []string{`href="/setup"`}}.test(t, s)
	exchange{URL: "/readyz", ExpectedStatus: http.StatusServiceUnavailable, ExpectedContent: []string{"database: ok", "engine: Docker does not answer"}}.test(t, s)
	exchange{URL: "/healthz", ExpectedStatus: 200, ExpectedContent: []string{"ok"}}.test(t, s)
}

func TestADiskThatIsAlmostFullIsSaidAtHome(t *testing.T) {
	s := newSite(t)
	s.room = moorage.Errorf(moorage.Unavailable, "The disk is almost full.").Try("Free some space.")
	exchange{URL: "/", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"Needs attention", "The disk is almost full.", "Free some space."}}.test(t, s)
}

func TestATicketIsForWhatIsLive(t *testing.T) {
	s := newSite(t)
	ask := exchange{Method: "POST", URL: "/servers/weather/ticket", As: browser(s.owner), ExpectedStatus: http.StatusConflict}
	ask.test(t, s)
	s.live(s.server)
	ask.ExpectedStatus, ask.ExpectedContent = 200, []string{`"url":"ws://127.0.0.1:8080/ws/ticket-`, `"expires_at":"2026-11-02T09:31:00Z"`}
	ask.test(t, s)
	s.runner.output = strings.Repeat("a line\n", 300) + "<script>\x1b[31mred"
	w := exchange{URL: "/servers/weather/output", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"&lt;script&gt;", "red"}, Absent: []string{"<script>"}}.test(t, s)
	if n := strings.Count(w.Body.String(), "a line"); n != maxOutputLines-1 {
		t.Errorf("%d lines", n)
	}
}
