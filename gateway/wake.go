package gateway

import (
	"context"
	"encoding/json"
	"errors"

	"moorage"
	"moorage/jsonrpc"
)

// tries bounds how often a message is offered: what answers may be replaced, or
// fall asleep, in between.
const tries = 3

// offer hands a message of the client to the server, and wakes one when none is
// there.
func (c *conversation) offer(ctx context.Context, m jsonrpc.Message) error {
	for range tries {
		b, err := c.awake(ctx)
		if err != nil {
			return err
		}
		taken, err := b.session.Offer(ctx, m)
		if taken || err != nil {
			return err
		}
		c.detach(b)
	}
	return moorage.Errorf(moorage.Unavailable, "The server is being replaced or stopped.").Try("Try again in a moment.")
}

// awake returns the server that answers, after finding one if there is none.
func (c *conversation) awake(ctx context.Context) (*back, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.exit()
	c.mu.Lock()
	b, again, over := c.back, c.version != "", c.over
	c.mu.Unlock()
	switch {
	case over:
		return nil, errOver()
	case b != nil:
		return b, nil
	}
	session, err := c.g.connect(ctx, c.tenant(), c.guest)
	if err != nil {
		return nil, err
	}
	b = &back{session: session, ended: make(chan struct{})}
	if again {
		if err := c.greet(ctx, b); err != nil {
			session.Close()
			return nil, err
		}
	}
	return b, c.attach(b)
}

// attach makes b the server that answers, and listens to it.
func (c *conversation) attach(b *back) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		c.g.work.Go(b.session.Close)
		return errOver()
	}
	c.back = b
	c.g.work.Go(func() { c.hear(b) })
	return nil
}

// detach lets a server that takes no more calls finish those that it has.
func (c *conversation) detach(b *back) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.back == b {
		c.back = nil
	}
}

// greetID is the id of the greeting that a server gets which comes later.
var greetID = json.RawMessage(`"moorage-again"`)

// greet says to a server that comes later what the client has said to the first
// one. What it says meanwhile is for the client, too.
func (c *conversation) greet(ctx context.Context, b *back) error {
	hello := c.hello
	hello.ID = greetID
	if _, err := b.session.Offer(ctx, hello); err != nil {
		return err
	}
	for {
		m, err := b.session.Hear(ctx)
		if err != nil {
			return unavailable(err)
		}
		if !m.IsResponse() {
			c.route(b, m)
			continue
		}
		var said struct {
			Version string `json:"protocolVersion"`
		}
		if m.Code() == jsonrpc.CodeServerGone {
			return moorage.Errorf(moorage.Unavailable, "The server ended as soon as it had started.").Try("Look at its output.")
		}
		if m.Err != nil || json.Unmarshal(m.Result, &said) != nil {
			return moorage.Errorf(moorage.Unavailable, "The server came back and did not want to be greeted again.").Try("Look at its output.")
		}
		c.mu.Lock()
		same, greeted := said.Version == c.version, c.greeted
		c.mu.Unlock()
		if !same {
			return errOver() // another server by now: the client has to begin anew
		}
		if greeted {
			_, err = b.session.Offer(ctx, jsonrpc.Message{Method: methodInitialized})
		}
		return err
	}
}

// hear hands on what a server says until it has ended.
func (c *conversation) hear(b *back) {
	defer close(b.ended)
	defer b.session.Close()
	for {
		m, err := b.session.Hear(c.g.life)
		if err != nil {
			c.detach(b)
			return
		}
		c.route(b, m)
	}
}

// errOver says that a session is no more: the client begins a new one.
func errOver() error {
	return moorage.Errorf(moorage.NotFound, "This session has ended.").Because(errEnded)
}

var errEnded = errors.New("the session has ended")

// unavailable is why a server did not answer, for the client.
func unavailable(err error) error {
	var coded *moorage.Error
	if errors.As(err, &coded) {
		return err
	}
	return moorage.Errorf(moorage.Unavailable, "The server did not answer.").Try("Look at its output.").Because(err)
}
