package deploy

import (
	"context"
	"fmt"

	"moorage"
	"moorage/runtime"
)

// Live says how the live deployment of a server is started.
type Live struct {
	Database liveStore
	Box      opener
}

// liveStore is what Live reads.
type liveStore interface {
	servers
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
}

// LiveSpec returns how an instance of the live deployment of a server is
// started, without an instance id, and which of its values are secret. The
// error is Conflict when nothing of the server is live.
func (l Live) LiveSpec(ctx context.Context, id moorage.ServerID) (spec runtime.Spec, secrets []string, err error) {
	s, err := l.Database.Server(ctx, id)
	if err != nil {
		return spec, nil, fmt.Errorf("read the server: %w", err)
	}
	if s.LiveDeploymentID == "" {
		return spec, nil, moorage.Errorf(moorage.Conflict, "Nothing of this server is live.").Try("Deploy it first.")
	}
	d, err := l.Database.Deployment(ctx, s.LiveDeploymentID)
	if err != nil {
		return spec, nil, fmt.Errorf("read the live deployment: %w", err)
	}
	v, err := openVariables(ctx, l.Database, l.Box, id)
	if err != nil {
		return spec, nil, err
	}
	return runtime.Spec{Server: id, Deployment: d.ID, Image: d.Image.ID, Run: d.Config.Run, Env: v.env}, v.secrets, nil
}
