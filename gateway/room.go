package gateway

import (
	"context"
	"time"

	"moorage"
	"moorage/runner"
)

// tenant is who has a session with which server.
type tenant struct {
	user   moorage.UserID
	server moorage.ServerID
}

// lodger is a session that may have a server of its own, and then lends it.
type lodger interface {
	tenant() tenant

	// idles says since when nobody has called, when such a server waits for the
	// next call.
	idles() (since time.Time, ok bool)

	// lend takes the server away; nil when somebody calls by now.
	lend() *runner.Session
}

// hold takes one of the places that a person has for sessions; Limited when there
// are no more. g.mu is held.
func (g *Gateway) hold(user moorage.UserID) error {
	if g.life.Err() != nil {
		return moorage.Errorf(moorage.Unavailable, "Moorage is stopping.").Try("Try again when it is back.")
	}
	if g.held[user] >= g.o.PerUser {
		return moorage.Errorf(moorage.Limited, "You have %d sessions open, as many as one person may have.", g.o.PerUser).
			Try("End some, or wait until those that nobody uses are forgotten.")
	}
	g.held[user]++
	return nil
}

// release gives a place back. g.mu is held.
func (g *Gateway) release(user moorage.UserID) {
	if g.held[user]--; g.held[user] <= 0 {
		delete(g.held, user)
	}
}

// connect finds a server for a session. When there are as many instances as
// there may be, the session that has idled longest lends its own: it gets
// another one when it is called again.
func (g *Gateway) connect(ctx context.Context, who tenant, guest runner.Guest) (*runner.Session, error) {
	for {
		session, err := g.o.Runner.Connect(ctx, who.server, guest)
		if moorage.ErrorCode(err) != moorage.Limited || ctx.Err() != nil {
			return session, err
		}
		lent := g.lent(who)
		if lent == nil {
			return nil, err
		}
		lent.Close()
	}
}

// lent is the server of the session that has idled longest: one of the same
// person, or else of anybody with the same server. It is nil when all of them
// are busy. Who asks has none, and does not idle.
func (g *Gateway) lent(who tenant) *runner.Session {
	for _, fits := range []func(tenant) bool{
		func(o tenant) bool { return o.user == who.user },
		func(o tenant) bool { return o.server == who.server },
	} {
		for {
			longest := g.idlest(fits)
			if longest == nil {
				break
			}
			if session := longest.lend(); session != nil {
				return session
			}
		}
	}
	return nil
}

// idlest is the session with a server of its own that nobody calls, and that
// was used before all others; nil when there is none.
func (g *Gateway) idlest(fits func(tenant) bool) lodger {
	var longest lodger
	var since time.Time
	for _, o := range g.lodgers() {
		if !fits(o.tenant()) {
			continue
		}
		if used, ok := o.idles(); ok && (longest == nil || used.Before(since)) {
			longest, since = o, used
		}
	}
	return longest
}

func (g *Gateway) lodgers() []lodger {
	var all []lodger
	for _, c := range g.all() {
		all = append(all, c)
	}
	for _, s := range g.bridge.all() {
		all = append(all, s)
	}
	return all
}

func (c *conversation) tenant() tenant { return tenant{c.user, c.server} }

// idles says since when nobody has called, when a server of its own waits for
// the next call.
func (c *conversation) idles() (since time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used, c.back != nil && c.back.session.Placed() && len(c.calls) == 0
}

// lend takes the server away, unless somebody calls by now.
func (c *conversation) lend() *runner.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.calls) > 0 || c.back == nil {
		return nil
	}
	b := c.back
	c.back = nil
	return b.session
}
