package runner

import (
	"context"
	"sync"

	"moorage"
	"moorage/runtime"
)

// Runner owns sessions and instances: a stdio server gets an instance for
// each session, or for each circle of them, an HTTP server one for all. All
// methods may be called at the same time.
type Runner struct {
	o    Options
	life context.Context // outlives every caller; Shutdown ends what runs in it
	work sync.WaitGroup  // everything that this room has started

	mu        sync.Mutex
	closing   bool
	sessions  map[*Session]struct{}
	own       map[moorage.InstanceID]struct{} // from before there is a container until nothing of it is left
	instances map[moorage.InstanceID]*instance
	shared    map[seat]*slot
	ready     map[berth][]*instance                // found without asking what is live
	retired   map[moorage.DeploymentID]struct{}    // never answers again
	spares    map[moorage.DeploymentID][]*instance // that wait for their first session
	coming    map[moorage.DeploymentID]int         // spares that start
	crashes   map[moorage.DeploymentID]*crashes
	places    places
	words     lastWords
	news      chan struct{} // a bell: see News

	readings map[moorage.InstanceID]reading // those of Loads, of the last time
}

// New returns a runner that has no instances yet. Call Recover before the
// first Connect, and Shutdown at the end: that ctx ends does not stop it.
func New(ctx context.Context, o Options) *Runner {
	return &Runner{
		o:         o.withDefaults(),
		life:      context.WithoutCancel(ctx),
		sessions:  map[*Session]struct{}{},
		own:       map[moorage.InstanceID]struct{}{},
		instances: map[moorage.InstanceID]*instance{},
		shared:    map[seat]*slot{},
		ready:     map[berth][]*instance{},
		retired:   map[moorage.DeploymentID]struct{}{},
		spares:    map[moorage.DeploymentID][]*instance{},
		coming:    map[moorage.DeploymentID]int{},
		crashes:   map[moorage.DeploymentID]*crashes{},
		places:    places{},
		news:      make(chan struct{}, 1),
	}
}

// Connect begins a session with the live deployment of a server,
// and starts an instance when it needs one. It takes as long as that takes.
// The error is Limited when too many sessions are open, and NotFound or
// Conflict when nothing of the server is live. The session lives until it is
// closed, not until ctx ends.
func (r *Runner) Connect(ctx context.Context, server moorage.ServerID, guest Guest) (*Session, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.work.Done()
	if inst := r.atBerth(server, guest); inst != nil {
		if s := r.join(ctx, inst, guest); s != nil {
			return s, nil
		}
	}
	for range connectAttempts {
		spec, secrets, err := r.o.Configured.LiveSpec(ctx, server)
		if err != nil {
			return nil, err
		}
		if s, err := r.connect(ctx, spec, secrets, guest); s != nil || err != nil {
			return s, err
		}
	}
	return nil, errGoing()
}

// connectAttempts bounds how often what is live is looked up again because it
// was replaced, or went idle, in between.
const connectAttempts = 3

// connect begins a session with what is live now; nil when that is not to be
// used any more. Who shares an instance needs no place: the instance has one.
func (r *Runner) connect(ctx context.Context, spec runtime.Spec, secrets []string, guest Guest) (*Session, error) {
	circle := guest.circle(spec.Run)
	if circle == "" {
		if err := r.take(spec.Server, guest.User); err != nil {
			return nil, err
		}
	}
	var s *Session
	inst, err := r.instanceFor(ctx, spec, secrets, circle, guest)
	if err == nil {
		s = r.join(ctx, inst, guest)
	}
	if circle == "" {
		if s == nil {
			r.leave(spec.Server, guest.User)
		} else {
			s.placed = true
		}
	}
	return s, err
}

func (r *Runner) instanceFor(ctx context.Context, spec runtime.Spec, secrets []string, circle string, guest Guest) (*instance, error) {
	switch {
	case spec.Run.Transport.Listens():
		return r.sharedInstance(ctx, spec, secrets, seat{deployment: spec.Deployment}, guest.User)
	case circle != "":
		return r.sharedInstance(ctx, spec, secrets, seat{spec.Deployment, circle, guest.Modern, 0}, guest.User)
	}
	ctx, cancel := context.WithTimeout(ctx, r.o.StartTimeout)
	defer cancel()
	return r.fresh(ctx, spec, secrets, !guest.Brief)
}

// fresh returns an instance that nobody has talked to: a spare, or a new one. It
// sees to it that others wait when more sessions may come.
func (r *Runner) fresh(ctx context.Context, spec runtime.Spec, secrets []string, more bool) (*instance, error) {
	if more {
		defer r.provide(spec, secrets)
	}
	if inst := r.spare(spec.Deployment); inst != nil {
		return inst, nil
	}
	return r.start(ctx, spec, secrets)
}

// join begins a session on an instance; nil when the instance is not to be
// used any more.
func (r *Runner) join(ctx context.Context, inst *instance, guest Guest) *Session {
	l := inst.link(guest)
	if l == nil {
		r.avoid(inst)
		return nil
	}
	s := newSession(inst, l, guest.User, r.o.Now)
	s.teller, s.held = r.teller(ctx, inst, guest), guest.Held

	r.mu.Lock()
	_, retired := r.retired[inst.spec.Deployment]
	ok := !inst.leaving && !retired && !r.closing
	if ok {
		inst.sessions++
		inst.stay()
		r.sessions[s] = struct{}{}
		r.work.Go(func() { r.keep(s) })
	}
	r.mu.Unlock()

	if !ok {
		s.link.close()
		if !inst.shared() {
			r.dismiss(inst)
			inst.stop()
		}
		s.link.wait()
		return nil
	}
	inst.touch(ctx)
	return s
}

// keep waits for a session to end and releases what it held.
func (r *Runner) keep(s *Session) {
	select {
	case <-s.done:
	case <-s.inst.ended:
		if s.inst.spec.Run.Transport.Listens() {
			s.link.close() // a stdio conversation ends by itself, with its last words
		}
		<-s.done
	}
	stop := r.part(s) // before the server is told: that it ends then is no crash
	s.link.close()
	if stop {
		s.inst.stop()
		<-s.inst.gone
	}
	s.link.wait()
	if s.placed {
		r.leave(s.inst.spec.Server, s.user)
	}
	close(s.released)
}

// part takes a session off its instance, and reports whether the instance is
// of no more use.
func (r *Runner) part(s *Session) (stop bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	inst := s.inst
	delete(r.sessions, s)
	r.words.keep(party{inst.spec.Server, s.user}, &inst.output)
	inst.sessions--
	switch {
	case inst.sessions > 0:
		return false
	case inst.leaving, !inst.shared():
		inst.leaving = true
		inst.asked = inst.asked || s.ended().Cause != CauseExited
		return true
	case s.dismissed() && inst.hosts():
		inst.dismiss()
		r.vacate(inst)
		return true
	}
	r.idleLater(inst)
	return false
}
