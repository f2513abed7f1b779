package deploy

import (
	"context"
	"time"

	"moorage"
)

// step is one part of the way to live.
type step struct {
	status moorage.DeploymentStatus
	within time.Duration
	run    func(*job, context.Context) error
}

// steps is the way of this deployment. One that uses an earlier image again has
// nothing to clone and nothing to build.
func (j *job) steps() []step {
	clone, build := (*job).clone, (*job).build
	if j.RollbackOf != "" {
		clone, build = (*job).reuse, (*job).keep
	}
	return []step{
		{moorage.StatusCloning, j.Deadlines.Clone, clone},
		{moorage.StatusBuilding, j.BuildTimeout, build},
		{moorage.StatusPushing, j.Deadlines.Push, (*job).push},
		{moorage.StatusStarting, j.Deadlines.Start, (*job).start},
		{moorage.StatusProbing, j.Deadlines.Probe + endWithin, (*job).probe},
	}
}
