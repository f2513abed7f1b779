package deploy_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/deploy"
)

const wholePath = "queued cloning building pushing starting probing live"

func TestADeploymentTakesEveryStepInOrderAndIsLive(t *testing.T) {
	r := newRig(t)
	stop := r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusLive)
	stop() // the last move is in our own log
	if got := r.path(d.ID); got != wholePath {
		t.Errorf("it went %s", got)
	}
	if d.DeploymentURL != "https://moorage.example/mcp/greeter" || d.CommitMessage != "Greet louder" || d.ServerInfo.Name != "greeter" {
		t.Errorf("it knows %+v", d)
	}
	if d.Image.Ref != "moorage/greeter:"+string(d.ID) {
		t.Errorf("its image is %s", d.Image.Ref)
	}
	if r.live() != d.ID {
		t.Errorf("live is %q", r.live())
	}
	if n := r.script.alive(); n != 0 {
		t.Errorf("%d containers of a stdio server run after the probe", n)
	}
	r.isTidy()
	if text := r.text(d.ID); !strings.Contains(text, "greet") {
		t.Errorf("the log does not name the tools:\n%s", text)
	}
}

func TestAnHTTPServerIsHandedOverAndTheReplacedOneDrains(t *testing.T) {
	r := newRig(t)
	r.configure(overHTTP())
	stop := r.run()
	first := r.deploy()
	second := r.deploy()
	r.wants(second, moorage.StatusLive)
	stop() // what follows the switch has happened
	for _, deed := range []string{"warm " + string(first.ID), "warm " + string(second.ID), "retire " + string(first.ID)} {
		if r.script.times(deed) != 1 {
			t.Errorf("%s happened %d times", deed, r.script.times(deed))
		}
	}
	if n := r.script.alive(); n != 2 {
		t.Errorf("%d containers run; they are the runner's", n)
	}
}

var deeds = []struct {
	deed   string
	status string
}{
	{"fetch", "cloning"}, {"build", "building"}, {"push", "pushing"}, {"start", "starting"}, {"probe", "probing"},
}

func withRegistry(o *deploy.Options) { o.Registry = "registry.example/team" }

func TestAFailureAtAnyStepLeavesWhatIsLive(t *testing.T) {
	for _, step := range deeds {
		t.Run(step.status, func(t *testing.T) {
			r := newRig(t, withRegistry)
			stop := r.run()
			live := r.deploy()
			r.script.on(step.deed, func(context.Context, builder.Progress) error {
				return moorage.Errorf(moorage.Unavailable, "The tide is out.").Try("Wait for the flood.").Because(errors.New("low water"))
			})
			d := r.deploy()
			r.wants(d, moorage.StatusFailed)
			stop()
			if d.Error != "The tide is out." || d.ErrorNext != "Wait for the flood." || d.ErrorCode != moorage.Unavailable {
				t.Errorf("it says %q, %q, %q", d.ErrorCode, d.Error, d.ErrorNext)
			}
			if want := wholePath[:strings.Index(wholePath, step.status)] + step.status + " failed"; r.path(d.ID) != want {
				t.Errorf("it went %s", r.path(d.ID))
			}
			r.stillLive(live.ID)
			if !strings.HasSuffix(r.text(d.ID), "The tide is out.\n") {
				t.Errorf("the log ends otherwise:\n%s", r.text(d.ID))
			}
			r.stepsEnded(d.ID)
		})
	}
}

func TestACancelAtAnyStepEndsTheWork(t *testing.T) {
	for _, step := range deeds {
		t.Run(step.status, func(t *testing.T) {
			r := newRig(t, withRegistry)
			r.run()
			live := r.deploy()
			g := newGate()
			r.script.on(step.deed, g.pass)
			id := r.enqueue()
			<-g.entered
			must(t, r.pipeline.Cancel(r.ctx, id))
			r.wants(r.settled(id), moorage.StatusCancelled)
			r.stillLive(live.ID)
			r.stepsEnded(id)
			if err := r.pipeline.Cancel(r.ctx, id); moorage.ErrorCode(err) != moorage.Conflict {
				t.Errorf("cancelled twice: %v", err)
			}
		})
	}
}

func TestADeploymentThatWaitsIsCancelledAtOnce(t *testing.T) {
	r := newRig(t)
	id := r.enqueue()
	must(t, r.pipeline.Cancel(r.ctx, id))
	r.run()
	r.wants(r.settled(id), moorage.StatusCancelled)
	if r.script.times("fetch") != 0 {
		t.Error("it was begun")
	}
}

func TestTheNewestThatWaitsWins(t *testing.T) {
	r := newRig(t)
	g := newGate()
	r.script.on("build", g.pass)
	r.run()
	first := r.enqueue()
	<-g.entered
	second, third := r.enqueue(), r.enqueue()
	r.script.on("build", nil)
	close(g.open)
	r.wants(r.settled(second), moorage.StatusSuperseded)
	r.wants(r.settled(third), moorage.StatusLive)
	r.wants(r.settled(first), moorage.StatusRetired)
}

func TestAsManyRunAsAllowedButOneOfEachServer(t *testing.T) {
	r := newRig(t, func(o *deploy.Options) { o.BuildConcurrency = 2 })
	others := []moorage.Server{r.addServer("second"), r.addServer("third")}
	var mu sync.Mutex
	running, most := 0, 0
	both := make(chan struct{})
	r.script.on("build", func(ctx context.Context, _ builder.Progress) error {
		mu.Lock()
		running++
		most = max(most, running)
		if running == 2 {
			select {
			case <-both:
			default:
				close(both)
			}
		}
		mu.Unlock()
		<-both // no build ends before two have run at the same time
		mu.Lock()
		running--
		mu.Unlock()
		return nil
	})
	ids := []moorage.DeploymentID{r.enqueue()}
	for _, s := range others {
		d, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: s.ID, CreatedBy: r.user})
		must(t, err)
		ids = append(ids, d.ID)
	}
	branch := r.server.Source
	branch.Ref = "next"
	d, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: r.server.ID, CreatedBy: r.user, Source: branch, Config: stdio()})
	must(t, err)
	r.run()
	for _, id := range append(ids, d.ID) {
		if got := r.settled(id); got.Status != moorage.StatusLive && got.Status != moorage.StatusRetired {
			t.Errorf("%s is %s: %s", id, got.Status, got.Error)
		}
	}
	if most != 2 {
		t.Errorf("%d ran at the same time", most)
	}
}

func TestAPanicEndsOneDeploymentOnly(t *testing.T) {
	r := newRig(t)
	r.run()
	r.script.on("build", func(context.Context, builder.Progress) error { panic("a plank broke") })
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.ErrorCode != moorage.Internal || strings.Contains(d.Error, "plank") {
		t.Errorf("it says %q: %q", d.ErrorCode, d.Error)
	}
	r.script.on("build", nil)
	r.wants(r.deploy(), moorage.StatusLive)
}

func TestAStepThatTakesTooLongFails(t *testing.T) {
	r := newRig(t, func(o *deploy.Options) { o.BuildTimeout = 2 * time.Millisecond })
	r.script.on("build", func(ctx context.Context, _ builder.Progress) error {
		<-ctx.Done()
		return ctx.Err()
	})
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.Error != "Building took longer than 2ms." {
		t.Errorf("it says %q", d.Error)
	}
}

// isTidy fails the test when the work has left something behind.
func (r *rig) isTidy() {
	r.t.Helper()
	left, err := os.ReadDir(r.workDir)
	must(r.t, err)
	if len(left) > 0 {
		r.t.Errorf("%s was left behind", left[0].Name())
	}
}

// stillLive fails the test when something else is live, or was touched.
func (r *rig) stillLive(id moorage.DeploymentID) {
	r.t.Helper()
	if r.live() != id || r.script.times("retire "+string(id)) > 0 {
		r.t.Errorf("live is %q; it was %q", r.live(), id)
	}
	if n := r.script.alive(); n != 0 {
		r.t.Errorf("%d containers were left", n)
	}
	r.isTidy()
}

func (r *rig) stepsEnded(id moorage.DeploymentID) {
	r.t.Helper()
	steps, err := r.db.Steps(r.ctx, id)
	must(r.t, err)
	for _, s := range steps {
		if s.Status == moorage.StepRunning {
			r.t.Errorf("the step %s still runs", s.Name)
		}
	}
}
