package runner

import (
	"encoding/json"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

// call is a request of the client that the server has not answered.
type call struct {
	id     json.RawMessage // as the client wrote it
	light  bool            // a ping: it does not keep a session alive
	use    moorage.Call    // what is told of it
	method string
}

// begin notes a call as in flight, or says why it cannot be: because it comes
// too late for this session, or for another reason.
func (s *Session) begin(m jsonrpc.Message) (why *jsonrpc.Message, late bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := jsonrpc.Key(m.ID)
	var no jsonrpc.Message
	switch _, twice := s.calls[k]; {
	case s.ending != nil:
		no, late = jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, s.ending.Reason), true
	case s.draining:
		no, late = jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "A new deployment takes over. Connect again."), true
	case twice:
		no = jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidRequest, "A call with this id is in flight.")
	default:
		light := m.Method == "ping"
		s.calls[k] = call{id: m.ID, light: light, method: m.Method, use: s.teller.begin(m, s.now())}
		s.changed(light)
		return nil, false
	}
	return &no, late
}

// end takes a call out of flight and returns it.
func (s *Session) end(k string) (call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.calls[k]
	if !ok {
		return c, false
	}
	delete(s.calls, k)
	s.changed(c.light)
	if s.draining && len(s.calls) == 0 {
		close(s.quiet) // once: no call begins while it drains
	}
	return c, true
}

// refuse answers a call that could not be handed on.
func (s *Session) refuse(m jsonrpc.Message) {
	if c, ok := s.end(jsonrpc.Key(m.ID)); ok {
		no := jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "The server takes no more calls.")
		s.teller.end(c.use, &no, s.now())
		s.answer(no)
	}
}

// forget stops waiting for a call that the client has cancelled: a server
// need not answer it (MCP 2025-11-25, basic/utilities/cancellation).
func (s *Session) forget(m jsonrpc.Message) {
	var p struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(m.Params, &p) == nil {
		if c, ok := s.end(jsonrpc.Key(p.RequestID)); ok {
			s.teller.end(c.use, nil, s.now())
		}
	}
}

// changed notes activity; s.mu is held.
func (s *Session) changed(light bool) {
	if !light {
		s.lastCall = s.now()
	}
	ring(s.active)
}

// activity says whether a call is in flight, pings aside, and when one last
// began or ended.
func (s *Session) activity() (busy bool, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		busy = busy || !c.light
	}
	return busy, s.lastCall
}

// answer puts a message of the relay itself before what the server says.
func (s *Session) answer(m jsonrpc.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, m)
	ring(s.wake)
}

func (s *Session) nextAnswer() (jsonrpc.Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) == 0 {
		return jsonrpc.Message{}, false
	}
	m := s.answers[0]
	s.answers = s.answers[1:]
	return m, true
}

func (s *Session) ended() *Ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending
}

// takesNoMore reports whether new calls are refused.
func (s *Session) takesNoMore() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining || s.ending != nil
}

// drain refuses new calls from now on; quiet is closed after the last one.
func (s *Session) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	if len(s.calls) == 0 {
		close(s.quiet)
	}
}

// finish ends the session; the first cause counts. Calls in flight are
// answered at once.
func (s *Session) finish(why *Ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending != nil {
		return
	}
	s.ending = why
	for k, c := range s.calls {
		no := jsonrpc.Refusal(c.id, jsonrpc.CodeServerGone, why.Reason)
		s.answers = append(s.answers, no)
		if why.Cause == CauseClosed {
			s.teller.end(c.use, nil, s.now())
		} else {
			s.teller.end(c.use, &no, s.now())
		}
		delete(s.calls, k)
	}
	close(s.done)
}
