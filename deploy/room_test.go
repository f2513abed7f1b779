package deploy_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/deploy"
)

// cramped is a disk that may have too little room.
type cramped struct{ full atomic.Bool }

func (c *cramped) room(context.Context) error {
	if c.full.Load() {
		return moorage.Errorf(moorage.Unavailable, "The disk is almost full.").Try("Free some space.")
	}
	return nil
}

func TestOnADiskWithoutRoomNothingIsDeployedButWhatIsBuiltAlready(t *testing.T) {
	disk := new(cramped)
	r := newRig(t, func(o *deploy.Options) { o.Room = disk.room })
	r.run()
	first, second := r.deploy(), r.deploy()
	disk.full.Store(true)
	if _, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: r.server.ID, CreatedBy: r.user}); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("queued on a full disk: %v", err)
	}
	order := moorage.Order{Server: moorage.Server{Slug: "other", Source: r.server.Source, Config: stdio()}, By: r.user}
	if _, err := r.pipeline.Place(r.ctx, order); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("placed on a full disk: %v", err)
	}
	if free, err := r.db.SlugFree(r.ctx, "other"); !free || err != nil {
		t.Errorf("a server was made of what is not deployed: %v", err)
	}
	back, err := r.pipeline.Rollback(r.ctx, first.ID, r.user)
	must(t, err)
	r.wants(r.settled(back.ID), moorage.StatusLive)
	r.wants(r.settled(second.ID), moorage.StatusRetired)
}

func TestACloneThatTakesTheLastRoomIsNotBuilt(t *testing.T) {
	disk := new(cramped)
	r := newRig(t, func(o *deploy.Options) { o.Room = disk.room })
	r.script.on("fetch", func(context.Context, builder.Progress) error {
		disk.full.Store(true)
		return nil
	})
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.Error != "The disk is almost full." || r.script.times("build") != 0 {
		t.Errorf("it says %q, and was built %d times", d.Error, r.script.times("build"))
	}
	r.isTidy()
}

func TestOldLogsMakeWayForALineThatSaysSo(t *testing.T) {
	r := newRig(t, func(o *deploy.Options) { o.LogKeep = 2 })
	stop := r.run()
	live := r.deploy()
	r.script.on("build", func(_ context.Context, p builder.Progress) error {
		p.Write(p.Begin("Grind", time.Now()), moorage.StreamStdout, time.Now(), []byte("a grain\nanother grain\n"))
		return errors.New("the widget does not fit")
	})
	var failed []moorage.DeploymentID
	for range 4 {
		failed = append(failed, r.deploy().ID)
	}
	stop() // what is no longer kept is gone
	for n, id := range append(failed, live.ID) {
		gone := strings.HasPrefix(r.text(id), "This log is no longer kept: it had ")
		if lines := len(r.lines(id)); gone != (n < 2) || gone != (lines == 1) {
			t.Errorf("the log of deployment %d has %d lines: %s", n, lines, r.text(id))
		}
	}
}
