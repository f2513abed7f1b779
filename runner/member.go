package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"moorage/jsonrpc"
)

// Methods whose meaning a shared server makes the relay's business.
const (
	methodInitialize  = "initialize"
	methodInitialized = "notifications/initialized"
	methodCancelled   = "notifications/cancelled"
	methodProgress    = "notifications/progress"
	methodLog         = "notifications/message"
	methodUpdated     = "notifications/resources/updated"
	methodSubscribe   = "resources/subscribe"
	methodUnsubscribe = "resources/unsubscribe"
	methodListen      = "subscriptions/listen"
)

// member is one conversation with a server that others talk to as well: a link.
type member struct {
	hub    *hub
	in     chan jsonrpc.Message
	closed chan struct{}
	own    bool // it is Moorage's: it speaks beside all clients, and wants no log messages
	once   sync.Once
	calls  map[string]int64 // the hub's id by key of the member's; guarded by hub.mu
}

func (m *member) messages() <-chan jsonrpc.Message { return m.in }

func (m *member) reason() string { return "" }

// noise is the server's; nobody can tell whom it was meant for.
func (m *member) noise() int64 { return m.hub.link.noise() }

func (m *member) wait() {}

// put hands a message to the member, which reads until it is closed.
func (m *member) put(msg jsonrpc.Message) {
	select {
	case m.in <- msg:
	case <-m.closed:
	}
}

// answer puts an answer of the hub's own before the member.
func (m *member) answer(id json.RawMessage, result json.RawMessage) {
	select {
	case m.hub.local <- localAnswer{m, jsonrpc.Message{ID: id, Result: result}}:
	case <-m.hub.done:
	case <-m.closed:
	}
}

func (m *member) send(ctx context.Context, msg jsonrpc.Message) error {
	select {
	case <-m.closed:
		return errLinkClosed
	case <-m.hub.done:
		return errLinkClosed
	default:
	}
	out, ok := m.translate(msg)
	if !ok {
		return nil
	}
	err := m.hub.link.send(ctx, out)
	if err != nil && out.IsRequest() {
		m.hub.forget(out.ID)
	}
	return err
}

// translate is a message as the server gets it; false when it gets none.
func (m *member) translate(msg jsonrpc.Message) (jsonrpc.Message, bool) {
	switch {
	case msg.IsRequest():
		return m.ask(msg)
	case msg.IsResponse():
		return msg, false // nothing was asked of it
	case msg.Method == methodInitialized:
		m.hub.mu.Lock()
		defer m.hub.mu.Unlock()
		return msg, m.hub.greeting.tell()
	case msg.Method == methodCancelled:
		return m.cancel(msg)
	}
	return msg, true
}

// ask notes a request and gives it the ids of the hub.
func (m *member) ask(msg jsonrpc.Message) (jsonrpc.Message, bool) {
	c := &hubCall{by: m, id: msg.ID, method: msg.Method}
	params, meta := splitMeta(msg.Params)
	c.token = meta.Get("progressToken")
	c.logs = meta.Get(metaLogLevel) != nil

	h := m.hub
	h.mu.Lock()
	var result json.RawMessage
	forward := true
	switch msg.Method {
	case methodInitialize:
		forward, result = h.greeting.greet(m, msg.ID)
	case methodSubscribe:
		h.watch(m, params.Text("uri"))
	case methodUnsubscribe:
		if forward = h.unwatch(m, params.Text("uri")); !forward {
			result = json.RawMessage("{}")
		}
	}
	if forward {
		msg.ID = h.enlist(c)
	}
	h.mu.Unlock()
	if !forward {
		if result != nil {
			m.answer(c.id, result)
		}
		return msg, false
	}
	if c.token != nil {
		msg.Params = params.With("_meta", meta.With("progressToken", msg.ID).Raw()).Raw()
	}
	return msg, true
}

// cancel names a call to the server as it knows it.
func (m *member) cancel(msg jsonrpc.Message) (jsonrpc.Message, bool) {
	p, err := jsonrpc.ParseObject(msg.Params)
	if err != nil {
		return msg, false
	}
	k := jsonrpc.Key(p.Get("requestId"))
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	id, ok := m.calls[k]
	delete(m.calls, k)
	delete(m.hub.calls, id)
	msg.Params = p.With("requestId", rawID(id)).Raw()
	return msg, ok
}

// close leaves the hub. What the member has asked is cancelled.
func (m *member) close() {
	m.once.Do(func() {
		close(m.closed)
		for _, goodbye := range m.hub.leave(m) {
			m.hub.tell(goodbye)
		}
	})
}

// splitMeta takes parameters and their _meta apart, when anything in them is
// the hub's business; of others nothing is looked at.
func splitMeta(raw json.RawMessage) (params, meta jsonrpc.Object) {
	if !bytes.Contains(raw, []byte(`_meta`)) && !bytes.Contains(raw, []byte(`"uri"`)) {
		return nil, nil
	}
	params, _ = jsonrpc.ParseObject(raw) // an array has no _meta
	meta, _ = jsonrpc.ParseObject(params.Get("_meta"))
	return params, meta
}
