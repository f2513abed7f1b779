package runner

import (
	"context"

	"moorage"
	"moorage/runtime"
)

// Warm takes over the container of a deployment that listens, was probed and is
// live now, so that the first session finds it running. The runner reads
// c.Output from now on, which goes on where its reader until now has stopped;
// secrets are the values that it must not show. After an error the container
// is still the caller's: it is that of a stdio server, whose sessions have one
// each, or the deployment has an instance already, or wants none.
func (r *Runner) Warm(ctx context.Context, spec runtime.Spec, secrets []string, c runtime.Container) error {
	if !spec.Run.Transport.Listens() {
		return moorage.Errorf(moorage.Invalid, "A server that speaks over stdio starts for each session.")
	}
	r.mu.Lock()
	s := r.reserve(spec.Server, seat{deployment: spec.Deployment})
	if s != nil {
		r.work.Add(1)
	}
	r.mu.Unlock()
	if s == nil {
		return moorage.Errorf(moorage.Conflict, "The deployment has an instance already, or is being replaced.")
	}
	defer r.work.Done()
	inst := r.newInstance(spec, c, r.o.Now(), secrets)
	if err := r.enroll(ctx, inst); err != nil {
		r.occupy(s, seat{deployment: spec.Deployment}, nil, err)
		return err
	}
	r.look(inst)
	r.occupy(s, seat{deployment: spec.Deployment}, inst, nil)
	return nil
}
