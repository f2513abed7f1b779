package runner

import (
	"context"
	"fmt"

	"moorage"
	"moorage/runtime"
)

// Recover brings engine, records and memory together at the start of Moorage.
// Running containers of live deployments that listen are adopted; whatever else
// carries our labels is removed, but for what this process has started or adopted
// itself: sessions may begin meanwhile, and after an error it is called again.
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
		if !r.owns(row.ID) {
			left[row.ID] = true
		}
	}
	for _, l := range listed {
		if r.owns(l.Instance) {
			continue
		}
		if left[l.Instance] {
			adopted, err := r.adopt(ctx, l)
			if err != nil {
				return fmt.Errorf("take up instance %s: %w", l.Instance, err)
			}
			if adopted {
				delete(left, l.Instance)
				continue
			}
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

// owns reports whether an instance is one that this process looks after, or
// will as soon as it is there.
func (r *Runner) owns(id moorage.InstanceID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.own[id]
	return ok
}

// adopt takes up a container from before the restart, when it is the instance
// of a live deployment that listens. What cannot be adopted is started again on demand.
func (r *Runner) adopt(ctx context.Context, l runtime.Listed) (bool, error) {
	if !l.Running || !l.Transport.Listens() {
		return false, nil
	}
	spec, values, err := r.o.Configured.LiveSpec(ctx, l.Server)
	switch code := moorage.ErrorCode(err); {
	case code == moorage.Conflict, code == moorage.NotFound, err == nil && spec.Deployment != l.Deployment:
		return false, nil
	case err != nil:
		return false, err
	}
	r.mu.Lock()
	s, at := r.reserveOne(spec, seat{deployment: l.Deployment})
	r.mu.Unlock()
	if s == nil { // sessions were faster, and have started others
		return false, nil
	}
	container, err := r.o.Runtime.Adopt(ctx, l)
	if err != nil {
		r.o.Logger.Warn("instance not adopted", "instance", l.Instance, "err", err)
		r.occupy(s, at, nil, err)
		return false, nil
	}
	spec.Instance = l.Instance
	inst := r.newInstance(spec, container, l.CreatedAt, values)
	r.look(inst)
	inst.record(moorage.InstanceReady)
	r.work.Go(func() { r.occupyWhenListening(s, at, inst) }) // the crash may have come while it was starting
	r.o.Logger.Info("instance adopted", "instance", l.Instance, "server", l.Server, "deployment", l.Deployment)
	return true, nil
}
