package gateway

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

// bridge lets calls of the modern era reach servers that speak the legacy one
// only: over sessions of ours, which calls of the same client share. A question
// of the server ends the exchange and suspends the call until the client comes
// back with the answer (MCP 2026-07-28, basic/patterns/mrtr).
type bridge struct {
	g      *Gateway
	secret []byte // that request states are made with; those of another run are worth nothing

	mu        sync.Mutex // guards these, and all that hangs on them
	spans     map[party][]*span
	followers map[party]map[*follower]struct{}
	waiting   map[string]*crossing   // suspended, by the id in their request state
	waits     map[moorage.UserID]int // calls of each person among them
}

// party is whose calls may share a session: those of one client of one person,
// which says the same of itself each time.
type party struct {
	user   moorage.UserID
	token  string
	server moorage.ServerID
	hello  string // the parameters of initialize
	own    bool   // nobody else shares the process: what comes of it cannot be told apart
}

func newBridge(g *Gateway) *bridge {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	return &bridge{
		g: g, secret: secret, spans: map[party][]*span{}, followers: map[party]map[*follower]struct{}{},
		waiting: map[string]*crossing{}, waits: map[moorage.UserID]int{},
	}
}

// serve answers a call of the modern era whose server speaks the legacy one.
func (b *bridge) serve(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message) {
	d, why := declares(m)
	switch {
	case why != "":
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidParams, why))
	case slices.Contains(removed, m.Method):
		refuse(w, http.StatusNotFound, jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "This protocol version has no method "+m.Method+"."))
	case m.Method == methodDiscover:
		b.introduce(w, r, c, m, d)
	case m.Method == methodListen:
		b.listen(w, r, c, m, d)
	default:
		b.carry(w, r, c, m, d)
	}
}

// introduce answers server/discover with what the server said when it was greeted.
func (b *bridge) introduce(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message, d declared) {
	s, err := b.span(r.Context(), c, d)
	if err != nil {
		fail(w, m.ID, err)
		return
	}
	said := c.view().Narrow(methodDiscover, jsonrpc.Message{ID: m.ID, Result: discovery(s.welcome).Raw()})
	refuse(w, statusOf(said.Code()), said)
}

// party says with which other calls a call may share a session. One whose
// client can be asked, or that wants log messages, has a process of its own.
func (b *bridge) party(c Call, d declared) (party, jsonrpc.Message) {
	hello := d.hello(b.g.o.Version)
	return party{
		user: c.Caller.User.ID, token: c.Caller.Token, server: c.Server.ID, hello: string(hello.Params),
		own: len(d.able) > 0 || d.level != "",
	}, hello
}

// span returns a session that a call can go over: the oldest of its party in
// which no call is suspended, or a new one.
func (b *bridge) span(ctx context.Context, c Call, d declared) (*span, error) {
	p, hello := b.party(c, d)
	s, err := b.find(ctx, p, hello, d.able)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.ready:
		return s, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *bridge) find(ctx context.Context, p party, hello jsonrpc.Message, able jsonrpc.Object) (*span, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans[p] {
		if !s.suspended() {
			return s, nil
		}
	}
	b.g.mu.Lock()
	err := b.g.hold(p.user)
	b.g.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s := &span{b: b, party: p, able: able, ready: make(chan struct{}), calls: map[string]*crossing{}, used: b.g.o.Now()}
	b.spans[p] = append(b.spans[p], s)
	life := moorage.WithActor(b.g.life, moorage.ActorOf(ctx))
	b.g.work.Go(func() { s.open(life, hello) })
	return s, nil
}

// leave lets no more calls go over a span. Those that are on it go on.
func (b *bridge) leave(s *span) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(s)
}

// remove is leave; b.mu is held.
func (b *bridge) remove(s *span) {
	i := slices.Index(b.spans[s.party], s)
	if i < 0 {
		return
	}
	b.spans[s.party] = slices.Delete(b.spans[s.party], i, i+1)
	if len(b.spans[s.party]) == 0 {
		delete(b.spans, s.party)
	}
	b.g.mu.Lock()
	defer b.g.mu.Unlock()
	b.g.release(s.party.user)
}

// all are the spans that there are now.
func (b *bridge) all() []*span {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*span
	for _, some := range b.spans {
		all = append(all, some...)
	}
	return all
}

// sweep closes the spans that nobody has used for long.
func (b *bridge) sweep(now time.Time) {
	for _, s := range b.all() {
		if since, ok := s.rests(); ok && now.Sub(since) >= b.g.o.IdleTimeout {
			if session := s.lend(); session != nil {
				b.g.work.Go(session.Close)
			}
		}
	}
}

// close forgets the calls that wait for their client. The spans end with the
// gateway's life.
func (b *bridge) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range b.waiting {
		x.timer.Stop()
	}
}
