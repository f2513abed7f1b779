package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"moorage/jsonrpc"
	"moorage/runner"
)

// crossing is a call that goes over a span. It lasts from the client's first
// request until the server's answer, over as many exchanges as the server has
// questions.
type crossing struct {
	span   *span
	number int64
	id     json.RawMessage // the number, as the server knows it
	method string
	digest string  // of its parameters
	level  string  // of the log messages that it wants; "": none
	stream *stream // what the server says of it

	at int // the first event that no exchange has taken; one of them reads at a time

	// The bridge's mu guards the rest.
	questions []inquiry        // that the client has to answer
	unsent    *jsonrpc.Message // the call, while the server has not got it: it had questions before
	waits     bool             // for the client to come back
	timer     *time.Timer
}

// carries reports whether a question of the server can end an exchange of the
// call (MCP 2026-07-28, basic/patterns/mrtr: supported requests).
func (x *crossing) carries() bool { return runner.Uses(x.method) }

// flies reports whether the server has still to answer. The bridge's mu is held.
func (x *crossing) flies() bool { return x.span.calls[jsonrpc.Key(x.id)] == x }

// news are the messages that no exchange has taken.
func (x *crossing) news() []jsonrpc.Message {
	var said []jsonrpc.Message
	events, from := x.stream.since(x.at)
	for _, e := range events {
		if m, err := jsonrpc.ParseServer(e); err == nil { // it was read before
			said = append(said, m)
		}
	}
	x.at = from + len(events)
	return said
}

// carry makes a call over a span, or goes on with one that was suspended.
func (b *bridge) carry(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message, d declared) {
	begin := b.cross
	if d.params.Get("requestState") != nil {
		begin = b.resume
	}
	x, why, err := begin(r, c, m, d)
	switch {
	case err != nil:
		fail(w, m.ID, err)
	case why != nil:
		refuse(w, http.StatusBadRequest, *why)
	default:
		b.g.tell(w, r, c, func(ctx context.Context, out *stream) { b.relay(ctx, out, c, m, d, x) })
	}
}

// cross hands a call to the server. why says that its headers are not those of
// the call.
func (b *bridge) cross(r *http.Request, c Call, m jsonrpc.Message, d declared) (x *crossing, why *jsonrpc.Message, err error) {
	for range tries {
		s, err := b.span(r.Context(), c, d)
		if err != nil {
			return nil, nil, err
		}
		if why := b.g.agreesParams(r, c, s.session, m); why != nil {
			return nil, why, nil
		}
		x := &crossing{method: m.Method, digest: digest(d.params), level: d.level}
		err = x.begin(r.Context(), s, m, d)
		if err == nil {
			return x, nil, nil
		}
		s.drop(x)
		if !errors.Is(err, errGone) {
			return nil, nil, err
		}
		b.leave(s) // it is being replaced, or has ended
	}
	return nil, nil, errGone
}

// begin makes the call over a span, or keeps it when the server has questions
// that come before it.
func (x *crossing) begin(ctx context.Context, s *span, m jsonrpc.Message, d declared) error {
	asked := s.enlist(x)
	call := backwards(m, d, x.id)
	if err := s.logs(ctx, x); err != nil {
		return err
	}
	if !asked {
		return begin(ctx, s.session, call)
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	x.unsent = &call
	return nil
}

// start hands a call over that waited for the answer to a question.
func (x *crossing) start(ctx context.Context) error {
	x.span.b.mu.Lock()
	call := x.unsent
	if call == nil || len(x.questions) > 0 {
		x.span.b.mu.Unlock()
		return nil
	}
	x.unsent = nil
	x.span.b.mu.Unlock()
	err := begin(ctx, x.span.session, *call)
	if err != nil {
		x.span.drop(x)
	}
	return err
}

// logs has the server write log messages of the level that a call wants, or of
// the lower one that another call wants.
func (s *span) logs(ctx context.Context, x *crossing) error {
	able, _ := jsonrpc.ParseObject(s.welcome.Get("capabilities")) // of no object nothing is known
	if x.level == "" || able.Get("logging") == nil {
		return nil
	}
	s.b.mu.Lock()
	level := x.level
	for _, other := range s.calls {
		if other.level != "" && rank(other.level) < rank(level) {
			level = other.level
		}
	}
	told := s.level == level
	s.level = level
	s.b.mu.Unlock()
	if told {
		return nil
	}
	text, _ := json.Marshal(level) // a string always marshals
	_, err := s.ask(ctx, "logging/setLevel", jsonrpc.Object{{Name: "level", Value: text}})
	if err != nil {
		s.b.mu.Lock()
		defer s.b.mu.Unlock()
		s.level = ""
	}
	return err
}

// relay tells the client what the server says of its call, until the answer or
// a question. Who goes has cancelled; who is not told anything for too long
// gets an error.
func (b *bridge) relay(ctx context.Context, out *stream, c Call, m jsonrpc.Message, d declared, x *crossing) {
	late := time.NewTimer(b.g.o.CallTimeout)
	defer late.Stop()
	var together <-chan time.Time // fires when questions that came together are all there
	for {
		for _, said := range x.news() {
			if said.IsResponse() {
				said.ID = m.ID
				out.put(c.view().Narrow(m.Method, forwards(m.Method, said, x.span.welcome.Get("serverInfo"))))
				return
			}
			if said, ok := d.ontoStream(said); ok {
				out.put(said)
			}
			late.Reset(b.g.o.CallTimeout)
		}
		if together == nil && b.asks(x) {
			together = time.After(gather)
		}
		select {
		case <-x.stream.bell:
		case <-together:
			together = nil
			if result := b.suspend(ctx, c, x); result != nil {
				result.ID = m.ID
				out.put(*result)
				return
			}
		case <-late.C:
			b.cancel(x, "It took too long.")
			out.put(jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "The server did not answer within "+b.g.o.CallTimeout.String()+"."))
			return
		case <-ctx.Done():
			b.cancel(x, "The client has gone.")
			return
		case <-b.g.life.Done():
			out.abandon()
			return
		}
	}
}

// gather is how long an exchange that a question ends waits for the next one: who
// asks several things at once is answered at once.
const gather = 20 * time.Millisecond

// asks reports whether the server asks something in a call.
func (b *bridge) asks(x *crossing) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(x.questions) > 0
}

// ontoStream is a notification of a call as its client gets it; false when it
// gets none.
func (d declared) ontoStream(m jsonrpc.Message) (jsonrpc.Message, bool) {
	if m.Method != methodProgress {
		return m, true
	}
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil || d.token == nil {
		return m, false
	}
	m.Params = params.With("progressToken", d.token).Raw()
	return m, true
}

// cancel tells the server that nobody wants the answer to a call any more.
func (b *bridge) cancel(x *crossing, why string) {
	b.mu.Lock()
	open := x.questions
	x.questions = nil
	flies := x.flies() && x.unsent == nil
	x.span.forget(x)
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(b.g.life, goodbyeTimeout)
	defer cancel()
	if flies {
		x.span.tell(ctx, jsonrpc.Notice(methodCancelled, map[string]any{"requestId": x.id, "reason": why}))
	}
	for _, q := range open {
		x.span.tell(ctx, jsonrpc.Refusal(q.id, jsonrpc.CodeInternal, "Nobody has answered: the call was cancelled."))
	}
}

// goodbyeTimeout is for a server to take what wants no answer.
const goodbyeTimeout = time.Second

// tell sends what wants no answer, also to a server that takes no more calls.
// What it cannot be told is of no more use to it.
func (s *span) tell(ctx context.Context, m jsonrpc.Message) {
	_ = s.session.Send(ctx, m.Bytes())
}
