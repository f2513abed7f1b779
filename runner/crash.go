package runner

import (
	"context"
	"fmt"
	"time"

	"moorage"
)

// A server that ends by itself is started again later and later.
const (
	crashWindow = 10 * time.Minute // what was before it is forgotten
	crashFirst  = time.Second      // after the first end
	crashMost   = 5 * time.Minute
	crashHold   = 5 * time.Second // a call waits so long by itself; beyond it is told when to come back
)

// crashes are the ends of one deployment's instances that nobody asked for.
type crashes struct {
	server moorage.ServerID
	at     []time.Time // in the window
	why    string      // of the last
}

// crashed notes that an instance has ended which nobody has asked to.
// r.mu is held.
func (r *Runner) crashed(inst *instance) {
	c := r.crashes[inst.spec.Deployment]
	if c == nil {
		c = &crashes{server: inst.spec.Server}
		r.crashes[inst.spec.Deployment] = c
	}
	c.at = append(c.at, r.o.Now())
	c.at = c.at[max(0, len(c.at)-moorage.FailingEnds):]
	c.why = inst.endSentence()
	ring(r.news)
	r.o.Logger.Warn("instance ended by itself", "instance", inst.spec.Instance, "server", inst.spec.Server, "why", c.why)
}

// Trouble says what keeps a deployment from being started at once; zero when
// nothing does.
func (r *Runner) Trouble(id moorage.DeploymentID) moorage.Trouble {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trouble(id)
}

// Troubles are the deployments that something keeps from being started at once.
func (r *Runner) Troubles() map[moorage.DeploymentID]moorage.Trouble {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[moorage.DeploymentID]moorage.Trouble{}
	for id := range r.crashes {
		if t := r.trouble(id); t.Ends > 0 {
			found[id] = t
		}
	}
	return found
}

// trouble is Trouble; r.mu is held.
func (r *Runner) trouble(id moorage.DeploymentID) moorage.Trouble {
	c := r.crashes[id]
	if c == nil {
		return moorage.Trouble{}
	}
	now := r.o.Now()
	for len(c.at) > 0 && now.Sub(c.at[0]) >= crashWindow {
		c.at = c.at[1:]
	}
	if len(c.at) == 0 {
		delete(r.crashes, id)
		return moorage.Trouble{}
	}
	wait := min(crashFirst<<(len(c.at)-1), crashMost)
	return moorage.Trouble{ServerID: c.server, Ends: len(c.at), Why: c.why, Until: c.at[len(c.at)-1].Add(wait)}
}

// pause waits until a deployment may be started again. The error is Unavailable
// when that is not soon, and says why.
func (r *Runner) pause(ctx context.Context, id moorage.DeploymentID) error {
	t := r.Trouble(id)
	wait := t.Until.Sub(r.o.Now())
	switch {
	case t.Ends == 0 || wait <= 0:
		return nil
	case wait > crashHold:
		return waits(t, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waits says that a server is not started now, and why.
func waits(t moorage.Trouble, wait time.Duration) error {
	often := fmt.Sprintf("It has ended by itself %d times within ten minutes", t.Ends)
	if t.Failing() {
		often = "The server is failing: it has ended by itself at least ten times within ten minutes"
	}
	return moorage.Errorf(moorage.Unavailable, "%s, the last time so: %s It is started again in %s.", often, t.Why, duration(wait.Round(time.Second))).
		Try("Look at its output.")
}
