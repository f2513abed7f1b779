package gateway

import (
	"context"
	"time"

	"moorage"
	"moorage/runner"
)

// connect finds a server for a conversation. When there are as many instances
// as there may be, the session that has idled longest lends its own: it gets
// another one when it calls again.
func (g *Gateway) connect(ctx context.Context, c *conversation) (*runner.Session, error) {
	for {
		session, err := g.o.Runner.Connect(ctx, c.server, c.guest)
		if moorage.ErrorCode(err) != moorage.Limited || ctx.Err() != nil {
			return session, err
		}
		b := g.lender(c)
		if b == nil {
			return nil, err
		}
		b.session.Close()
	}
}

// lender takes the server of the session that has idled longest: one of the
// same person, or else of anybody with the same server. It is nil when all of
// them are busy.
func (g *Gateway) lender(c *conversation) *back {
	for _, fits := range []func(*conversation) bool{
		func(o *conversation) bool { return o.user == c.user },
		func(o *conversation) bool { return o.server == c.server },
	} {
		for {
			longest := g.idlest(c, fits)
			if longest == nil {
				break
			}
			if b := longest.lend(); b != nil {
				return b
			}
		}
	}
	return nil
}

// idlest is the session with a server of its own that nobody calls, and that
// was used before all others; nil when there is none.
func (g *Gateway) idlest(but *conversation, fits func(*conversation) bool) *conversation {
	g.mu.Lock()
	defer g.mu.Unlock()
	var longest *conversation
	var since time.Time
	for _, o := range g.conversations {
		if o == but || !fits(o) {
			continue
		}
		if used, ok := o.idles(); ok && (longest == nil || used.Before(since)) {
			longest, since = o, used
		}
	}
	return longest
}

// idles says since when nobody has called, when a server of its own waits for
// the next call.
func (c *conversation) idles() (since time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used, c.back != nil && c.back.session.Placed() && len(c.calls) == 0
}

// lend takes the server away, unless somebody calls by now.
func (c *conversation) lend() *back {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.calls) > 0 {
		return nil
	}
	b := c.back
	c.back = nil
	return b
}
