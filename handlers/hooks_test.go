package handlers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/github/githubtest"
)

const theSecret = "the secret of a webhook"

// follower makes a server of the owner that follows acme/weather of the fake
// GitHub, and a webhook by hand.
func (s *site) follower(slug string, change ...func(*moorage.Server, *moorage.AutoDeploy)) moorage.Server {
	s.t.Helper()
	v := s.addServer(slug, s.owner)
	v.Source.RepoURL = s.hub.CloneURL("acme", "weather")
	sealed, err := s.box.Seal([]byte(theSecret), "server/"+string(v.ID)+"/hook_secret")
	must(s.t, err)
	a := moorage.AutoDeploy{ServerID: v.ID, Enabled: true, RepositoryID: s.hub.RepositoryID("acme", "weather"), HookSecret: sealed}
	for _, c := range change {
		c(&v, &a)
	}
	must(s.t, s.db.UpdateServer(s.t.Context(), v))
	must(s.t, s.db.SetAutoDeploy(s.t.Context(), a))
	return v
}

// publish makes acme/weather at the fake GitHub.
func (s *site) publish() {
	s.hub.AddRepository("acme", "weather", map[string]string{"Dockerfile": "FROM scratch\n", "server/main.go": "package main\n"}, githubtest.Repository{})
}

// heard returns the last decision about a server.
func (s *site) heard(v moorage.Server) moorage.Decision {
	s.t.Helper()
	list, err := s.db.Decisions(s.t.Context(), v.ID)
	must(s.t, err)
	if len(list) == 0 {
		s.t.Fatal("no push was heard of")
	}
	return list[0]
}

// deployments are those of a server, newest first.
func (s *site) deploymentsOf(v moorage.Server) []moorage.Deployment {
	s.t.Helper()
	list, err := s.db.Deployments(s.t.Context(), moorage.DeploymentFilter{ServerID: v.ID})
	must(s.t, err)
	return list
}

// hooked listens, so that GitHub can deliver, with a webhook of a server.
func (s *site) hooked(v moorage.Server) *githubtest.Hook {
	s.t.Helper()
	s.listen()
	return s.hub.AddHook("acme", "weather", s.base.String()+hookPath+"/"+string(v.ID), theSecret)
}

func (s *site) lastDelivery() githubtest.Delivery {
	all := s.hub.Deliveries()
	return all[len(all)-1]
}

func TestAPushDeploysTheServersThatFollowIt(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain")
	s.hooked(v)
	if d := s.lastDelivery(); d.Status != http.StatusOK || !strings.Contains(d.Answer, "hears") {
		t.Errorf("the ping was answered %d %s", d.Status, d.Answer)
	}
	commit := s.hub.Push("acme", "weather", "main", "Say if it rains", map[string]string{"server/main.go": "package main // 2\n"})
	delivered := s.lastDelivery()
	all := s.deploymentsOf(v)
	if delivered.Status != http.StatusAccepted || len(all) != 1 {
		t.Fatalf("answered %d %s, %d deployments", delivered.Status, delivered.Answer, len(all))
	}
	d := all[0]
	if d.Trigger != moorage.TriggerPush || d.PushedCommit != commit || d.PushedBy != "ada" || d.CreatedBy != s.owner.ID || d.Source != v.Source || d.Status != moorage.StatusQueued {
		t.Errorf("queued %+v", d)
	}
	if !strings.Contains(delivered.Answer, string(d.ID)) || s.heard(v).Deployment != d.ID {
		t.Errorf("answered %s, decided %+v", delivered.Answer, s.heard(v))
	}
	if e := audit(s)[0]; e.Act != moorage.ActDeploy || e.Actor.Means != moorage.MeansWebhook || e.Actor.Login != "ada" || e.Target.Name != "rain" {
		t.Errorf("written down: %+v", e)
	}
	exchange{URL: deploymentPath(d.ID), As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"pushed by ada"}}.test(t, s)
	exchange{URL: "/servers/rain/settings", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"main has commit " + commit[:7], deploymentPath(d.ID)}}.test(t, s)
}

func TestTheWebhookOfTheAppReachesEveryFollower(t *testing.T) {
	s := newSite(t)
	s.publish()
	one, two := s.follower("rain"), s.follower("sun")
	off := s.follower("fog", func(_ *moorage.Server, a *moorage.AutoDeploy) { a.Enabled = false })
	must(t, s.auth.Connect(t.Context(), auth.Connection{ClientID: "id", ClientSecret: "secret", AppSlug: "moorage", HookSecret: theSecret}))
	s.listen()
	s.hub.AddHook("acme", "weather", s.base.String()+hookPath, theSecret)
	s.hub.Push("acme", "weather", "main", "Say if it rains", map[string]string{"a": "1"})
	if len(s.deploymentsOf(one)) != 1 || len(s.deploymentsOf(two)) != 1 || len(s.deploymentsOf(off)) != 0 || len(s.deploymentsOf(s.server)) != 0 {
		t.Errorf("answered %s", s.lastDelivery().Answer)
	}
	if got := s.heard(off).Reason; got != "Auto-deploy is switched off." {
		t.Errorf("told %q", got)
	}
}

func TestWhatIsNotSignedByOurSecretDoesNothing(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain")
	hook := s.hooked(v)
	s.hub.Push("acme", "weather", "main", "Say if it rains", map[string]string{"a": "1"})
	body := s.lastDelivery().Body
	before := s.state()
	two := func(secret, body []byte) string {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	one := hmac.New(sha1.New, []byte(theSecret))
	one.Write(body)
	altered := bytes.Replace(body, []byte("Say if it rains"), []byte("Say if it snows"), 1)
	good := two([]byte(theSecret), body)
	for _, tt := range []struct {
		name   string
		body   []byte
		header http.Header
		status int
	}{
		{"no signature", body, header(), http.StatusUnauthorized},
		{"sha1 alone", body, header("X-Hub-Signature", "sha1="+hex.EncodeToString(one.Sum(nil))), http.StatusUnauthorized},
		{"sha1 as sha256", body, header("X-Hub-Signature-256", "sha256="+hex.EncodeToString(one.Sum(nil))), http.StatusUnauthorized},
		{"another secret", body, header("X-Hub-Signature-256", two([]byte("x"), body)), http.StatusUnauthorized},
		{"no secret", body, header("X-Hub-Signature-256", two(nil, body)), http.StatusUnauthorized},
		{"no hex", body, header("X-Hub-Signature-256", "sha256=zz"), http.StatusUnauthorized},
		{"cut off", body, header("X-Hub-Signature-256", good[:len(good)-2]), http.StatusUnauthorized},
		{"altered", altered, header("X-Hub-Signature-256", good), http.StatusUnauthorized},
		{"one byte more", append(bytes.Clone(body), ' '), header("X-Hub-Signature-256", good), http.StatusUnauthorized},
		{"a form", body, header("X-Hub-Signature-256", good, "Content-Type", "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType},
		{"too large", bytes.Repeat([]byte(" "), maxHook+1), header("X-Hub-Signature-256", good), http.StatusRequestEntityTooLarge},
		{"no delivery id", body, header("X-Hub-Signature-256", good, "X-GitHub-Delivery", ""), http.StatusUnprocessableEntity},
		{"no push", []byte(`{"ref":1}`), header("X-Hub-Signature-256", two([]byte(theSecret), []byte(`{"ref":1}`))), http.StatusUnprocessableEntity},
		{"another event", body, header("X-Hub-Signature-256", good, "X-GitHub-Event", "pull_request"), http.StatusAccepted},
	} {
		w := s.post(hook.URL, tt.body, tt.header)
		if w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
		if s.state() != before {
			t.Errorf("%s changed the database", tt.name)
		}
	}
}

// post sends a body as GitHub sends a push; a header that is given wins.
func (s *site) post(target string, body []byte, h http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body)).WithContext(s.t.Context())
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-Github-Event": {"push"}, "X-Github-Delivery": {"72d3162e-cc78-11e3-81ab-4c9367dc0958"}}
	for name, values := range h {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func TestADeliveryCountsOnceHoweverOftenItComes(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain")
	s.hooked(v)
	s.hub.Push("acme", "weather", "main", "One", map[string]string{"a": "1"})
	first := s.lastDelivery()
	s.hub.Push("acme", "weather", "main", "Two", map[string]string{"a": "2"})
	before := s.state()
	for range 1000 {
		s.pass(2 * time.Second) // not to be told that it is too often
		again := s.hub.Redeliver(first.ID)
		if again.Status != http.StatusAccepted || !strings.Contains(again.Answer, "came before") {
			t.Fatalf("answered %d %s", again.Status, again.Answer)
		}
	}
	if s.state() != before || len(s.deploymentsOf(v)) != 2 {
		t.Error("it counted again")
	}
}

func TestABurstOfPushesLeavesOneDeploymentInTheQueue(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain")
	s.hooked(v)
	var last string
	for i := range 50 {
		last = s.hub.Push("acme", "weather", "main", fmt.Sprintf("Change %d", i), map[string]string{"a": fmt.Sprint(i)})
	}
	waiting := 0
	for _, d := range s.deploymentsOf(v) {
		if d.Status == moorage.StatusQueued {
			waiting++
			if d.PushedCommit != last || d.Source.Ref != "main" {
				t.Errorf("waiting: %+v", d)
			}
		}
	}
	if waiting != 1 {
		t.Errorf("%d deployments wait", waiting)
	}
	if list, err := s.db.Decisions(t.Context(), v.ID); err != nil || len(list) != 20 || list[0].Commit != last {
		t.Errorf("%d decisions are kept, %v", len(list), err)
	}
}

func TestARepositoryThatPushesTooOftenIsToldToWait(t *testing.T) {
	s := newSite(t)
	s.publish()
	s.hooked(s.follower("rain"))
	s.hub.Push("acme", "weather", "main", "One", map[string]string{"a": "1"})
	d := s.lastDelivery()
	for range 59 {
		s.hub.Redeliver(d.ID)
	}
	if again := s.hub.Redeliver(d.ID); again.Status != http.StatusTooManyRequests {
		t.Errorf("the 61st was answered %d %s", again.Status, again.Answer)
	}
	s.pass(time.Minute)
	if again := s.hub.Redeliver(d.ID); again.Status != http.StatusAccepted {
		t.Errorf("a minute later it was answered %d", again.Status)
	}
}

func TestAutoDeployIsSwitchedOnWithTheNumberOfTheRepository(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain", func(_ *moorage.Server, a *moorage.AutoDeploy) { *a = moorage.AutoDeploy{ServerID: a.ServerID} })
	save := func(form url.Values, status int, content ...string) {
		t.Helper()
		exchange{Method: "POST", URL: "/servers/rain/auto-deploy", Body: form, As: browser(s.owner), ExpectedStatus: status, ExpectedContent: content}.test(t, s)
	}
	save(url.Values{"enabled": {"on"}, "watch_paths": {"server/**\n\n *.md "}}, http.StatusSeeOther)
	a, err := s.db.AutoDeploy(t.Context(), v.ID)
	must(t, err)
	if !a.Enabled || a.RepositoryID != s.hub.RepositoryID("acme", "weather") || fmt.Sprint(a.WatchPaths) != "[server/** *.md]" {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{"/etc", "[", "../up", "!server", strings.Repeat("a\n", 21), strings.Repeat("x", 201)} {
		save(url.Values{"enabled": {"on"}, "watch_paths": {bad}}, http.StatusUnprocessableEntity)
	}
	save(url.Values{}, http.StatusSeeOther)
	s.hub.AddRepository("acme", "copy", nil, githubtest.Repository{Fork: true})
	for name, want := range map[string]string{"copy": "is a fork", "nothing": "GitHub shows you nothing there."} {
		v.Source.RepoURL = s.hub.CloneURL("acme", name)
		must(t, s.db.UpdateServer(t.Context(), v))
		save(url.Values{"enabled": {"on"}}, http.StatusUnprocessableEntity, want)
	}
	v.Source.RepoURL = "https://elsewhere.example/acme/weather.git"
	must(t, s.db.UpdateServer(t.Context(), v))
	save(url.Values{"enabled": {"on"}}, http.StatusUnprocessableEntity)
	exchange{URL: "/servers/rain/settings", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"This one is deployed by hand."}, Absent: []string{hookPath}}.test(t, s)
}

func TestTheSecretOfAWebhookIsShownOnceAndSealed(t *testing.T) {
	s := newSite(t)
	s.publish()
	v := s.follower("rain")
	hook := s.hooked(v)
	w := exchange{Method: "POST", URL: "/servers/rain/auto-deploy/secret", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"shown this once", hook.URL}}.test(t, s)
	_, rest, _ := strings.Cut(w.Body.String(), `data-copy="`)
	secret, _, _ := strings.Cut(rest, `"`)
	if len(secret) != 26 || strings.Contains(s.state(), secret) {
		t.Fatalf("the secret %q is none, or is in the database", secret)
	}
	exchange{URL: "/servers/rain/settings", As: browser(s.owner), ExpectedStatus: 200, Absent: []string{secret}}.test(t, s)
	s.hub.Push("acme", "weather", "main", "One", map[string]string{"a": "1"})
	if d := s.lastDelivery(); d.Status != http.StatusUnauthorized {
		t.Errorf("the old secret is answered %d", d.Status)
	}
	hook.Secret = secret
	s.hub.Push("acme", "weather", "main", "Two", map[string]string{"a": "2"})
	if d := s.lastDelivery(); d.Status != http.StatusAccepted || len(s.deploymentsOf(v)) != 1 {
		t.Errorf("the new secret is answered %d %s", d.Status, d.Answer)
	}
}

func TestAPlanCanBeFollowedFromTheFirstDeploymentOn(t *testing.T) {
	s := newSite(t)
	s.publish()
	s.planner.plan = weatherPlan
	exchange{URL: "/plan?wait=1&url=" + url.QueryEscape(s.hub.CloneURL("acme", "weather")), As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"Deploy again on every push"}}.test(t, s)
	exchange{URL: "/plan?wait=1&url=https://example.com/acme/weather.git", As: browser(s.owner), ExpectedStatus: 200, Absent: []string{"Deploy again on every push"}}.test(t, s)
	exchange{Method: "POST", URL: "/deployments", Body: good("repo_url", s.hub.CloneURL("acme", "nothing"), "auto_deploy", "on"), As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity, ExpectedContent: []string{"GitHub shows you nothing there."}}.test(t, s)
	exchange{Method: "POST", URL: "/deployments", Body: good("repo_url", s.hub.CloneURL("acme", "weather"), "auto_deploy", "on"), As: browser(s.owner), ExpectedStatus: http.StatusSeeOther}.test(t, s)
	a, err := s.db.AutoDeploy(t.Context(), s.again("rain").ID)
	must(t, err)
	if !a.Enabled || a.RepositoryID != s.hub.RepositoryID("acme", "weather") {
		t.Errorf("%+v", a)
	}
}
