package runner

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"

	"moorage"
	"moorage/jsonrpc"
)

// aside is what Moorage itself says to an instance, beside its clients: it asks
// how the server is, and what it lists. Over HTTP, and through a hub, it is one
// more conversation. A server over stdio that has one client is asked within that
// client's conversation, with ids that no client can know. To be asked is no use:
// it keeps no instance running.
type aside struct {
	version string // of Moorage
	ids     string // what the ids of its calls begin with
	news    chan struct{}
	ended   chan struct{} // of the instance
	going   chan struct{} // closed when the instance stops: a stream of ours shall not hold it up
	once    sync.Once
	turn    chan struct{} // held by who begins or ends the conversation, or asks in it

	mu      sync.Mutex
	open    bool               // the server can be asked
	line    link               // what is asked goes over; nil: nothing was asked yet, or the server has forgotten us
	over    chan struct{}      // closed when the line has ended
	modern  bool               // the server speaks MCP 2026-07-28 here
	listens bool               // to changes, which has to be asked for in that era
	known   bool               // said was said
	said    moorage.ServerInfo // of itself
	waiting map[string]chan jsonrpc.Message
	last    int
	unread  map[moorage.OfferKind]bool
	page    page
}

func newAside(version string, news, ended chan struct{}) *aside {
	a := &aside{version: version, ids: "moorage " + rand.Text() + " ", news: news, ended: ended, going: make(chan struct{}),
		turn: make(chan struct{}, 1), waiting: map[string]chan jsonrpc.Message{}, unread: map[moorage.OfferKind]bool{}}
	for _, kind := range moorage.OfferKinds() {
		a.unread[kind] = true
	}
	return a
}

// leave ends a conversation of our own.
func (a *aside) leave() { a.once.Do(func() { close(a.going) }) }

// take waits for the turn, which the caller gives back by calling done.
func (a *aside) take(ctx context.Context) (done func(), err error) {
	select {
	case a.turn <- struct{}{}:
		return func() { <-a.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// admit says that the server can be asked from now on; within is the
// conversation to ask it in, nil for one of our own.
func (a *aside) admit(within link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open {
		return
	}
	a.open = true
	if within != nil {
		a.line, a.over = within, a.ended
	}
	ring(a.news)
}

// isOpen reports whether the server can be asked, and whether it lists what was
// not read.
func (a *aside) isOpen() (open, unread bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open, len(a.unread) > 0
}

// met takes what the server has answered to a client that greeted it.
func (a *aside) met(result json.RawMessage) {
	var said introduction
	if json.Unmarshal(result, &said) == nil {
		a.learn(said.info())
	}
}

func (a *aside) learn(said moorage.ServerInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said, a.known = said, true
}

// mine takes what the server says, and reports whether it was said to us alone.
func (a *aside) mine(m jsonrpc.Message) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.IsResponse() {
		key := jsonrpc.Key(m.ID)
		answer, ok := a.waiting[key]
		if ok {
			delete(a.waiting, key)
			answer <- m
		}
		return ok
	}
	kinds := changed(m.Method)
	for _, kind := range kinds {
		a.unread[kind] = true
	}
	if len(kinds) > 0 {
		ring(a.news)
	}
	return false
}

// changed are the kinds of offers that a notification says to be others now.
func changed(method string) []moorage.OfferKind {
	switch method {
	case "notifications/tools/list_changed":
		return []moorage.OfferKind{moorage.OfferTool}
	case "notifications/prompts/list_changed":
		return []moorage.OfferKind{moorage.OfferPrompt}
	case "notifications/resources/list_changed":
		return []moorage.OfferKind{moorage.OfferResource, moorage.OfferTemplate}
	}
	return nil
}

// ask makes a call and waits for its answer: an asker. The error is
// errLinkClosed when the conversation is over.
func (a *aside) ask(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	line, over, m, answer, err := a.enlist(method, params)
	if err != nil {
		return nil, err
	}
	defer a.strike(m)
	if err := line.send(ctx, m); err != nil && !errors.Is(err, errLinkClosed) { // or else it is over soon
		return nil, err
	}
	select {
	case said := <-answer:
		return result(said)
	case <-over:
		return nil, errLinkClosed
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
		defer cancel()
		_ = line.send(grace, jsonrpc.Notice(methodCancelled, map[string]any{"requestId": m.ID, "reason": "Moorage has waited too long."}))
		return nil, ctx.Err()
	}
}

// enlist makes a call that an answer is waited for.
func (a *aside) enlist(method string, params map[string]any) (link, chan struct{}, jsonrpc.Message, chan jsonrpc.Message, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.line == nil {
		return nil, nil, jsonrpc.Message{}, nil, errLinkClosed
	}
	if a.modern {
		params = maps.Clone(params)
		params["_meta"] = (&talk{client: a.version}).meta()
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, nil, jsonrpc.Message{}, nil, fmt.Errorf("encode %s: %w", method, err)
	}
	a.last++
	m := jsonrpc.Message{ID: jsonString(fmt.Sprint(a.ids, a.last)), Method: method, Params: body}
	answer := make(chan jsonrpc.Message, 1)
	a.waiting[jsonrpc.Key(m.ID)] = answer
	return a.line, a.over, m, answer, nil
}

// strike stops waiting for the answer to a call.
func (a *aside) strike(m jsonrpc.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, jsonrpc.Key(m.ID))
}
