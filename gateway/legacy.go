package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

// legacyVersions are those with sessions, the newest first.
var legacyVersions = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// Versions from which on something is so.
const (
	sinceNoBatch = "2025-06-18"
	sincePriming = "2025-11-25"
)

// legacy answers a POST of the era with sessions.
func (g *Gateway) legacy(w http.ResponseWriter, r *http.Request, c Call, s said) {
	first := s.messages[0]
	begins := len(s.messages) == 1 && first.Method == methodInitialize && first.IsRequest() && r.Header.Get(headerSession) == ""
	var conv *conversation
	if begins {
		conv = g.newConversation(c, first)
		if err := g.add(conv); err != nil {
			fail(w, first.ID, err)
			return
		}
	} else if conv = g.session(w, r, c); conv == nil {
		return
	}
	if s.batch && !conv.batches() {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "This protocol version has no batches."))
		return
	}
	st, why := conv.open(s.messages, c)
	if why != nil {
		refuse(w, http.StatusBadRequest, *why)
		return
	}
	if err := conv.say(r.Context(), s.messages); err != nil {
		conv.fail(s.messages, err)
		if begins {
			g.drop(conv)
		}
		fail(w, first.ID, err)
		return
	}
	if st == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if begins {
		w.Header().Set(headerSession, conv.id)
	}
	g.reply(w, r, conv, st, s.batch, c)
	if begins && conv.refused() {
		g.drop(conv) // the server did not want this client
	}
}

// reply answers the calls of a POST from their stream: with one document when
// that is all, with events when it is more or takes long.
func (g *Gateway) reply(w http.ResponseWriter, r *http.Request, conv *conversation, st *stream, batch bool, c Call) {
	if !batch {
		if body, whole := g.first(r.Context(), st); whole {
			conv.retire(st)
			answer(w, http.StatusOK, body)
			return
		}
	}
	if r.Context().Err() != nil {
		return // the calls go on; whoever comes back finds their answers
	}
	g.stream(w, r, st, show{ids: true, prime: conv.speaks(sincePriming), still: c.Still})
}

// session finds the session that a request names, or answers why it cannot.
func (g *Gateway) session(w http.ResponseWriter, r *http.Request, c Call) *conversation {
	id := r.Header.Get(headerSession)
	if id == "" {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Send Mcp-Session-Id, or initialize first."))
		return nil
	}
	if v := r.Header.Get(headerVersion); v != "" && !slices.Contains(legacyVersions, v) {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "This Mcp-Protocol-Version is not known here."))
		return nil
	}
	conv := g.find(id, c)
	if conv == nil {
		refuse(w, http.StatusNotFound, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "There is no such session. Initialize again."))
		return nil
	}
	conv.touch()
	return conv
}

// listen answers a GET: what belongs to no call, or the rest of a stream that
// broke off.
func (g *Gateway) listen(w http.ResponseWriter, r *http.Request, c Call) {
	if !accepts(r, "text/event-stream") {
		refuse(w, http.StatusNotAcceptable, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Send Accept: text/event-stream."))
		return
	}
	conv := g.session(w, r, c)
	if conv == nil {
		return
	}
	st, from := conv.unasked, -1
	if last := r.Header.Get(headerLast); last != "" {
		id, n, ok := parseEventID(last)
		if st = conv.kept(id); !ok || st == nil {
			refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Nothing is known of this Last-Event-ID."))
			return
		}
		from = n
	}
	g.stream(w, r, st, show{from: from, ids: true, still: c.Still})
}

// leave answers a DELETE: the client wants the session no more.
func (g *Gateway) leave(w http.ResponseWriter, r *http.Request, c Call) {
	if conv := g.session(w, r, c); conv != nil {
		g.drop(conv)
		w.WriteHeader(http.StatusNoContent)
	}
}

// say hands the messages of a POST to the server, in their order.
func (c *conversation) say(ctx context.Context, messages []jsonrpc.Message) error {
	// What was accepted is done, also when the client goes: the answer is kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.g.o.CallTimeout)
	defer cancel()
	for _, m := range messages {
		if err := c.sayOne(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversation) sayOne(ctx context.Context, m jsonrpc.Message) error {
	switch {
	case m.IsResponse():
		return c.answerQuestion(ctx, m)
	case m.Method == methodInitialized:
		c.mu.Lock()
		c.greeted = true
		c.mu.Unlock()
	case m.Method == methodCancelled:
		c.cancelled(m)
	}
	if !m.IsRequest() && c.sleeps() {
		return nil // nothing that is no call wakes a server
	}
	return c.offer(ctx, m)
}

// answerQuestion hands the client's answer to the server that has asked.
func (c *conversation) answerQuestion(ctx context.Context, m jsonrpc.Message) error {
	c.mu.Lock()
	k := jsonrpc.Key(m.ID)
	q, ok := c.asked[k]
	delete(c.asked, k)
	c.mu.Unlock()
	if !ok {
		return nil // nobody wants to know any more
	}
	m.ID = q.id
	return q.by.session.Send(ctx, m.Bytes()) // also to one that drains: its call waits for this
}

// cancelled ends the stream of a call that the client does not want any more.
func (c *conversation) cancelled(m jsonrpc.Message) {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := jsonrpc.Key(params.Get("requestId"))
	if p := c.calls[k]; p != nil && p.method != methodInitialize {
		c.forget(k, p)
		p.stream.give()
	}
}

// fail answers a request with why it came to nothing.
func fail(w http.ResponseWriter, id json.RawMessage, err error) {
	status := http.StatusServiceUnavailable
	switch moorage.ErrorCode(err) {
	case moorage.Limited:
		w.Header().Set("Retry-After", "10")
		status = http.StatusTooManyRequests
	case moorage.NotFound:
		if errors.Is(err, errEnded) {
			status = http.StatusNotFound
		}
	}
	refuse(w, status, jsonrpc.Refusal(id, jsonrpc.CodeServerGone, sentence(err)))
}

// sentence is an error for the client, with what to do.
func sentence(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "The server did not take the call in time."
	}
	return strings.TrimSpace(moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err))
}

// expire answers a call of which nothing was heard for too long.
func (c *conversation) expire(k string, p *pending) {
	c.mu.Lock()
	if c.calls[k] != p {
		c.mu.Unlock()
		return
	}
	c.forget(k, p)
	b := c.back
	c.mu.Unlock()
	p.stream.put(jsonrpc.Refusal(p.id, jsonrpc.CodeServerGone, "The server did not answer within "+c.g.o.CallTimeout.String()+"."))
	if b == nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.g.life, time.Second)
	defer cancel()
	_, _ = b.session.Offer(ctx, jsonrpc.Notice(methodCancelled, map[string]any{"requestId": p.id, "reason": "It took too long."}))
}
