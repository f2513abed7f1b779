package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moorage"
)

// crash leaves a deployment as a crash of Moorage in the middle of a build does.
func (r *rig) crash(id moorage.DeploymentID) {
	r.t.Helper()
	earlier := time.Now().Add(-time.Hour)
	d, err := r.db.ClaimDeployment(r.ctx)
	must(r.t, err)
	if d.ID != id {
		r.t.Fatalf("claimed %s, not %s", d.ID, id)
	}
	must(r.t, r.db.AdvanceDeployment(r.ctx, id, moorage.StatusCloning, moorage.StatusBuilding))
	must(r.t, r.db.BeginStep(r.ctx, id, moorage.Step{N: 1, Name: "Compile", Status: moorage.StepRunning, StartedAt: time.Now()}))
	must(r.t, r.db.AppendLog(r.ctx, id, []moorage.LogLine{{Seq: 1, Step: 1, Stream: moorage.StreamStdout, At: time.Now(), Text: "half a line"}}))
	clone := filepath.Join(r.workDir, string(id)+"-123")
	must(r.t, os.Mkdir(clone, 0o700))
	must(r.t, os.Chtimes(clone, earlier, earlier))
}

func TestWhatACrashInterruptedIsTriedAgainOnce(t *testing.T) {
	r := newRig(t)
	first := r.enqueue()
	r.crash(first)
	must(t, r.pipeline.Recover(r.ctx))

	d := r.settled(first)
	r.wants(d, moorage.StatusFailed)
	if d.Error != "Moorage restarted while this deployment was building." {
		t.Errorf("it says %q", d.Error)
	}
	lines := r.lines(first)
	if last := lines[len(lines)-1]; len(lines) != 2 || last.Seq != 2 || last.Step != 1 || !strings.HasPrefix(last.Text, d.Error) {
		t.Errorf("the log ends with %+v", last)
	}
	r.stepsEnded(first)
	r.isTidy()

	second := r.onlyQueued()
	if second.Trigger != moorage.TriggerRecovery || !strings.Contains(d.ErrorNext, string(second.ID)) {
		t.Errorf("queued is %+v; it says %q", second, d.ErrorNext)
	}
	r.crash(second.ID)
	must(t, r.pipeline.Recover(r.ctx))
	r.wants(r.settled(second.ID), moorage.StatusFailed)
	if left := r.queued(); len(left) != 0 {
		t.Errorf("a retry was tried again: %+v", left)
	}
}

func TestARetryAfterACrashDoesNotPushAsideWhatWaits(t *testing.T) {
	r := newRig(t)
	first := r.enqueue()
	r.crash(first)
	newer := r.enqueue()
	must(t, r.pipeline.Recover(r.ctx))
	r.wants(r.settled(first), moorage.StatusFailed)
	if d := r.onlyQueued(); d.ID != newer {
		t.Errorf("queued is %s, not %s", d.ID, newer)
	}
	r.run()
	r.wants(r.settled(newer), moorage.StatusLive)
}

func TestAStopOfMoorageQueuesWhatItInterrupts(t *testing.T) {
	r := newRig(t)
	g := newGate()
	r.script.on("build", g.pass)
	stop := r.run()
	first := r.enqueue()
	<-g.entered
	stop()
	d := r.settled(first)
	r.wants(d, moorage.StatusFailed)
	if !strings.HasPrefix(d.Error, "Moorage restarted while") {
		t.Errorf("it says %q", d.Error)
	}
	r.isTidy()

	r.script.on("build", nil)
	must(t, r.pipeline.Recover(r.ctx))
	again := r.onlyQueued()
	r.run()
	r.wants(r.settled(again.ID), moorage.StatusLive)
}

func (r *rig) queued() []moorage.Deployment {
	r.t.Helper()
	q, err := r.db.Deployments(r.ctx, moorage.DeploymentFilter{Statuses: []moorage.DeploymentStatus{moorage.StatusQueued}})
	must(r.t, err)
	return q
}

func (r *rig) onlyQueued() moorage.Deployment {
	r.t.Helper()
	q := r.queued()
	if len(q) != 1 {
		r.t.Fatalf("%d deployments wait", len(q))
	}
	return q[0]
}
