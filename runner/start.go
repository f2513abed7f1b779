package runner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"moorage"
	"moorage/runtime"
	"moorage/secrets"
)

// start starts a container and records it as an instance.
func (r *Runner) start(ctx context.Context, spec runtime.Spec, values []string) (*instance, error) {
	if err := r.pause(ctx, spec.Deployment); err != nil {
		return nil, err
	}
	spec.Instance = moorage.NewInstanceID(r.o.Now())
	r.claim(spec.Instance)
	container, err := r.o.Runtime.Start(ctx, spec)
	if err != nil {
		r.disclaim(spec.Instance)
		return nil, fmt.Errorf("start an instance of %s: %w", spec.Deployment, err)
	}
	inst := r.newInstance(spec, container, r.o.Now(), values)
	if err := r.enroll(ctx, inst); err != nil {
		inst.stop()
		r.disclaim(spec.Instance)
		return nil, err
	}
	r.look(inst)
	return inst, nil
}

// newInstance makes the record of a container. values are the secret ones among
// those that it was started with: nothing that it says to people shows one.
func (r *Runner) newInstance(spec runtime.Spec, c runtime.Container, startedAt time.Time, values []string) *instance {
	ended := make(chan struct{})
	return &instance{
		spec: spec, container: c, startedAt: startedAt, values: values, masker: secrets.NewMasker(values),
		aside:   newAside(r.o.Version, r.news, ended),
		records: r.o.Instances, log: r.o.Logger, now: r.o.Now, life: r.life,
		ended: ended, gone: make(chan struct{}),
	}
}

// claim says that an instance is this process's own.
func (r *Runner) claim(id moorage.InstanceID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[id] = struct{}{}
}

// disclaim says that nothing of an instance is left.
func (r *Runner) disclaim(id moorage.InstanceID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.own, id)
}

// enroll records a new instance. It is ready at once as far as pages care: one
// that does not come up is stopped again.
func (r *Runner) enroll(ctx context.Context, inst *instance) error {
	spec := inst.spec
	err := r.o.Instances.CreateInstance(ctx, moorage.Instance{
		ID: spec.Instance, ServerID: spec.Server, DeploymentID: spec.Deployment, ContainerID: inst.container.ID(),
		Status: moorage.InstanceReady, StartedAt: inst.startedAt, LastUsedAt: inst.startedAt,
	})
	if err != nil {
		return fmt.Errorf("record instance %s: %w", spec.Instance, err)
	}
	inst.touched.Store(inst.startedAt.UnixMilli()) // as the row says
	r.o.Logger.Info("instance started", "instance", spec.Instance, "server", spec.Server, "deployment", spec.Deployment)
	return nil
}

// look begins to look after an instance: its output, and its end.
func (r *Runner) look(inst *instance) {
	r.mu.Lock()
	r.instances[inst.spec.Instance] = inst
	r.own[inst.spec.Instance] = struct{}{}
	r.mu.Unlock()
	r.work.Go(func() { inst.copyOutput() })
	r.work.Go(func() {
		defer close(inst.gone)
		inst.watch()
		r.drop(inst)
	})
	r.work.Go(func() {
		<-inst.ended
		r.mu.Lock()
		if !inst.asked && !inst.lost {
			r.crashed(inst)
		}
		r.mu.Unlock()
		r.avoid(inst)
	})
}

// dismiss is the end of an instance of which nobody has had anything.
func (r *Runner) dismiss(inst *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	inst.dismiss()
}

// avoid keeps new sessions off an instance.
func (r *Runner) avoid(inst *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	inst.leaving = true
	inst.stay()
	r.vacate(inst)
}

// vacate frees the slot of an instance that others shall not find any more;
// r.mu is held.
func (r *Runner) vacate(inst *instance) {
	for at, s := range r.shared {
		if s.inst == inst {
			delete(r.shared, at)
		}
	}
	if at := slices.Index(r.spares[inst.spec.Deployment], inst); at >= 0 {
		r.setSpares(inst.spec.Deployment, slices.Delete(slices.Clone(r.spares[inst.spec.Deployment]), at, at+1))
	}
	for at, ready := range r.ready {
		if i := slices.Index(ready, inst); i >= 0 {
			r.ready[at] = slices.Delete(ready, i, i+1)
		}
		if len(r.ready[at]) == 0 {
			delete(r.ready, at)
		}
	}
}

// drop forgets an instance of which nothing is left.
func (r *Runner) drop(inst *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.instances, inst.spec.Instance)
	delete(r.own, inst.spec.Instance)
}
