package deploy

import (
	"context"

	"moorage"
)

// Cancel stops a deployment: one that waits never begins, one that runs hears of
// it at once and is recorded as cancelled when its work has ended. Conflict when
// it has ended already.
func (p *Pipeline) Cancel(ctx context.Context, id moorage.DeploymentID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.Database.Deployment(ctx, id)
	if err != nil {
		return err
	}
	if cancel, ok := p.running[id]; ok && d.Status.Running() {
		if err := p.Database.CancelDeployment(ctx, id); err != nil {
			return err
		}
		cancel(errCancelled)
		return nil
	}
	if d.Status != moorage.StatusQueued {
		return moorage.Errorf(moorage.Conflict, "This deployment is %s: there is nothing left to cancel.", d.Status)
	}
	if err := p.Database.EndDeployment(ctx, id, moorage.StatusQueued, moorage.StatusCancelled, nil); err != nil {
		return err
	}
	p.changed(d, moorage.StatusQueued, moorage.StatusCancelled)
	return nil
}

// forget ends what Cancel can do to a deployment.
func (p *Pipeline) forget(id moorage.DeploymentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, id)
}
