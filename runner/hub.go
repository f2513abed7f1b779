package runner

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"moorage/jsonrpc"
)

// hub lets several conversations share one stdio server. Each member speaks as
// if it were alone: ids, progress tokens and subscription ids are the hub's own
// on the way to the server, and the member's again on the way back. What cannot
// be told apart, requests of the server above all, reaches no member: who needs
// that has a server of its own.
type hub struct {
	link   link
	life   context.Context
	modern bool // its members speak 2026-07-28: no session, no unasked word
	mixed  bool // they are of several people: what may be one's reaches no other
	local  chan localAnswer
	done   chan struct{} // closed when the server has ended

	mu       sync.Mutex
	last     int64              // id of a call
	calls    map[int64]*hubCall // in flight, by the hub's id
	members  map[*member]struct{}
	greeting greeting
	watchers map[string]map[*member]struct{} // by URI of a resource
}

// localAnswer is what the hub itself answers a member.
type localAnswer struct {
	to *member
	m  jsonrpc.Message
}

// hubCall is a request that the server has not answered.
type hubCall struct {
	by     *member // nil: the hub's own, whose answer nobody wants
	id     json.RawMessage
	token  json.RawMessage // of its progress, as the member wrote it; nil: none
	method string
	logs   bool // it asked for log messages (2026-07-28)
}

// newHub begins to share a link, and owns it from now on.
func newHub(ctx context.Context, l link, modern, mixed bool) *hub {
	h := &hub{
		link: l, life: ctx, modern: modern, mixed: mixed, local: make(chan localAnswer), done: make(chan struct{}),
		calls: map[int64]*hubCall{}, members: map[*member]struct{}{}, watchers: map[string]map[*member]struct{}{},
	}
	go h.read() // done says when it has ended
	return h
}

// open adds a member; nil when the server has ended.
func (h *hub) open() *member {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.members == nil {
		return nil
	}
	m := &member{hub: h, in: make(chan jsonrpc.Message, inbox), closed: make(chan struct{}), calls: map[string]int64{}}
	h.members[m] = struct{}{}
	return m
}

// read hands on what the server says, until it has ended. It alone puts
// messages before members.
func (h *hub) read() {
	defer close(h.done)
	for {
		select {
		case m, ok := <-h.link.messages():
			if !ok {
				h.end()
				return
			}
			h.take(m)
		case a := <-h.local:
			a.to.put(a.m)
		}
	}
}

func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for m := range h.members {
		close(m.in)
	}
	h.members = nil
}

func (h *hub) take(m jsonrpc.Message) {
	switch {
	case m.IsResponse():
		h.answer(m)
	case m.IsRequest():
		h.refuse(m)
	default:
		h.spread(m)
	}
}

// answer gives an answer to the member that has asked.
func (h *hub) answer(m jsonrpc.Message) {
	h.mu.Lock()
	id := hubID(m.ID)
	c := h.calls[id]
	if c == nil {
		h.mu.Unlock()
		return
	}
	delete(h.calls, id)
	var waiting []greeted
	if c.method == "initialize" {
		waiting = h.greeting.said(m)
	}
	if c.by != nil {
		delete(c.by.calls, jsonrpc.Key(c.id))
	}
	h.mu.Unlock()
	for _, w := range waiting {
		w.by.put(jsonrpc.Message{ID: w.id, Result: m.Result, Err: m.Err})
	}
	if c.by == nil {
		return
	}
	m.ID = c.id
	if c.method == methodListen {
		m.Result = withSubscription(m.Result, c.id)
	}
	c.by.put(m)
}

// refuse answers a request of the server itself: nobody can tell whom it means.
func (h *hub) refuse(m jsonrpc.Message) {
	reply := jsonrpc.Message{ID: m.ID, Result: json.RawMessage("{}")}
	if m.Method != "ping" {
		reply = jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "The clients of this server have declared no capability for that.")
	}
	h.tell(reply)
}

// tell sends what wants no answer. A server that does not read does not hold up
// the hub: what it cannot be told now is left out.
func (h *hub) tell(m jsonrpc.Message) {
	ctx, cancel := context.WithTimeout(h.life, cancelGrace)
	defer cancel()
	_ = h.link.send(ctx, m)
}

// enlist gives a request of a member an id of the hub's own. h.mu is held.
func (h *hub) enlist(c *hubCall) json.RawMessage {
	h.last++
	h.calls[h.last] = c
	if c.by != nil {
		c.by.calls[jsonrpc.Key(c.id)] = h.last
	}
	return rawID(h.last)
}

// rawID is an id of the hub as it stands in a message.
func rawID(id int64) json.RawMessage { return strconv.AppendInt(nil, id, 10) }

// hubID is an id of the hub as a server wrote it back; 0 for one of another's.
func hubID(raw json.RawMessage) int64 {
	digits, _ := strings.CutPrefix(jsonrpc.Key(raw), "n")
	id, _ := strconv.ParseInt(digits, 10, 64)
	return id
}
