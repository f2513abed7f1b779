package runner

import (
	"context"
	"errors"
	"time"

	"moorage"
	"moorage/runtime"
)

// seat says of which deployment an instance is, and which circle shares it: all
// of an HTTP server, some of a stdio server. Of replicas it is one.
type seat struct {
	deployment moorage.DeploymentID
	circle     string
	modern     bool
	replica    int
}

// berth is where the instances are found that a circle shares, without asking
// what is live: those that were replaced or stopped are leaving.
type berth struct {
	server moorage.ServerID
	circle string
	modern bool
}

// atBerth is the instance that a guest shares, if one is ready.
func (r *Runner) atBerth(server moorage.ServerID, guest Guest) *instance {
	at := []berth{{server, guest.everybody(), guest.Modern}}
	if circle := guest.person(); circle != "" { // or else it has to take a place first
		at = append(at, berth{server, circle, guest.Modern}, berth{server: server})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range at {
		if inst := r.idlest(at); inst != nil {
			r.multiply(inst.spec, inst.values, seat{inst.spec.Deployment, at.circle, at.modern, 0}, guest.User)
			return inst
		}
	}
	return nil
}

// slot is the place of an instance that several share. Who comes first fills
// it, the others wait.
type slot struct {
	server moorage.ServerID
	ready  chan struct{} // closed when inst or err is set
	inst   *instance
	err    error
}

// reserve makes the slot of a seat; nil when it has one, or wants none.
// r.mu is held.
func (r *Runner) reserve(server moorage.ServerID, at seat) *slot {
	_, retired := r.retired[at.deployment]
	if r.closing || retired || r.shared[at] != nil {
		return nil
	}
	s := &slot{server: server, ready: make(chan struct{})}
	r.shared[at] = s
	return s
}

// occupy puts an instance into its slot, or the error that there is none.
func (r *Runner) occupy(s *slot, at seat, inst *instance, err error) {
	defer close(s.ready)
	r.mu.Lock()
	defer r.mu.Unlock()
	_, retired := r.retired[at.deployment]
	switch {
	case err != nil:
	case retired || r.closing:
		err = errGoing()
	case inst.leaving:
		err = moorage.Errorf(moorage.Unavailable, "The server ended as soon as it had started.").Try("Look at its output.")
	}
	if err == nil {
		s.inst = inst
		found := berth{s.server, at.circle, at.modern}
		r.ready[found] = append(r.ready[found], inst)
		if at.circle == "" || at.modern { // or else once it was greeted
			inst.aside.admit(nil)
		}
		r.idleLater(inst) // whoever waited may have given up
		return
	}
	s.err = err
	if r.shared[at] == s {
		delete(r.shared, at)
	}
	if inst != nil {
		inst.dismiss()
		r.work.Go(inst.stop)
	}
}

// sharedInstance returns an instance that a circle shares, and starts what is
// missing. It waits only when none is ready.
func (r *Runner) sharedInstance(ctx context.Context, spec runtime.Spec, secrets []string, at seat, user moorage.UserID) (*instance, error) {
	r.mu.Lock()
	r.multiply(spec, secrets, at, user)
	s, inst := r.shared[at], r.idlest(berth{spec.Server, at.circle, at.modern})
	r.mu.Unlock()
	if inst != nil && inst.spec.Deployment == at.deployment {
		return inst, nil
	}
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

func (r *Runner) fill(s *slot, at seat, spec runtime.Spec, secrets []string, user moorage.UserID) {
	ctx, cancel := context.WithTimeout(r.life, r.o.StartTimeout)
	defer cancel()
	if at.circle != "" {
		r.host(ctx, s, at, spec, secrets, user)
		return
	}
	inst, err := r.start(ctx, spec, secrets)
	if err == nil {
		err = listening(ctx, inst)
	}
	r.occupy(s, at, inst, err)
}

// host starts the instance of a circle. It has a place of who came first, until
// nothing of it is left.
func (r *Runner) host(ctx context.Context, s *slot, at seat, spec runtime.Spec, secrets []string, user moorage.UserID) {
	if err := r.take(spec.Server, user); err != nil {
		r.occupy(s, at, nil, err)
		return
	}
	inst, err := r.fresh(ctx, spec, secrets, true)
	if err != nil {
		r.leave(spec.Server, user)
		r.occupy(s, at, nil, err)
		return
	}
	inst.hub = newHub(r.life, newStdioLink(inst.container.Stdio()), at.modern, spec.Run.Isolation == moorage.IsolationShared)
	r.occupy(s, at, inst, nil)
	<-inst.gone
	<-inst.hub.done
	r.leave(spec.Server, user)
}

// occupyWhenListening puts an instance that runs already into its slot.
func (r *Runner) occupyWhenListening(s *slot, at seat, inst *instance) {
	ctx, cancel := context.WithTimeout(r.life, r.o.StartTimeout)
	defer cancel()
	r.occupy(s, at, inst, listening(ctx, inst))
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
		if inst.spec.Run.ReplicaInstances() > 1 && r.inUse(inst.spec.Deployment) {
			r.idleLater(inst)
			return
		}
		inst.dismiss()
		r.vacate(inst)
		r.work.Go(inst.stop)
	})
}
