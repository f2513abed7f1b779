package runner

import (
	"context"
	"fmt"

	"moorage"
	"moorage/runtime"
)

// Recover brings engine, records and memory together at the start of Moorage.
// Running containers of live HTTP deployments are adopted; whatever else
// carries our labels is removed. Call it before anything starts a container.
func (r *Runner) Recover(ctx context.Context) error {
	listed, err := r.o.Runtime.List(ctx)
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	rows, err := r.o.Instances.AllInstances(ctx)
	if err != nil {
		return fmt.Errorf("read instances: %w", err)
	}
	left := make(map[moorage.InstanceID]bool, len(rows)) // recorded, and not adopted
	for _, row := range rows {
		left[row.ID] = true
	}
	for _, l := range listed {
		if left[l.Instance] && r.adopt(ctx, l) {
			delete(left, l.Instance)
			continue
		}
		if err := r.o.Runtime.Remove(ctx, l); err != nil {
			return fmt.Errorf("remove container %s: %w", l.ContainerID, err)
		}
	}
	for id := range left {
		if err := r.o.Instances.SetInstanceStatus(ctx, id, moorage.InstanceStopped); err != nil {
			return fmt.Errorf("record instance %s: %w", id, err)
		}
	}
	return nil
}

// adopt takes up a container from before the restart, when it is the instance
// of a live HTTP deployment. What cannot be adopted is started again on demand.
func (r *Runner) adopt(ctx context.Context, l runtime.Listed) bool {
	if !l.Running || l.Transport != moorage.TransportHTTP {
		return false
	}
	spec, secrets, err := r.o.Configured.LiveSpec(ctx, l.Server)
	if err != nil || spec.Deployment != l.Deployment {
		return false
	}
	r.mu.Lock()
	s := r.reserve(l.Server, l.Deployment)
	r.mu.Unlock()
	if s == nil {
		return false
	}
	container, err := r.o.Runtime.Adopt(ctx, l)
	if err != nil {
		r.o.Logger.Warn("instance not adopted", "instance", l.Instance, "err", err)
		r.occupy(s, l.Deployment, nil, err)
		return false
	}
	spec.Instance = l.Instance
	inst := r.newInstance(spec, container, l.CreatedAt)
	r.look(inst, secrets)
	inst.record(moorage.InstanceReady)
	r.occupy(s, l.Deployment, inst, nil)
	r.o.Logger.Info("instance adopted", "instance", l.Instance, "server", l.Server, "deployment", l.Deployment)
	return true
}
