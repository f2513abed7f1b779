package runner

import (
	"context"
	"errors"
	"time"

	"moorage"
	"moorage/runtime"
)

// slot is the place of the one instance of an HTTP deployment. Who comes first
// fills it, the others wait.
type slot struct {
	server moorage.ServerID
	ready  chan struct{} // closed when inst or err is set
	inst   *instance
	err    error
}

// reserve makes the slot of a deployment; nil when it has one, or wants none.
// r.mu is held.
func (r *Runner) reserve(server moorage.ServerID, id moorage.DeploymentID) *slot {
	_, retired := r.retired[id]
	if r.closing || retired || r.shared[id] != nil {
		return nil
	}
	s := &slot{server: server, ready: make(chan struct{})}
	r.shared[id] = s
	return s
}

// occupy puts an instance into its slot, or the error that there is none.
func (r *Runner) occupy(s *slot, id moorage.DeploymentID, inst *instance, err error) {
	defer close(s.ready)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, retired := r.retired[id]
	switch {
	case err != nil:
	case retired || r.closing:
		err = errGoing()
	case inst.leaving:
		err = moorage.Errorf(moorage.Unavailable, "The server ended as soon as it had started.").Try("Look at its output.")
	}
	if err == nil {
		s.inst = inst
		r.idleLater(inst) // whoever waited may have given up
		return
	}
	s.err = err
	if r.shared[id] == s {
		delete(r.shared, id)
	}
	if inst != nil {
		inst.leaving = true
		r.work.Go(inst.stop)
	}
}

// sharedInstance returns the instance of an HTTP deployment, and starts it
// when there is none.
func (r *Runner) sharedInstance(ctx context.Context, spec runtime.Spec, secrets []string) (*instance, error) {
	r.mu.Lock()
	s := r.shared[spec.Deployment]
	if s == nil {
		if s = r.reserve(spec.Server, spec.Deployment); s != nil {
			// The first caller may give up; who waits with it should not.
			r.work.Go(func() { r.fill(s, spec, secrets) })
		}
	}
	r.mu.Unlock()
	if s == nil {
		return nil, errGoing()
	}
	select {
	case <-s.ready:
		return s.inst, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *Runner) fill(s *slot, spec runtime.Spec, secrets []string) {
	ctx, cancel := context.WithTimeout(r.life, r.o.StartTimeout)
	defer cancel()
	inst, err := r.start(ctx, spec, secrets)
	if err == nil {
		err = listening(ctx, inst)
	}
	r.occupy(s, spec.Deployment, inst, err)
}

// occupyWhenListening puts an instance that runs already into its slot.
func (r *Runner) occupyWhenListening(s *slot, inst *instance) {
	ctx, cancel := context.WithTimeout(r.life, r.o.StartTimeout)
	defer cancel()
	r.occupy(s, inst.spec.Deployment, inst, listening(ctx, inst))
}

// listening waits until the server of an instance accepts connections.
func listening(ctx context.Context, inst *instance) error {
	run := inst.spec.Run
	err := dialable(ctx, inst.container.Addr(), run.Port, inst.ended)
	if errors.Is(err, errEnded) {
		return moorage.Errorf(moorage.Unavailable, "%s", inst.endSentence()).
			Try("Look at the server's output.")
	}
	return err
}

// idleLater lets an instance stop when nobody comes; r.mu is held.
func (r *Runner) idleLater(inst *instance) {
	inst.idle = time.AfterFunc(r.o.IdleTimeout, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if inst.sessions > 0 || inst.leaving || r.closing {
			return
		}
		inst.leaving = true
		delete(r.shared, inst.spec.Deployment)
		r.work.Go(inst.stop)
	})
}
