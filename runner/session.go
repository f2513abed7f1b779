package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

// Session is one client's MCP conversation with one server. Send may be called
// by several goroutines, Receive by one at a time.
type Session struct {
	user      moorage.UserID
	inst      *instance
	link      link
	placed    bool // it counts among the sessions of its person and server
	now       func() time.Time
	teller    *teller
	held      holding
	startedAt time.Time

	active   chan struct{} // a bell: activity has changed
	wake     chan struct{} // a bell: answers has grown
	quiet    chan struct{} // closed when it drains and no call is in flight
	done     chan struct{} // closed when it has ended
	released chan struct{} // closed when nothing of it is left

	mu       sync.Mutex
	calls    map[string]call   // in flight, by key of their id
	answers  []jsonrpc.Message // of the relay itself, to be received
	lastCall time.Time         // when a call last began or ended
	draining bool
	spent    bool // its instance is of no use to the next one like it
	ending   *Ending
}

// Info says what a session talks to.
type Info struct {
	Server     moorage.ServerID
	Deployment moorage.DeploymentID
	Instance   moorage.InstanceID
	Transport  moorage.Transport
	StartedAt  time.Time // of the instance
}

func newSession(inst *instance, l link, user moorage.UserID, now func() time.Time) *Session {
	return &Session{
		user: user, inst: inst, link: l, now: now, startedAt: now(),
		active: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		quiet: make(chan struct{}), done: make(chan struct{}), released: make(chan struct{}),
		calls: map[string]call{}, lastCall: now(),
	}
}

// Info returns what the session talks to.
func (s *Session) Info() Info {
	spec := s.inst.spec
	return Info{Server: spec.Server, Deployment: spec.Deployment, Instance: spec.Instance,
		Transport: spec.Run.Transport, StartedAt: s.inst.startedAt}
}

// Placed reports whether the session counts among those that its person and the
// server may have: nobody else shares its instance over stdio.
func (s *Session) Placed() bool { return s.placed }

// Address is the URL of a server that a session of the modern era speaks to by
// HTTP itself; "" when it has to be spoken to through the session. It may hold
// secrets: it must not reach a log or an error.
func (s *Session) Address() string {
	if _, direct := s.link.(*directLink); !direct {
		return ""
	}
	return endpoint(s.inst.container.Addr(), s.inst.spec.Run, s.inst.spec.Env)
}

// Output returns the last 64 KiB that the instance printed for people, secrets
// masked. With an HTTP server other sessions had their part in it.
func (s *Session) Output() []byte { return s.inst.output.Bytes() }

// Noise counts what the server wrote to its stdout that is no message.
func (s *Session) Noise() int64 { return s.link.noise() }

// Send hands one JSON-RPC message to the server. What is no message, and what
// cannot be asked now, is answered to the client with a JSON-RPC error, as a
// server would. The error is that of ctx.
func (s *Session) Send(ctx context.Context, raw []byte) error {
	m, err := jsonrpc.Parse(raw)
	if err != nil {
		s.answer(jsonrpc.Refusal(nil, jsonrpc.CodeParse, "Not a message: "+err.Error()+"."))
		return nil
	}
	return s.say(ctx, m)
}

// say is Send of what is a message.
func (s *Session) say(ctx context.Context, m jsonrpc.Message) error {
	if m.IsRequest() {
		why := s.held.refuses(ctx, m)
		if why == nil {
			why, _ = s.begin(m)
		}
		if why != nil {
			s.answer(*why)
			return nil
		}
	}
	return s.handOn(ctx, m)
}

// handOn gives a message to the server whose place among the calls is taken.
func (s *Session) handOn(ctx context.Context, m jsonrpc.Message) error {
	if m.Method == "notifications/cancelled" {
		s.forget(m)
	}
	err := s.link.send(ctx, m)
	if errors.Is(err, errLinkClosed) {
		s.refuse(m)
		return nil // Receive says why
	}
	if err != nil {
		return err
	}
	if m.Method == methodInitialized {
		s.inst.greeted(s.link)
	}
	s.inst.touch(ctx)
	return nil
}

// Offer is Send of a message that was read already. It reports false, and
// nothing was sent, when the session takes no more calls: it has ended, or a new
// deployment takes over. What could be sent is answered to Receive or Hear.
func (s *Session) Offer(ctx context.Context, m jsonrpc.Message) (taken bool, err error) {
	if !m.IsRequest() {
		if s.takesNoMore() {
			return false, nil
		}
		return true, s.handOn(ctx, m)
	}
	switch why, late := s.begin(m); {
	case late:
		return false, nil
	case why != nil:
		s.answer(*why)
		return true, nil
	}
	return true, s.handOn(ctx, m)
}

// Receive returns the next message for the client. After the last one the
// error is an *Ending; calls that the server left unanswered have been answered
// with a JSON-RPC error by then.
func (s *Session) Receive(ctx context.Context) ([]byte, error) {
	m, err := s.Hear(ctx)
	if err != nil {
		return nil, err
	}
	return m.Bytes(), nil
}

// Hear is Receive of a message as it was read.
func (s *Session) Hear(ctx context.Context) (jsonrpc.Message, error) {
	for {
		ending := s.ended() // asked first: with it come its last answers
		if m, ok := s.nextAnswer(); ok {
			return m, nil
		}
		if ending != nil {
			return jsonrpc.Message{}, ending
		}
		select {
		case m, ok := <-s.link.messages():
			if !ok {
				s.finish(s.inst.ending(ctx, s.link))
			} else if s.admit(ctx, &m) {
				return m, nil
			}
		case <-s.wake:
		case <-s.done:
		case <-ctx.Done():
			return jsonrpc.Message{}, ctx.Err()
		}
	}
}

// admit decides whether a message of the server goes on: an answer that
// nobody waits for does not. An answer gets the id back as the client wrote it.
func (s *Session) admit(ctx context.Context, m *jsonrpc.Message) bool {
	if s.inst.overheard(*m) {
		return false
	}
	if !m.IsResponse() {
		return true
	}
	c, ok := s.end(jsonrpc.Key(m.ID))
	if ok {
		s.teller.end(c.use, m, s.now())
	}
	m.ID = c.id
	if c.method == methodInitialize && m.Result != nil {
		s.inst.aside.met(m.Result)
	}
	*m = s.held.narrow(ctx, c.method, *m)
	return ok
}

// Close ends the session and returns when nothing of it is left.
func (s *Session) Close() {
	s.finish(&Ending{Cause: CauseClosed, Reason: "The session was closed."})
	<-s.released
}

// Dismiss is Close of a session whose instance is of no use to others like it:
// what they would share over stdio ends, unless somebody does share it.
func (s *Session) Dismiss() {
	s.mu.Lock()
	s.spent = true
	s.mu.Unlock()
	s.Close()
}

func (s *Session) dismissed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}
