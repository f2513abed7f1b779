package deploy

import (
	"context"
	"fmt"

	"moorage"
)

// Enqueue queues a deployment of a server and returns it with its id. ServerID
// and CreatedBy are needed; without a source it is the server's own, with the
// server's configuration. One of the same server and ref that still waits is
// superseded: the latest wins. NotFound when there is no such server, and what
// Room says when the disk has none.
func (p *Pipeline) Enqueue(ctx context.Context, d moorage.Deployment) (moorage.Deployment, error) {
	server, err := p.Database.Server(ctx, d.ServerID)
	if err != nil {
		return moorage.Deployment{}, err
	}
	if d.Source == (moorage.Source{}) {
		d.Source, d.Config = server.Source, server.Config
	}
	if d.RollbackOf == "" { // what is not built takes no room
		if err := p.Room(ctx); err != nil {
			return moorage.Deployment{}, err
		}
	}
	if d.Trigger == "" {
		d.Trigger = moorage.TriggerUser
	}
	now := p.Now()
	d.ID, d.Status = moorage.NewDeploymentID(now), moorage.StatusQueued
	d.CreatedAt, d.UpdatedAt = now, now
	superseded, err := p.Database.CreateDeployment(ctx, d)
	if err != nil {
		return moorage.Deployment{}, fmt.Errorf("queue the deployment: %w", err)
	}
	p.changed(d, "", moorage.StatusQueued, "trigger", d.Trigger)
	for _, id := range superseded {
		p.changed(moorage.Deployment{ID: id, ServerID: d.ServerID}, moorage.StatusQueued, moorage.StatusSuperseded, "by", d.ID)
	}
	return d, nil
}

// Redeploy queues the branch, tag or commit of a deployment again, with the
// server's configuration of today.
func (p *Pipeline) Redeploy(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error) {
	d, server, err := p.earlier(ctx, id)
	if err != nil {
		return moorage.Deployment{}, err
	}
	source := server.Source
	source.Ref = d.Source.Ref
	return p.Enqueue(ctx, moorage.Deployment{
		ServerID: d.ServerID, Source: source, Config: server.Config,
		Trigger: moorage.TriggerRedeploy, CreatedBy: by,
	})
}

// Rollback queues the image and the configuration of a deployment that was live
// before. Nothing is built; NotFound when the image is no longer kept.
func (p *Pipeline) Rollback(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error) {
	d, _, err := p.earlier(ctx, id)
	if err != nil {
		return moorage.Deployment{}, err
	}
	switch d.Status {
	case moorage.StatusRetired:
	case moorage.StatusLive:
		return moorage.Deployment{}, moorage.Errorf(moorage.Conflict, "This deployment is live already.")
	default:
		return moorage.Deployment{}, moorage.Errorf(moorage.Conflict, "This deployment was never live.").
			Try("Choose one that was.")
	}
	if err := p.held(ctx, d); err != nil {
		return moorage.Deployment{}, err
	}
	return p.again(ctx, d, d.Config, moorage.TriggerRollback, by)
}

// Restart makes a live deployment anew from its image, with the variables and
// run settings of today: new instances answer when they have been probed.
func (p *Pipeline) Restart(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error) {
	d, server, err := p.earlier(ctx, id)
	if err != nil {
		return moorage.Deployment{}, err
	}
	if d.Status != moorage.StatusLive {
		return moorage.Deployment{}, moorage.Errorf(moorage.Conflict, "This deployment is not live.").Try("Redeploy it instead.")
	}
	if p.held(ctx, d) != nil {
		return p.Redeploy(ctx, id, by)
	}
	config := d.Config
	config.Run = server.Config.Run
	return p.again(ctx, d, config, moorage.TriggerRedeploy, by)
}

// Retry queues a deployment that failed or was cancelled again. When its image
// was built and is still what would be built, only what came after is done
// again; otherwise all of it.
func (p *Pipeline) Retry(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error) {
	d, server, err := p.earlier(ctx, id)
	if err != nil {
		return moorage.Deployment{}, err
	}
	if d.Status != moorage.StatusFailed && d.Status != moorage.StatusCancelled {
		return moorage.Deployment{}, moorage.Errorf(moorage.Conflict, "Only a deployment that failed or was cancelled can be tried again.").
			Try("Redeploy it instead.")
	}
	config, same := sameBuild(d, server)
	if !same || p.held(ctx, d) != nil {
		return p.Redeploy(ctx, id, by)
	}
	return p.again(ctx, d, config, moorage.TriggerRedeploy, by)
}

// Anew queues a deployment again as a person means it: of one that failed what
// it did not get to, of any other its source.
func (p *Pipeline) Anew(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error) {
	d, err := p.Database.Deployment(ctx, id)
	switch {
	case err != nil:
		return d, err
	case d.Status == moorage.StatusFailed:
		return p.Retry(ctx, id, by)
	}
	return p.Redeploy(ctx, id, by)
}

// earlier reads a deployment and its server.
func (p *Pipeline) earlier(ctx context.Context, id moorage.DeploymentID) (d moorage.Deployment, s moorage.Server, err error) {
	if d, err = p.Database.Deployment(ctx, id); err == nil {
		s, err = p.Database.Server(ctx, d.ServerID)
	}
	return d, s, err
}

// again queues a deployment that uses the image of d. The row holds the image
// from the start, so that it is not removed while the deployment waits.
func (p *Pipeline) again(ctx context.Context, d moorage.Deployment, config moorage.Config, why moorage.Trigger, by moorage.UserID) (moorage.Deployment, error) {
	return p.Enqueue(ctx, moorage.Deployment{
		ServerID: d.ServerID, Source: d.Source, Config: config, Image: d.Image,
		Trigger: why, CreatedBy: by, RollbackOf: d.ID,
	})
}

// sameBuild reports whether the server's configuration of today would build
// what d has built, and returns it. What was planned while d was deployed is
// not in the server's configuration.
func sameBuild(d moorage.Deployment, s moorage.Server) (moorage.Config, bool) {
	today := s.Config
	if today.Build.Dockerfile == "" && today.Build.Generated == "" {
		today = merged(today, d.Config)
	}
	return today, today.Build == d.Config.Build && s.Source.RepoURL == d.Source.RepoURL && s.Source.Subdir == d.Source.Subdir
}
