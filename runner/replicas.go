package runner

import (
	"moorage"
	"moorage/runtime"
)

// idlest is the instance at a berth with the fewest sessions, of those that answer
// if any does; nil when none is ready. r.mu is held.
func (r *Runner) idlest(at berth) *instance {
	var least *instance
	for _, inst := range r.ready[at] {
		if !inst.leaving && (least == nil || inst.before(least)) {
			least = inst
		}
	}
	return least
}

// before reports whether the next session is better off here than with another
// replica. Runner.mu is held.
func (i *instance) before(other *instance) bool {
	if i.silent != other.silent {
		return other.silent
	}
	return i.sessions < other.sessions
}

// multiply starts the replicas that are missing of those which share a seat. One
// that has ended is started again by whoever comes next, as late as a crash
// asks for. r.mu is held.
func (r *Runner) multiply(spec runtime.Spec, secrets []string, at seat, user moorage.UserID) {
	for range spec.Run.ReplicaInstances() {
		s, at := r.reserveOne(spec, at)
		if s == nil {
			return
		}
		// The first caller may give up; who waits with it should not.
		r.work.Go(func() { r.fill(s, at, spec, secrets, user) })
	}
}

// reserveOne makes the slot of the first replica of a seat that has none; nil
// when all have one, or none is wanted. r.mu is held.
func (r *Runner) reserveOne(spec runtime.Spec, at seat) (*slot, seat) {
	for at.replica = range spec.Run.ReplicaInstances() {
		if s := r.reserve(spec.Server, at); s != nil {
			return s, at
		}
	}
	return nil, at
}
