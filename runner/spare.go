package runner

import (
	"context"
	"slices"
	"time"

	"moorage"
	"moorage/runtime"
)

// spare takes an instance that waits for its first session; nil when none does.
func (r *Runner) spare(id moorage.DeploymentID) *instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		waiting := r.spares[id]
		if len(waiting) == 0 {
			return nil
		}
		inst := waiting[0]
		r.setSpares(id, waiting[1:])
		inst.stay()
		if !inst.leaving {
			return inst
		}
	}
}

// setSpares keeps the spares of a deployment; r.mu is held.
func (r *Runner) setSpares(id moorage.DeploymentID, waiting []*instance) {
	if len(waiting) == 0 {
		delete(r.spares, id)
		return
	}
	r.spares[id] = waiting
}

// provide starts as many spares as a deployment in use shall have, so that its
// next session does not wait for a container.
func (r *Runner) provide(spec runtime.Spec, secrets []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := spec.Deployment
	_, retired := r.retired[id]
	missing := spec.Run.SpareInstances() - len(r.spares[id]) - r.coming[id]
	if r.closing || retired {
		return
	}
	for range missing {
		r.coming[id]++
		r.work.Go(func() { r.startSpare(spec, secrets) })
	}
}

func (r *Runner) startSpare(spec runtime.Spec, secrets []string) {
	ctx, cancel := context.WithTimeout(r.life, r.o.StartTimeout)
	defer cancel()
	inst, err := r.start(ctx, spec, secrets)
	live := err == nil && r.isLive(ctx, spec)
	r.mu.Lock()
	defer r.mu.Unlock()
	id := spec.Deployment
	if r.coming[id]--; r.coming[id] == 0 {
		delete(r.coming, id)
	}
	_, retired := r.retired[id]
	switch {
	case err != nil:
		r.o.Logger.Info("no spare instance", "server", spec.Server, "err", err)
	case !live || retired || r.closing || inst.leaving:
		inst.dismiss()
		r.work.Go(inst.stop)
	default:
		r.spares[id] = append(r.spares[id], inst)
		r.spareLater(inst)
	}
}

// isLive asks whether a deployment answers its server still: it may have been
// stopped while nothing of it ran but what was starting.
func (r *Runner) isLive(ctx context.Context, spec runtime.Spec) bool {
	now, _, err := r.o.Configured.LiveSpec(ctx, spec.Server)
	return err == nil && now.Deployment == spec.Deployment
}

// spareLater lets a spare stop when its server is not in use any more; r.mu is
// held.
func (r *Runner) spareLater(inst *instance) {
	inst.idle = time.AfterFunc(r.o.IdleTimeout, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		id := inst.spec.Deployment
		at := slices.Index(r.spares[id], inst)
		if at < 0 || inst.leaving || r.closing {
			return
		}
		if r.inUse(id) {
			r.spareLater(inst)
			return
		}
		r.setSpares(id, slices.Delete(slices.Clone(r.spares[id]), at, at+1))
		inst.dismiss()
		r.work.Go(inst.stop)
	})
}

// inUse reports whether a deployment has a session; r.mu is held.
func (r *Runner) inUse(id moorage.DeploymentID) bool {
	for s := range r.sessions {
		if s.inst.spec.Deployment == id {
			return true
		}
	}
	return false
}
