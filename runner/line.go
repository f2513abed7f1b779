package runner

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

// Line is a conversation of Moorage's own with a server, for somebody who makes
// many calls: they may be made at the same time. It has declared no capability,
// so that the server asks nothing of it.
type Line struct {
	session *Session
	meta    map[string]any // of each message; nil: the server speaks the era with initialize
	quiet   time.Duration
	life    context.Context
	done    chan struct{} // closed when nothing more is heard

	mu    sync.Mutex
	last  int64
	calls map[string]*asked // by key of their ids, which are their progress tokens, too
}

// asked is a call of a line that the server has not answered.
type asked struct {
	answer   chan jsonrpc.Message
	progress chan jsonrpc.Message
}

// ErrLineOver says that a line takes no more calls, and that this one was not
// made: the next line does.
var ErrLineOver = errors.New("the line takes no more calls")

// ofLines is what lines of one person have in common: they can share a server.
const ofLines = "lines"

// maxUnread is how many notices of progress may wait; what is more is left out.
const maxUnread = 64

// Open begins a conversation with the live deployment of a server, and starts an
// instance when it needs one. Errors are those of Connect, and Refused or
// Unavailable when the server does not want to be greeted.
func (r *Runner) Open(ctx context.Context, server moorage.ServerID, user moorage.UserID) (*Line, error) {
	timed, cancel := context.WithTimeout(ctx, r.o.CallTimeout)
	defer cancel()
	session, t, _, err := r.greet(ctx, timed, server, Guest{User: user, Alike: ofLines, Speaks: legacyVersion, Brief: true})
	if err != nil {
		return nil, err
	}
	l := &Line{session: session, quiet: r.o.CallTimeout, life: r.life, done: make(chan struct{}), calls: map[string]*asked{}}
	if t.modern {
		l.meta = t.meta()
	}
	go l.read() // until the session ends; Close waits for it
	return l, nil
}

// Ask makes one call and returns its answer, which may be an error of the
// server. progress hears of it meanwhile; nil when nobody wants to know. That
// ctx ends cancels the call. The error is ErrLineOver, or one for the person.
func (l *Line) Ask(ctx context.Context, method string, params jsonrpc.Object, progress func(jsonrpc.Message)) (jsonrpc.Message, error) {
	a := &asked{make(chan jsonrpc.Message, 1), make(chan jsonrpc.Message, maxUnread)}
	id := l.enlist(a)
	defer l.forget(id)
	meta, err := l.metaOf(params, id, progress != nil)
	if err != nil {
		return jsonrpc.Message{}, err
	}
	if meta != nil {
		params = params.With("_meta", meta.Raw())
	}
	taken, err := l.session.Offer(ctx, jsonrpc.Message{ID: id, Method: method, Params: params.Raw()})
	switch {
	case err != nil:
		return jsonrpc.Message{}, err
	case !taken:
		return jsonrpc.Message{}, ErrLineOver
	}
	return l.wait(ctx, method, id, a, progress)
}

// metaOf is the _meta of a call; nil for none.
func (l *Line) metaOf(params jsonrpc.Object, token json.RawMessage, progress bool) (jsonrpc.Object, error) {
	meta, err := jsonrpc.ParseObject(params.Get("_meta"))
	if err != nil {
		return nil, moorage.Errorf(moorage.Invalid, "The member _meta of a call must be an object.").Because(err)
	}
	for name, value := range l.meta {
		body, _ := json.Marshal(value) // plain values always marshal
		meta = meta.With(name, body)
	}
	if progress {
		meta = meta.With("progressToken", token)
	}
	return meta, nil
}

// wait hands on what is heard of a call until its answer.
func (l *Line) wait(ctx context.Context, method string, id json.RawMessage, a *asked, progress func(jsonrpc.Message)) (jsonrpc.Message, error) {
	silence := time.NewTimer(l.quiet)
	defer silence.Stop()
	for {
		select {
		case m := <-a.progress:
			silence.Reset(l.quiet)
			progress(m)
			continue
		default: // what was said before the answer comes before it
		}
		select {
		case m := <-a.progress:
			silence.Reset(l.quiet)
			progress(m)
		case m := <-a.answer:
			return m, nil
		case <-l.done:
			return l.lost(a)
		case <-silence.C:
			l.cancel(ctx, id)
			return jsonrpc.Message{}, moorage.Errorf(moorage.Unavailable, "The server did not answer %s within %s.", method, l.quiet).Try("Look at its output, and call again.")
		case <-ctx.Done():
			l.cancel(ctx, id)
			return jsonrpc.Message{}, ctx.Err()
		}
	}
}

// lost is what became of a call whose server has ended: it was answered just
// before, or the end is the reason.
func (l *Line) lost(a *asked) (jsonrpc.Message, error) {
	select {
	case m := <-a.answer:
		return m, nil
	default:
	}
	ending := l.session.ended()
	if ending == nil {
		ending = &Ending{Reason: "Moorage is stopping."}
	}
	return jsonrpc.Message{}, moorage.Errorf(moorage.Unavailable, "%s", ending.Reason).Try("Look at the server's output, and call again.").Because(ending)
}

// cancel tells the server that nobody waits for a call any more.
func (l *Line) cancel(ctx context.Context, id json.RawMessage) {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer end()
	_, _ = l.session.Offer(ctx, jsonrpc.Notice(methodCancelled, map[string]any{"requestId": id, "reason": "The client has gone, or waited too long."}))
}

func (l *Line) enlist(a *asked) json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	id := json.RawMessage("\"line-" + strconv.FormatInt(l.last, 10) + "\"")
	l.calls[jsonrpc.Key(id)] = a
	return id
}

func (l *Line) forget(id json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.calls, jsonrpc.Key(id))
}

// of is the call that an id or a progress token means; nil for none.
func (l *Line) of(id json.RawMessage) *asked {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[jsonrpc.Key(id)]
}

// read gives what the server says to the call that it belongs to.
func (l *Line) read() {
	defer close(l.done)
	for {
		m, err := l.session.Hear(l.life)
		if err != nil {
			return
		}
		switch {
		case m.IsResponse():
			if a := l.of(m.ID); a != nil {
				a.answer <- m // the only one
			}
		case m.IsRequest():
			l.reply(m)
		case m.Method == methodProgress:
			l.note(m)
		}
	}
}

// note keeps a notice of progress for its call.
func (l *Line) note(m jsonrpc.Message) {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	if a := l.of(params.Get("progressToken")); a != nil {
		select {
		case a.progress <- m:
		default:
		}
	}
}

// reply answers what the server asks: it was told that nothing is offered but pings.
func (l *Line) reply(m jsonrpc.Message) {
	ctx, end := context.WithTimeout(l.life, cancelGrace)
	defer end()
	answer := jsonrpc.Message{ID: m.ID, Result: json.RawMessage("{}")}
	if m.Method != "ping" {
		answer = jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "Moorage declared no capabilities.")
	}
	_, _ = l.session.Offer(ctx, answer)
}

// Close ends the conversation and returns when nothing of it is left.
func (l *Line) Close() {
	l.session.Close()
	<-l.done
}
