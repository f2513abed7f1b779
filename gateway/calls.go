package gateway

import (
	"crypto/rand"
	"slices"
	"time"

	"moorage/jsonrpc"
)

// open makes the stream on which the calls of a POST are answered; nil when
// there is none among the messages. why says that one cannot be made.
func (c *conversation) open(messages []jsonrpc.Message, by Call) (st *stream, why *jsonrpc.Message) {
	var calls []jsonrpc.Message
	for _, m := range messages {
		if m.IsRequest() {
			calls = append(calls, m)
		}
	}
	if len(calls) == 0 {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]string, len(calls))
	for i, m := range calls {
		keys[i] = jsonrpc.Key(m.ID)
		if c.calls[keys[i]] != nil || slices.Contains(keys[:i], keys[i]) {
			no := jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidRequest, "A call with this id is in flight.")
			return nil, &no
		}
		if no := by.view().Refuses(m); no != nil {
			return nil, no
		}
	}
	st = newStream(rand.Text()[:12], len(calls))
	for i, m := range calls {
		c.await(keys[i], m, st, by)
	}
	c.keep(st)
	return st, nil
}

// await notes a call as in flight. c.mu is held.
func (c *conversation) await(k string, m jsonrpc.Message, st *stream, by Call) {
	p := &pending{id: m.ID, method: m.Method, stream: st, by: by}
	if params, err := jsonrpc.ParseObject(m.Params); err == nil {
		if meta, err := jsonrpc.ParseObject(params.Get("_meta")); err == nil {
			p.token = meta.Get("progressToken")
		}
	}
	p.timer = time.AfterFunc(c.g.o.CallTimeout, func() { c.expire(k, p) })
	c.calls[k] = p
	if p.token != nil {
		c.progress[jsonrpc.Key(p.token)] = p
	}
	c.used = c.g.o.Now()
}

// keep remembers a stream, so that a client can come back to it, and forgets
// the oldest of those that have ended. c.mu is held.
func (c *conversation) keep(st *stream) {
	c.streams[st.id] = st
	c.order = append(c.order, st)
	for i := 0; len(c.order) > maxStreams && i < len(c.order); {
		if old := c.order[i]; old.finished() {
			delete(c.streams, old.id)
			c.order = slices.Delete(c.order, i, i+1)
			continue
		}
		i++
	}
}

// retire forgets a stream whose answer the client has.
func (c *conversation) retire(st *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.streams, st.id)
	if i := slices.Index(c.order, st); i >= 0 {
		c.order = slices.Delete(c.order, i, i+1)
	}
}

// kept is the stream that a client comes back to; nil when nobody knows it.
func (c *conversation) kept(id string) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams[id]
}

// fail takes the calls of a POST out of flight that could not be handed on.
func (c *conversation) fail(messages []jsonrpc.Message, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range messages {
		if !m.IsRequest() {
			continue
		}
		k := jsonrpc.Key(m.ID)
		if p := c.calls[k]; p != nil {
			c.forget(k, p)
			p.stream.put(jsonrpc.Refusal(p.id, jsonrpc.CodeServerGone, sentence(err)))
		}
	}
}

func (c *conversation) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = c.g.o.Now()
}

// batches reports whether the client may send several messages at once.
func (c *conversation) batches() bool { return !c.speaks(sinceNoBatch) }

// speaks reports whether the version that was agreed on is at least v.
func (c *conversation) speaks(v string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version >= v
}

// refused reports whether the server has answered the greeting with an error.
func (c *conversation) refused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version == "" && len(c.calls) == 0
}
