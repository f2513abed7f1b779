package deploy_test

import (
	"context"
	"testing"

	"moorage"
	"moorage/builder"
)

func TestADeletedServerLeavesNothing(t *testing.T) {
	r := newRig(t)
	r.run()
	live := r.deploy()
	building := make(chan struct{})
	r.script.on("build", func(ctx context.Context, _ builder.Progress) error {
		close(building)
		<-ctx.Done()
		return ctx.Err()
	})
	running := r.enqueue()
	<-building
	waiting := r.enqueue()
	must(t, r.pipeline.Delete(r.ctx, r.server.ID))

	for _, id := range []moorage.DeploymentID{live.ID, running, waiting} {
		if _, err := r.db.Deployment(r.ctx, id); moorage.ErrorCode(err) != moorage.NotFound {
			t.Errorf("%s is still known: %v", id, err)
		}
		if len(r.lines(id)) > 0 {
			t.Errorf("the log of %s is still there", id)
		}
	}
	if held, err := r.script.HasImage(r.ctx, live.Image); err != nil || held {
		t.Errorf("its image is still in the engine (%v)", err)
	}
	if _, err := r.db.Server(r.ctx, r.server.ID); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("the server is still known: %v", err)
	}
}
