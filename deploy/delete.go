package deploy

import (
	"context"
	"fmt"
	"time"

	"moorage"
)

// deleteWithin is how long a server that is deleted has to let go of its
// running deployment.
const deleteWithin = 10 * time.Second

// Delete ends what is queued or running for a server, removes its images, and
// then everything that is known of it. Its instances are the runner's to stop.
func (p *Pipeline) Delete(ctx context.Context, id moorage.ServerID) error {
	if err := p.cancelAll(ctx, id); err != nil {
		return err
	}
	held, err := p.Database.KeptImages(ctx, id)
	if err != nil {
		return fmt.Errorf("list the images: %w", err)
	}
	for _, d := range held {
		if err := p.Builder.RemoveImage(ctx, d.Image); err != nil {
			return fmt.Errorf("remove image %s: %w", d.Image.Ref, err)
		}
	}
	if err := p.Database.DeleteServer(ctx, id); err != nil {
		return fmt.Errorf("delete the server: %w", err)
	}
	p.Logger.Info("Server deleted", "server", id, "images", len(held))
	return nil
}

// cancelAll cancels every deployment of a server that is not settled, and
// waits until none is.
func (p *Pipeline) cancelAll(ctx context.Context, id moorage.ServerID) error {
	ctx, stop := context.WithTimeout(ctx, deleteWithin)
	defer stop()
	bell, done := p.Database.Watch("deployments")
	defer done()
	for {
		open, err := p.Database.Deployments(ctx, moorage.DeploymentFilter{ServerID: id, Statuses: moorage.Unsettled()})
		if err != nil || len(open) == 0 {
			return err
		}
		for _, d := range open {
			if err := p.Cancel(ctx, d.ID); err != nil && moorage.ErrorCode(err) != moorage.Conflict {
				return err
			}
		}
		select {
		case <-bell:
		case <-ctx.Done():
			return moorage.Errorf(moorage.Unavailable, "A deployment of this server does not end.").
				Try("Wait a moment, then delete the server again.").Because(ctx.Err())
		}
	}
}
