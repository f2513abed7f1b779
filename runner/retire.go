package runner

import (
	"context"
	"time"

	"moorage"
)

var (
	endReplaced = &Ending{Cause: CauseReplaced, Reason: "A new deployment has taken over. Connect again."}
	endStopped  = &Ending{Cause: CauseStopped, Reason: "The server was stopped."}
	endShutdown = &Ending{Cause: CauseShutdown, Reason: "Moorage is stopping."}
)

// Retire lets a deployment that another one has replaced go: no session joins
// it any more, its running calls finish, within 30 seconds, then its sessions
// and instances end. It returns at once.
func (r *Runner) Retire(id moorage.DeploymentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return
	}
	r.retired[id] = struct{}{}
	sessions, insts := r.of(func(i *instance) bool { return i.spec.Deployment == id })
	delete(r.crashes, id)
	for at := range r.shared {
		if at.deployment == id {
			delete(r.shared, at)
		}
	}
	for _, s := range sessions {
		s.drain()
	}
	r.work.Go(func() { r.drain(sessions, insts) })
}

// Stop ends every session and instance of a server at once. It returns when
// they are gone, or ctx ends.
func (r *Runner) Stop(ctx context.Context, server moorage.ServerID) error {
	r.mu.Lock()
	sessions, insts := r.of(func(i *instance) bool { return i.spec.Server == server })
	for _, i := range insts {
		r.retired[i.spec.Deployment] = struct{}{}
	}
	for at, s := range r.shared { // one may be starting
		if s.server == server {
			r.retired[at.deployment] = struct{}{}
			delete(r.shared, at)
		}
	}
	r.mu.Unlock()
	for _, s := range sessions {
		s.finish(endStopped)
	}
	return stopAll(ctx, insts)
}

// Shutdown ends every session and instance and waits for all that this room
// has started, or for ctx. Instances of HTTP servers end too: while Moorage is
// away nobody would stop them when they idle.
func (r *Runner) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	r.closing = true
	sessions, insts := r.of(func(*instance) bool { return true })
	r.mu.Unlock()
	for _, s := range sessions {
		s.finish(endShutdown)
	}
	if err := stopAll(ctx, insts); err != nil {
		return err
	}
	finished := make(chan struct{})
	go func() {
		r.work.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// of returns sessions and instances, which are to be left now; r.mu is held.
func (r *Runner) of(want func(*instance) bool) ([]*Session, []*instance) {
	var sessions []*Session
	for s := range r.sessions {
		if want(s.inst) {
			sessions = append(sessions, s)
		}
	}
	var insts []*instance
	for _, i := range r.instances {
		if want(i) {
			i.dismiss()
			i.stay()
			insts = append(insts, i)
		}
	}
	return sessions, insts
}

// stopAll stops instances side by side.
func stopAll(ctx context.Context, insts []*instance) error {
	stopped := make(chan struct{}, len(insts))
	for _, i := range insts {
		go func() {
			i.stop()
			stopped <- struct{}{}
		}()
	}
	for range insts {
		select {
		case <-stopped:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, i := range insts {
		select {
		case <-i.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// drain waits for the running calls of a replaced deployment, and ends it.
func (r *Runner) drain(sessions []*Session, insts []*instance) {
	for _, i := range insts {
		i.record(moorage.InstanceDraining)
	}
	patience := time.NewTimer(r.o.DrainTimeout)
	defer patience.Stop()
	over := false
	for _, s := range sessions {
		if !over {
			select {
			case <-s.quiet:
			case <-s.done:
			case <-patience.C:
				over = true
			}
		}
		s.finish(endReplaced)
	}
	for _, s := range sessions {
		<-s.released
	}
	for _, i := range insts {
		i.stop()
		<-i.gone
	}
}
