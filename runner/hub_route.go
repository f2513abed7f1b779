package runner

import (
	"encoding/json"

	"moorage/jsonrpc"
)

// Keys of _meta in the modern era (MCP 2026-07-28, basic).
const (
	metaLogLevel     = "io.modelcontextprotocol/logLevel"
	metaSubscription = "io.modelcontextprotocol/subscriptionId"
)

// spread gives a notification of the server to whom it is meant for.
func (h *hub) spread(m jsonrpc.Message) {
	params, meta := splitMeta(m.Params)
	if id := meta.Get(metaSubscription); id != nil {
		h.toListener(m, params, meta, id)
		return
	}
	switch m.Method {
	case methodProgress:
		h.toAsker(m)
	case methodCancelled: // of a request that was refused
	case methodLog:
		h.put(m, h.loggers())
	case methodUpdated:
		h.put(m, h.watching(params.Text("uri")))
	default:
		if !h.mixed || listChanges(m.Method) {
			h.put(m, h.everybody())
		}
	}
}

func (h *hub) put(m jsonrpc.Message, to []*member) {
	for _, one := range to {
		one.put(m)
	}
}

// toAsker hands on the progress of a call, with the token that its member knows.
func (h *hub) toAsker(m jsonrpc.Message) {
	p, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	h.mu.Lock()
	c := h.calls[hubID(p.Get("progressToken"))]
	h.mu.Unlock()
	if c == nil || c.by == nil || c.token == nil {
		return
	}
	m.Params = p.With("progressToken", c.token).Raw()
	c.by.put(m)
}

// toListener hands on what a subscription brings (MCP 2026-07-28, basic/subscriptions).
func (h *hub) toListener(m jsonrpc.Message, params, meta jsonrpc.Object, id json.RawMessage) {
	h.mu.Lock()
	c := h.calls[hubID(id)]
	h.mu.Unlock()
	if c == nil || c.by == nil {
		return
	}
	m.Params = params.With("_meta", meta.With(metaSubscription, c.id).Raw()).Raw()
	c.by.put(m)
}

// withSubscription names the subscription in its last word as the member does.
func withSubscription(result, id json.RawMessage) json.RawMessage {
	o, meta := splitMeta(result)
	if meta.Get(metaSubscription) == nil {
		return result
	}
	return o.With("_meta", meta.With(metaSubscription, id).Raw()).Raw()
}

// loggers are the members that a log message may be for. On a stream that many
// share it says nothing of its call: it goes to the one that has asked, when it
// is the only one. All of them may read it otherwise when they are one person's;
// calls of the modern era may be of anybody's client.
func (h *hub) loggers() []*member {
	h.mu.Lock()
	var one *member
	askers := 0
	for _, c := range h.calls {
		if c.by != nil && !c.by.own && (c.logs || !h.modern) && c.by != one {
			one = c.by
			askers++
		}
	}
	h.mu.Unlock()
	switch {
	case askers == 1:
		return []*member{one}
	case h.modern, h.mixed:
		return nil
	}
	return h.everybody()
}

// listChanges reports whether a notification says what a server has, which is
// the same for everybody.
func listChanges(method string) bool {
	switch method {
	case "notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed":
		return true
	}
	return false
}

// everybody is who hears what was said to nobody in particular: in the modern
// era nobody, as lists change for those who listen.
func (h *hub) everybody() []*member {
	if h.modern {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*member, 0, len(h.members))
	for m := range h.members {
		all = append(all, m)
	}
	return all
}

// forget takes a call back that could not be sent.
func (h *hub) forget(id json.RawMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.calls[hubID(id)]
	if c != nil {
		delete(h.calls, hubID(id))
		if c.method == methodInitialize {
			h.greeting.asked = false
		}
		if c.by != nil {
			delete(c.by.calls, jsonrpc.Key(c.id))
		}
	}
}

// leave takes a member out, and returns what the server must be told of it.
func (h *hub) leave(m *member) []jsonrpc.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.members, m)
	var goodbyes []jsonrpc.Message
	for _, id := range m.calls {
		if c := h.calls[id]; c.method == methodInitialize {
			c.by = nil // others may wait for the answer
			continue
		}
		delete(h.calls, id)
		goodbyes = append(goodbyes, jsonrpc.Notice(methodCancelled, map[string]any{"requestId": id, "reason": "The client has gone."}))
	}
	clear(m.calls)
	for uri, who := range h.watchers {
		if _, ok := who[m]; ok && h.unwatch(m, uri) {
			params := jsonrpc.Object{{Name: "uri", Value: jsonString(uri)}}.Raw()
			goodbyes = append(goodbyes, jsonrpc.Message{ID: h.enlist(&hubCall{}), Method: methodUnsubscribe, Params: params})
		}
	}
	return goodbyes
}

func jsonString(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string always marshals
	return b
}
