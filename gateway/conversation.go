package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// conversation is a session of the legacy era. It is the client's for as long
// as the client wants; the server behind it comes and goes.
type conversation struct {
	g      *Gateway
	id     string
	user   moorage.UserID
	server moorage.ServerID
	hello  jsonrpc.Message // the client's initialize
	guest  runner.Guest

	gate chan struct{} // holds one: who may look for a server

	mu       sync.Mutex
	version  string // that was agreed on; "": not yet
	greeted  bool   // the client has said that the greeting is over
	back     *back  // the server that answers now; nil: it sleeps
	calls    map[string]*pending
	progress map[string]*pending // by key of their progress tokens
	asked    map[string]question // by key of the ids that the client sees
	streams  map[string]*stream  // that a client may come back to
	order    []*stream           // the same, oldest first, without the one of no call
	unasked  *stream
	used     time.Time
	over     bool
	lastAsk  int
}

// back is a server that answers a conversation, or still has calls of it.
type back struct {
	session *runner.Session
	ended   chan struct{} // closed when nothing of it is left
}

// maxStreams is how many streams that have ended a client may come back to.
const maxStreams = 32

func (g *Gateway) newConversation(c Call, hello jsonrpc.Message) *conversation {
	s := &conversation{
		g: g, id: rand.Text(), user: c.Caller.User.ID, server: c.Server.ID, hello: hello,
		guest: guest(c.Caller.User.ID, hello),
		gate:  make(chan struct{}, 1),
		calls: map[string]*pending{}, progress: map[string]*pending{}, asked: map[string]question{},
		streams: map[string]*stream{}, unasked: newStream("", 0), used: g.o.Now(),
	}
	s.streams[""] = s.unasked
	return s
}

// guest says with whom a session may share a server: with sessions of the same
// person that greet in the same words, and have declared nothing that a server
// could ask of one of them.
func guest(user moorage.UserID, hello jsonrpc.Message) runner.Guest {
	g := runner.Guest{User: user}
	params, err := jsonrpc.ParseObject(hello.Params)
	if err != nil {
		return g
	}
	g.Speaks = params.Text("protocolVersion")
	if capabilities, err := jsonrpc.ParseObject(params.Get("capabilities")); err == nil && len(capabilities) == 0 {
		sum := sha256.Sum256(params.Raw())
		g.Alike = hex.EncodeToString(sum[:])
	}
	return g
}

// add gives a conversation its place; Limited when the person has too many.
func (g *Gateway) add(c *conversation) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.hold(c.user); err != nil {
		return err
	}
	g.conversations[c.id] = c
	return nil
}

// drop ends a conversation and gives its place back.
func (g *Gateway) drop(c *conversation) {
	g.mu.Lock()
	if g.conversations[c.id] == c {
		delete(g.conversations, c.id)
		g.release(c.user)
	}
	g.mu.Unlock()
	c.close()
}

// find returns the conversation of a client; nil when there is none, or it is
// another one's, which are the same to whoever asks.
func (g *Gateway) find(id string, c Call) *conversation {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.conversations[id]
	if s == nil || s.user != c.Caller.User.ID || s.server != c.Server.ID {
		return nil
	}
	return s
}

// close ends a conversation: its streams end, its server is let go.
func (c *conversation) close() {
	c.mu.Lock()
	c.over = true
	b := c.back
	c.back = nil
	for _, s := range c.streams {
		s.abandon()
	}
	for _, p := range c.calls {
		p.timer.Stop()
		p.stream.abandon()
	}
	clear(c.calls)
	clear(c.progress)
	c.mu.Unlock()
	if b != nil {
		b.session.Close()
	}
}

// rest lets the server go when nothing was called for long, and reports whether
// the conversation itself is to be forgotten.
func (c *conversation) rest(now time.Time) (forget bool) {
	c.mu.Lock()
	idle := now.Sub(c.used)
	busy := len(c.calls) > 0
	b := c.back
	if busy || idle < c.g.o.IdleTimeout {
		b = nil
	} else {
		c.back = nil
	}
	forget = !busy && idle >= c.g.o.Forget && !c.unasked.listened()
	c.mu.Unlock()
	if b != nil {
		c.g.work.Go(b.session.Close)
	}
	return forget
}

// sleeps reports whether no server answers now.
func (c *conversation) sleeps() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.back == nil
}

// enter waits for the right to look for a server.
func (c *conversation) enter(ctx context.Context) error {
	select {
	case c.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conversation) exit() { <-c.gate }
