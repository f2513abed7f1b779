package gateway

import (
	"encoding/json"
	"strconv"
	"time"

	"moorage/jsonrpc"
)

// Methods that decide where a message goes, or what a session is.
const (
	methodInitialize  = "initialize"
	methodInitialized = "notifications/initialized"
	methodCancelled   = "notifications/cancelled"
	methodProgress    = "notifications/progress"
	methodLog         = "notifications/message"

	methodToolsChanged     = "notifications/tools/list_changed"
	methodPromptsChanged   = "notifications/prompts/list_changed"
	methodResourcesChanged = "notifications/resources/list_changed"
	methodUpdated          = "notifications/resources/updated"
)

// pending is a call that the server has not answered.
type pending struct {
	id     json.RawMessage
	token  json.RawMessage // of its progress; nil: none
	method string
	by     Call
	stream *stream
	timer  *time.Timer // fires when nothing was heard of it for too long
}

// question is a request of the server that the client has not answered.
type question struct {
	by     *back
	id     json.RawMessage // as the server wrote it
	stream *stream
}

// route gives what the server says to the stream that it belongs to. Over stdio
// much says nothing of its call.
func (c *conversation) route(b *back, m jsonrpc.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
	case m.IsResponse():
		c.settle(m)
	case m.IsRequest():
		c.ask(b, m)
	case m.Method == methodProgress:
		if p := c.progress[tokenOf(m)]; p != nil {
			p.timer.Reset(c.g.o.CallTimeout)
			p.stream.put(m)
		}
	case m.Method == methodCancelled:
		c.withdraw(b, m)
	case changes(m.Method):
		c.unasked.put(m)
	default:
		c.stream().put(m)
	}
}

// settle puts an answer on the stream of its call. c.mu is held.
func (c *conversation) settle(m jsonrpc.Message) {
	k := jsonrpc.Key(m.ID)
	p := c.calls[k]
	if p == nil {
		return
	}
	c.forget(k, p)
	if p.method == methodInitialize && c.version == "" && m.Result != nil {
		var said struct {
			Version string `json:"protocolVersion"`
		}
		if json.Unmarshal(m.Result, &said) == nil {
			c.version = said.Version
		}
	}
	m.ID = p.id
	p.stream.put(p.by.view().Narrow(p.method, m))
}

// forget takes a call out of flight. c.mu is held.
func (c *conversation) forget(k string, p *pending) {
	p.timer.Stop()
	delete(c.calls, k)
	if p.token != nil && c.progress[jsonrpc.Key(p.token)] == p { // a newer call may use the same token
		delete(c.progress, jsonrpc.Key(p.token))
	}
	c.used = c.g.o.Now()
}

// ask puts a request of the server before the client, under an id of ours:
// servers that come one after the other may use the same. c.mu is held.
func (c *conversation) ask(b *back, m jsonrpc.Message) {
	s := c.stream()
	c.lastAsk++
	id := json.RawMessage(strconv.Quote("moorage-" + strconv.Itoa(c.lastAsk)))
	c.asked[jsonrpc.Key(id)] = question{b, m.ID, s}
	m.ID = id
	s.put(m)
}

// withdraw tells the client that the server does not want to know any more.
// c.mu is held.
func (c *conversation) withdraw(b *back, m jsonrpc.Message) {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	id := jsonrpc.Key(params.Get("requestId"))
	for ours, q := range c.asked {
		if q.by == b && jsonrpc.Key(q.id) == id {
			delete(c.asked, ours)
			m.Params = params.With("requestId", json.RawMessage(strconv.Quote(ours[1:]))).Raw()
			q.stream.put(m)
			return
		}
	}
}

// stream is where something goes that says nothing of its call: to the only
// call, when there is one; to the stream of no call, when that is read; else to
// the newest call. c.mu is held.
func (c *conversation) stream() *stream {
	var live []*stream
	for _, s := range c.order {
		if !s.finished() && s.listened() {
			live = append(live, s)
		}
	}
	switch {
	case len(live) == 1:
		return live[0]
	case len(live) > 1 && !c.unasked.listened():
		return live[len(live)-1]
	}
	return c.unasked
}

// changes reports whether a notification is about what a server has, not about
// a call.
func changes(method string) bool {
	switch method {
	case methodToolsChanged, methodPromptsChanged, methodResourcesChanged, methodUpdated:
		return true
	}
	return false
}

func tokenOf(m jsonrpc.Message) string {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return ""
	}
	return jsonrpc.Key(params.Get("progressToken"))
}
