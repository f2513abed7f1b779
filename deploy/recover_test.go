package deploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/deploy"
	"moorage/store"
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

func TestARestartThatIsKilledSaysTheSameWhenItIsDoneAgain(t *testing.T) {
	disk := &fullDisk{}
	r := newRig(t, disk.under)
	first := r.enqueue()
	r.crash(first)
	disk.refuse.Store(1)
	if err := r.pipeline.Recover(r.ctx); err == nil {
		t.Fatal("an end that was not recorded is no trouble")
	}
	must(t, r.pipeline.Recover(r.ctx))
	d := r.settled(first)
	r.wants(d, moorage.StatusFailed)
	if again := r.onlyQueued(); !strings.Contains(d.ErrorNext, string(again.ID)) {
		t.Errorf("it says %q, and %s waits", d.ErrorNext, again.ID)
	}
	if said := strings.Count(r.text(first), d.Error); said != 1 {
		t.Errorf("its log says %d times why it ended:\n%s", said, r.text(first))
	}
}

func TestAnEndThatCannotBeRecordedIsRecordedLater(t *testing.T) {
	disk := &fullDisk{}
	r := newRig(t, disk.under)
	r.script.on("build", func(context.Context, builder.Progress) error {
		disk.refuse.Store(2)
		return errors.New("the widget does not fit")
	})
	r.run()
	r.wants(r.deploy(), moorage.StatusFailed)
	if left := disk.refuse.Load(); left > 0 {
		t.Errorf("the disk was to refuse %d more", left)
	}
}

// fullDisk is a store that for a while records no end.
type fullDisk struct {
	*store.DB
	refuse atomic.Int64
}

func (f *fullDisk) under(o *deploy.Options) {
	f.DB = o.Database.(*store.DB)
	o.Database = f
}

func (f *fullDisk) EndDeployment(ctx context.Context, id moorage.DeploymentID, from, to moorage.DeploymentStatus, why *moorage.Error) error {
	if f.refuse.Add(-1) >= 0 {
		return moorage.Errorf(moorage.Unavailable, "The disk is full.")
	}
	return f.DB.EndDeployment(ctx, id, from, to, why)
}

func TestAnImageThatWasBuiltAndNotRecordedIsRemoved(t *testing.T) {
	r := newRig(t)
	stop := r.run()
	kept := r.deploy()
	stop()
	lost, waiting := r.enqueue(), moorage.NewDeploymentID(time.Now())
	r.crash(lost)
	for _, id := range []moorage.DeploymentID{lost, waiting} { // the second is of another data folder
		r.script.images["sha256:"+string(id)] = true
	}
	must(t, r.pipeline.Recover(r.ctx))
	if there := r.script.images; there["sha256:"+string(lost)] || !there[kept.Image.ID] || !there["sha256:"+string(waiting)] {
		t.Errorf("the engine has %v", there)
	}
}
