package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/handlers/api"
)

// looked is a site whose server runs and was looked at.
func looked(t *testing.T, state moorage.HealthState, why string) *site {
	t.Helper()
	s := newSite(t)
	live := s.live(s.server)
	must(t, s.db.CreateInstance(t.Context(), moorage.Instance{ID: "ins_1", ServerID: s.server.ID, DeploymentID: live.ID, ContainerID: "c", Status: moorage.InstanceReady}))
	s.finds(state, why)
	return s
}

// finds is a look at the server of a site.
func (s *site) finds(state moorage.HealthState, why string) {
	s.t.Helper()
	h := moorage.Health{ServerID: s.server.ID, Deployment: s.again("weather").LiveDeploymentID, State: state, Since: s.clock(), CheckedAt: s.clock(), Took: 7 * time.Millisecond, Why: why}
	c := moorage.HealthCheck{ServerID: s.server.ID, At: s.clock(), State: moorage.HealthHealthy, Took: h.Took, Error: why}
	switch state {
	case moorage.HealthUnhealthy:
		h.Took, c.Took, c.State = 0, 0, state
	case moorage.HealthFailing:
		h.Until = s.clock().Add(3 * time.Minute)
	}
	must(s.t, s.db.RecordHealth(s.t.Context(), []moorage.Health{h}, []moorage.HealthCheck{c}))
}

const noAnswer = "The server did not answer ping within 5 seconds."

func TestAnUnhealthyServerIsShownToBeEverywhere(t *testing.T) {
	s := looked(t, moorage.HealthUnhealthy, noAnswer)
	const note, next = "Unhealthy", "Look at its output. If it does not come back by itself"
	for url, content := range map[string][]string{
		"/":                {"The weather is unhealthy.", noAnswer, "Look at the server", `href="/servers/weather"`, note},
		"/servers":         {note, noAnswer},
		"/servers/weather": {note, noAnswer, next, `href="/servers/weather/tools"`, "health-bar look-bad", "in 1 it was unhealthy, in 95 it was idle.", "1 of 1 checks missed one"},
	} {
		exchange{Name: url, URL: url, As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: content}.test(t, s)
	}
	exchange{URL: "/servers/weather", As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{noAnswer + " Began"}}.test(t, s)
	for url, absent := range map[string]string{"/": "is unhealthy.", "/servers": next, "/servers/weather": next} { // who may call it only
		exchange{Name: url, URL: url, As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{note}, Absent: []string{absent}}.test(t, s)
	}
}

func TestAFailingServerSaysWhyAndWhenItIsStartedAgain(t *testing.T) {
	const why = "The server ended with exit code 7."
	s := looked(t, moorage.HealthFailing, why)
	must(t, s.db.SetInstanceStatus(t.Context(), "ins_1", moorage.InstanceStopped))
	exchange{URL: "/servers/weather", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{
		"The server is failing: it has ended by itself at least 10 times within ten minutes. " + why, "Calls start it again in 3 minutes at the earliest.", "Deploy again",
	}}.test(t, s)
	exchange{URL: "/", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"The weather is failing.", "is started in 3 minutes at the earliest."}}.test(t, s)
	v, _ := answer[api.ServiceHealth](s, s.owner, "GET", "/api/services/weather/health", "", http.StatusOK)
	if v.Status != moorage.HealthFailing || v.Error != why || !v.StartsAgainAt.Equal(s.clock().Add(3*time.Minute)) {
		t.Errorf("%+v", v)
	}
}

func TestAnIdleServerIsNoTrouble(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	exchange{URL: "/servers/weather", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"Idle", "Starts with the next call", "in 96 it was idle."}, Absent: []string{"health-bar look-good", "asked last", `role="alert"`}}.test(t, s)
	v, _ := answer[api.ServiceHealth](s, s.guest, "GET", "/api/services/weather/health", "", http.StatusOK)
	if v.Status != moorage.HealthIdle || len(v.History) != moorage.HealthPieces || !v.CheckedAt.IsZero() || v.Error != "" {
		t.Errorf("%+v", v)
	}
}

func TestAProgramReadsHowAServiceIsAndWas(t *testing.T) {
	s := looked(t, moorage.HealthHealthy, "")
	s.pass(time.Minute)
	s.finds(moorage.HealthHealthy, noAnswer)
	v, _ := answer[api.ServiceHealth](s, s.owner, "GET", "/api/services/weather/health", "", http.StatusOK)
	last := v.History[moorage.HealthPieces-1]
	if v.Slug != "weather" || v.Status != moorage.HealthHealthy || !v.CheckedAt.Equal(s.clock()) || v.ResponseMS != 7 || v.Error != noAnswer || v.Since.IsZero() ||
		last.Status != moorage.HealthHealthy || last.Checks != 2 || last.Failed != 1 || last.MedianMS != 7 || v.History[0].Status != moorage.HealthIdle {
		t.Errorf("%+v", v)
	}
}

func TestAChangeIsShownAtOnceOnOpenPages(t *testing.T) {
	s := looked(t, moorage.HealthHealthy, "")
	s.listen()
	for url, words := range map[string]string{"/servers/weather/stream": "The server is unhealthy.", "/stream/servers?q=weather&page=1": "Unhealthy", "/stream": "is unhealthy."} {
		s.finds(moorage.HealthHealthy, "")
		page := s.openStream(url, browser(s.owner))
		if e, _ := page.next(); !strings.Contains(e.data, "Healthy") || strings.Contains(e.data, words) {
			t.Errorf("%s begins with %s", url, e.data)
		}
		s.finds(moorage.HealthUnhealthy, noAnswer)
		if e, _ := page.next(); !strings.Contains(e.data, words) {
			t.Errorf("%s goes on with %s", url, e.data)
		}
		page.close()
	}
}
