package gateway

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// span is a legacy session of ours with a server, that calls of the modern era
// go over. When the server ends, so does it; the next call begins another one.
type span struct {
	b     *bridge
	party party
	able  jsonrpc.Object // what the client has declared
	ready chan struct{}  // closed when what follows is set

	session *runner.Session
	welcome jsonrpc.Object // the answer to initialize
	err     error          // why there is no session

	// b.mu guards the rest.
	calls map[string]*crossing // that the server has not answered, by key of their ids
	last  int64                // id of a call
	asked int                  // questions of the server
	held  []inquiry            // of it that came when there was no call that could carry them
	level string               // of log messages that it was told last; "": none
	used  time.Time
}

// open begins the session, and says so by closing ready. life is the gateway's,
// with whoever makes the first call as its actor.
func (s *span) open(life context.Context, hello jsonrpc.Message) {
	defer close(s.ready)
	ctx, cancel := context.WithTimeout(life, s.b.g.o.CallTimeout)
	defer cancel()
	who := guest(s.party.user, hello)
	if s.party.own {
		who.Alike = ""
	}
	s.session, s.err = s.b.g.connect(ctx, s.tenant(), who)
	if s.err == nil {
		if s.err = s.greet(ctx, hello); s.err != nil {
			s.session.Close()
		}
	}
	if s.err != nil {
		s.b.leave(s)
		return
	}
	s.b.g.work.Go(s.hear)
	s.b.g.work.Go(func() { s.b.follow(s) })
}

// greet initialises the session in the words of the client.
func (s *span) greet(ctx context.Context, hello jsonrpc.Message) error {
	if taken, err := s.session.Offer(ctx, hello); err != nil || !taken {
		return unavailable(err)
	}
	for {
		m, err := s.session.Hear(ctx)
		switch {
		case err != nil:
			return unavailable(err)
		case m.IsRequest():
			s.inquire(m)
			continue
		case !m.IsResponse():
			continue
		case m.Err != nil:
			return moorage.Errorf(moorage.Unavailable, "The server did not want to be greeted.").Try("Look at its output.")
		}
		if s.welcome, err = jsonrpc.ParseObject(m.Result); err != nil || !slices.Contains(legacyVersions, s.welcome.Text("protocolVersion")) {
			return moorage.Errorf(moorage.Unavailable, "The server speaks no version of the protocol that is known here.").Try("Look for a newer version of it.")
		}
		_, err = s.session.Offer(ctx, jsonrpc.Message{Method: methodInitialized})
		return err
	}
}

// hear takes what the server says until it has ended. Calls that it has left
// unanswered are answered by then.
func (s *span) hear() {
	defer s.session.Close()
	defer s.b.leave(s)
	for {
		m, err := s.session.Hear(s.b.g.life)
		if err != nil {
			return
		}
		s.route(m)
	}
}

// route gives what the server says to the call that it belongs to.
func (s *span) route(m jsonrpc.Message) {
	if m.IsRequest() {
		s.inquire(m)
		return
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	switch {
	case m.IsResponse():
		if x := s.calls[jsonrpc.Key(m.ID)]; x != nil {
			s.forget(x)
			x.stream.put(m)
		}
	case m.Method == methodProgress:
		if x := s.calls[tokenOf(m)]; x != nil {
			x.stream.put(m)
		}
	case m.Method == methodCancelled:
		s.withdraw(m)
	case changes(m.Method):
		s.b.announce(s.party, m)
	case m.Method == methodLog:
		if x := s.only(func(x *crossing) bool { return x.level != "" }); x != nil && severe(m, x.level) {
			x.stream.put(m)
		}
	default:
		if x := s.only(func(*crossing) bool { return true }); x != nil {
			x.stream.put(m)
		}
	}
}

// only is the call of a kind, when there is just one: over stdio much says
// nothing of its call. b.mu is held.
func (s *span) only(of func(*crossing) bool) *crossing {
	var one *crossing
	for _, x := range s.calls {
		switch {
		case !of(x):
		case one != nil:
			return nil
		default:
			one = x
		}
	}
	return one
}

// enlist puts a call among those in flight, under an id of ours. It reports
// whether the server has questions that the call has to carry first.
func (s *span) enlist(x *crossing) (asked bool) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.last++
	x.span, x.number, x.id = s, s.last, json.RawMessage(strconv.FormatInt(s.last, 10))
	x.stream = newStream("legacy", 1)
	s.calls[jsonrpc.Key(x.id)] = x
	s.used = s.b.g.o.Now()
	if x.carries() {
		x.questions, s.held = s.held, nil
	}
	return len(x.questions) > 0
}

// forget takes a call out of flight, with what the server has asked in it and
// nobody answers any more: that is for the next call. b.mu is held.
func (s *span) forget(x *crossing) {
	delete(s.calls, jsonrpc.Key(x.id))
	s.used = s.b.g.o.Now()
	if !x.waits {
		s.held = append(s.held, x.questions...)
		x.questions = nil
	}
}

// drop is forget of a call that could not be handed on.
func (s *span) drop(x *crossing) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.forget(x)
}

// ask makes a call of our own, and waits for the answer.
func (s *span) ask(ctx context.Context, method string, params jsonrpc.Object) (jsonrpc.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, s.b.g.o.CallTimeout)
	defer cancel()
	x := &crossing{method: method}
	s.enlist(x)
	defer s.drop(x)
	if err := begin(ctx, s.session, jsonrpc.Message{ID: x.id, Method: method, Params: params.Raw()}); err != nil {
		return jsonrpc.Message{}, err
	}
	for {
		select {
		case <-x.stream.bell:
		case <-ctx.Done():
			return jsonrpc.Message{}, ctx.Err()
		}
		for _, m := range x.news() {
			if m.IsResponse() {
				return m, nil
			}
		}
	}
}

// suspended reports whether a call waits for the answer of its client: no other
// begins then, because the next question would be anybody's. b.mu is held.
func (s *span) suspended() bool {
	for _, x := range s.calls {
		if x.waits {
			return true
		}
	}
	return false
}

// tenant is who has the span's place.
func (s *span) tenant() tenant { return tenant{s.party.user, s.party.server} }

// idles says since when nothing was called, when a process of its own waits for
// the next call.
func (s *span) idles() (since time.Time, ok bool) {
	since, ok = s.rests()
	return since, ok && s.session.Placed()
}

// lend gives the session up, unless somebody calls by now.
func (s *span) lend() *runner.Session {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if len(s.calls) > 0 {
		return nil
	}
	s.b.remove(s)
	return s.session
}

// rests says since when nothing was called, when nothing is in flight.
func (s *span) rests() (since time.Time, ok bool) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	return s.used, s.up() && len(s.calls) == 0
}

// up reports whether the session is open.
func (s *span) up() bool {
	select {
	case <-s.ready:
		return s.err == nil
	default:
		return false
	}
}
