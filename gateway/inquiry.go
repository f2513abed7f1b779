package gateway

import (
	"context"
	"encoding/json"
	"strconv"

	"moorage/jsonrpc"
)

// inquiry is a request of a legacy server that the client has to answer.
type inquiry struct {
	key   string          // under which the client knows it
	id    json.RawMessage // under which the server does
	asked json.RawMessage // the request
}

// maxOpen is how many questions of one server may stand open.
const maxOpen = 32

// inquire takes a request of the server: for the newest call that can carry it,
// or else for the next one. What the client has not declared, and a ping, are
// answered here.
func (s *span) inquire(m jsonrpc.Message) {
	reply := jsonrpc.Message{ID: m.ID, Result: json.RawMessage("{}")}
	switch {
	case m.Method == "ping":
	case !mayBeAsked(s.able, m):
		reply = jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "The client has declared no capability for that.")
	case !s.note(m):
		reply = jsonrpc.Refusal(m.ID, jsonrpc.CodeInternal, "As many questions as may be are open.")
	default:
		return
	}
	ctx, cancel := context.WithTimeout(s.b.g.life, goodbyeTimeout)
	defer cancel()
	s.tell(ctx, reply)
}

// note puts a question where it is asked; false when there are too many.
func (s *span) note(m jsonrpc.Message) bool {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	open := len(s.held)
	var to *crossing
	for _, x := range s.calls {
		open += len(x.questions)
		if x.carries() && (to == nil || to.waits && !x.waits || to.waits == x.waits && x.number > to.number) {
			to = x
		}
	}
	if open >= maxOpen {
		return false
	}
	s.asked++
	q := inquiry{key: "q" + strconv.Itoa(s.asked), id: m.ID, asked: inputRequest(m)}
	if to == nil {
		s.held = append(s.held, q)
		return true
	}
	to.questions = append(to.questions, q)
	to.stream.ring()
	return true
}

// withdraw forgets a question that the server does not ask any more. b.mu is held.
func (s *span) withdraw(m jsonrpc.Message) {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	id := jsonrpc.Key(params.Get("requestId"))
	s.held = without(s.held, id)
	for _, x := range s.calls {
		x.questions = without(x.questions, id)
	}
}

// without are the questions that have another id than this, by its key.
func without(all []inquiry, id string) []inquiry {
	var kept []inquiry
	for _, q := range all {
		if jsonrpc.Key(q.id) != id {
			kept = append(kept, q)
		}
	}
	return kept
}

// answersOf are the client's answers, by the keys of their questions. why says
// what cannot be read in them.
func answersOf(d declared) (answers jsonrpc.Object, why string) {
	answers, err := jsonrpc.ParseObject(d.params.Get("inputResponses"))
	if err != nil {
		return nil, "inputResponses cannot be read: " + err.Error() + "."
	}
	for i, a := range answers {
		o, err := jsonrpc.ParseObject(a.Value)
		if err != nil || a.Value[0] != '{' {
			return nil, "An answer in inputResponses is not an object."
		}
		answers[i].Value = o.Without("resultType").Raw()
	}
	return answers, ""
}

// answer hands the client's answers to the server. Questions without one are
// asked again.
func (x *crossing) answer(ctx context.Context, answers jsonrpc.Object) {
	var replies []jsonrpc.Message
	x.span.b.mu.Lock()
	var open []inquiry
	for _, q := range x.questions {
		if result := answers.Get(q.key); result != nil {
			replies = append(replies, jsonrpc.Message{ID: q.id, Result: result})
		} else {
			open = append(open, q)
		}
	}
	if x.questions = open; !x.flies() { // the server has answered meanwhile
		x.span.forget(x)
	}
	x.span.b.mu.Unlock()
	for _, m := range replies {
		x.span.tell(ctx, m)
	}
}
