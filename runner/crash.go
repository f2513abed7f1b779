package runner

import (
	"context"
	"fmt"
	"time"

	"moorage"
)

// A server that ends by itself is started again later and later.
const (
	crashWindow  = 10 * time.Minute // what was before it is forgotten
	crashFirst   = time.Second      // after the first end
	crashMost    = 5 * time.Minute
	crashFailing = 10              // ends in the window, by which a server counts as failing
	crashHold    = 5 * time.Second // a call waits so long by itself; beyond it is told when to come back
)

// crashes are the ends of one deployment's instances that nobody asked for.
type crashes struct {
	at  []time.Time // in the window
	why string      // of the last
}

// Trouble is what keeps a server from being started at once.
type Trouble struct {
	Ends  int       // by itself, in the last ten minutes
	Why   string    // of the last
	Until time.Time // no instance starts before
}

// Failing reports whether it has ended so often that it cannot be relied on.
func (t Trouble) Failing() bool { return t.Ends >= crashFailing }

// crashed notes that an instance has ended which nobody has asked to.
// r.mu is held.
func (r *Runner) crashed(inst *instance) {
	c := r.crashes[inst.spec.Deployment]
	if c == nil {
		c = &crashes{}
		r.crashes[inst.spec.Deployment] = c
	}
	c.at = append(c.at, r.o.Now())
	c.at = c.at[max(0, len(c.at)-crashFailing):]
	c.why = inst.endSentence()
	r.o.Logger.Warn("instance ended by itself", "instance", inst.spec.Instance, "server", inst.spec.Server, "why", c.why)
}

// Trouble says what keeps a deployment from being started at once; zero when
// nothing does.
func (r *Runner) Trouble(id moorage.DeploymentID) Trouble {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.crashes[id]
	if c == nil {
		return Trouble{}
	}
	now := r.o.Now()
	for len(c.at) > 0 && now.Sub(c.at[0]) >= crashWindow {
		c.at = c.at[1:]
	}
	if len(c.at) == 0 {
		delete(r.crashes, id)
		return Trouble{}
	}
	wait := min(crashFirst<<(len(c.at)-1), crashMost)
	return Trouble{Ends: len(c.at), Why: c.why, Until: c.at[len(c.at)-1].Add(wait)}
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
		return t.sentence(wait)
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

// sentence says that a server is not started now, and why.
func (t Trouble) sentence(wait time.Duration) error {
	often := fmt.Sprintf("It has ended by itself %d times within ten minutes", t.Ends)
	if t.Failing() {
		often = "The server is failing: it has ended by itself at least ten times within ten minutes"
	}
	return moorage.Errorf(moorage.Unavailable, "%s, the last time so: %s It is started again in %s.", often, t.Why, duration(wait.Round(time.Second))).
		Try("Look at its output.")
}
