package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

func TestTheEngineStopsInTheMiddleOfABuildAndComesBack(t *testing.T) {
	d := newDockerd(t)
	l := newLane(t, d.open(), 1, "DOCKER_HOST="+d.host())
	l.restart()
	l.publishHang("http")
	id := l.redeploy("http")
	eventually(t, "the build runs", func() bool { return l.logHas(id, "About to hang for ever.") })

	d.stop()
	within(t, settleWithin, "the deployment is settled", func() bool { return l.deployment(id).Status.Settled() })
	if got := l.deployment(id); got.Status != moorage.StatusFailed || !strings.Contains(got.Error, "engine does not answer") || got.ErrorNext == "" {
		t.Errorf("the deployment is %s: %s %s", got.Status, got.Error, got.ErrorNext)
	}
	l.upWithoutEngine()

	d.start()
	l.compare(&expectation{reborn: true}, time.Now())
	l.allAnswer()
}

func TestAMachineThatRebootsHasItsServersBack(t *testing.T) {
	d := newDockerd(t)
	l := newLane(t, d.open(), 1, "DOCKER_HOST="+d.host())
	l.restart()
	l.publishHang("stdio")
	id := l.redeploy("stdio")
	eventually(t, "the build runs", func() bool { return l.logHas(id, "About to hang for ever.") })
	l.kill()
	d.crash()

	began := time.Now()
	l.restart() // before the engine: the state is told without it
	within(t, settleWithin-time.Since(began), "the deployment is told to be interrupted", func() bool { return l.deployment(id).Status.Settled() })
	if got := l.deployment(id); got.Status != moorage.StatusFailed || !strings.HasPrefix(got.Error, "Moorage restarted while") {
		t.Errorf("the deployment is %s: %s", got.Status, got.Error)
	}
	l.upWithoutEngine()
	l.github.Commit("octocat", "stdio", "main", "Do not hang", map[string]string{"Dockerfile": l.dockerfile("stdio")})

	d.start()
	back := time.Now()
	within(t, settleWithin, "the retry is settled", func() bool { return l.unsettled() == 0 })
	l.compare(&expectation{server: l.targets["stdio"], asked: moorage.DeploymentID(id), reborn: true}, back)
	l.allAnswer()
}

// publishHang has the next build of a server never end. It has no network: an
// older dockerd that stops with one in use does not start again.
func (l *lane) publishHang(slug string) {
	l.t.Helper()
	l.github.Commit("octocat", slug, "main", "Hang", map[string]string{"Dockerfile": "FROM " + l.base + "\n" + strings.Replace(l.run("hang"), "RUN", "RUN --network=none", 1) + "\n" + l.lines(slug) + "\n"})
}

// upWithoutEngine wants Moorage to be there, and to say what is not.
func (l *lane) upWithoutEngine() {
	l.t.Helper()
	if status, body := l.get("/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(body, "engine: Docker does not answer at") {
		l.t.Errorf("/readyz answers %d %s", status, body)
	}
	for _, path := range []string{"/healthz", "/login"} {
		if status := l.status(path); status != http.StatusOK {
			l.t.Errorf("%s answers %d", path, status)
		}
	}
	status, body := l.get("/api/servers", l.bearer)
	if status != http.StatusOK || strings.Count(body, `"status":"live"`) != len(l.everyServer()) {
		l.t.Errorf("/api/servers answers %d %s", status, body)
	}
}

// redeploy asks for what is live of a server once more.
func (l *lane) redeploy(slug string) (id string) {
	l.t.Helper()
	var live moorage.DeploymentID
	l.inside(func(ctx context.Context, db *store.DB) error {
		s, err := db.ServerBySlug(ctx, slug)
		live = s.LiveDeploymentID
		return err
	})
	status, body := l.post("/api/deployments/"+string(live)+"/redeploy", l.bearer, "")
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated {
		l.t.Fatalf("redeploy %s: %d %s", slug, status, body)
	}
	return made.ID
}

// logHas reports whether a log has a line with these words.
func (l *lane) logHas(id, words string) (has bool) {
	l.t.Helper()
	l.inside(func(ctx context.Context, db *store.DB) error {
		found, err := db.SearchLog(ctx, moorage.DeploymentID(id), words, 1)
		has = len(found) > 0
		return err
	})
	return has
}

func (l *lane) allAnswer() {
	l.t.Helper()
	for slug := range l.everyServer() {
		l.answers(slug)
	}
}
