package aggregate

import (
	"context"
	"errors"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// lines are the conversations with servers: one for each session and server, so
// that what a session has told a server stays with it. Calls without a session
// share those of their person.
type lines struct {
	open opener
	idle time.Duration
	now  func() time.Time
	work sync.WaitGroup

	mu     sync.Mutex
	places map[lineKey]*place
	closed bool
}

// lineKey says whose line it is; session is "" for calls that have none.
type lineKey struct {
	session string
	user    moorage.UserID
	server  moorage.ServerID
}

// place is where a line is, when there is one.
type place struct {
	gate chan struct{} // holds one: who may look at line
	line *runner.Line  // nil: none

	calls int // this and used are guarded by lines.mu
	used  time.Time
}

func newLines(o Options) *lines {
	return &lines{open: o.Runner, idle: o.IdleTimeout, now: o.Now, places: map[lineKey]*place{}}
}

// tries bounds how often a call is offered: what answers may be replaced, or
// stopped, in between.
const tries = 3

// question is a call of a server; see runner.Line.
type question struct {
	method   string
	params   jsonrpc.Object
	progress func(jsonrpc.Message)
	still    func(ctx context.Context) error // says why the caller may not go on
}

// ask makes one call of a server.
func (l *lines) ask(ctx context.Context, key lineKey, q question) (jsonrpc.Message, error) {
	p, err := l.enter(key)
	if err != nil {
		return jsonrpc.Message{}, err
	}
	defer l.leave(p)
	var over *runner.Line
	for range tries {
		line, err := l.line(ctx, key, p, over)
		if err != nil {
			return jsonrpc.Message{}, err
		}
		// Whoever was told to go while a server started is not on its list of those who call.
		if err := q.still(ctx); err != nil {
			return jsonrpc.Message{}, err
		}
		m, err := line.Ask(ctx, q.method, q.params, q.progress)
		if !errors.Is(err, runner.ErrLineOver) {
			return m, err
		}
		over = line
	}
	return jsonrpc.Message{}, moorage.Errorf(moorage.Unavailable, "The server is being replaced or stopped.").Try("Try again in a moment.")
}

// enter takes part in a place, so that it stays.
func (l *lines) enter(key lineKey) (*place, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, moorage.Errorf(moorage.Unavailable, "Moorage is stopping.").Try("Try again when it is back.")
	}
	p := l.places[key]
	if p == nil {
		p = &place{gate: make(chan struct{}, 1)}
		l.places[key] = p
	}
	p.calls++
	return p, nil
}

func (l *lines) leave(p *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.calls--
	p.used = l.now()
}

// line is the line at a place; another one than over, which takes no calls.
func (l *lines) line(ctx context.Context, key lineKey, p *place, over *runner.Line) (*runner.Line, error) {
	select {
	case p.gate <- struct{}{}:
		defer func() { <-p.gate }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.line != nil && p.line == over {
		l.drop(p)
	}
	if p.line == nil {
		line, err := l.open.Open(ctx, key.server, key.user)
		if err != nil {
			return nil, err
		}
		p.line = line
	}
	return p.line, nil
}

// drop ends the line at a place, whose gate is held or which nobody can reach.
func (l *lines) drop(p *place) {
	if line := p.line; line != nil {
		p.line = nil
		l.work.Go(line.Close)
	}
}

// sweep ends the lines that nobody has used for long.
func (l *lines) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, p := range l.places {
		if p.calls == 0 && now.Sub(p.used) >= l.idle {
			delete(l.places, key)
			l.drop(p)
		}
	}
}

// close ends all of them, and the calls that run in them, and waits until
// nothing of them is left.
func (l *lines) close() {
	l.mu.Lock()
	l.closed = true
	places := l.places
	l.places = nil
	l.mu.Unlock()
	for _, p := range places {
		p.gate <- struct{}{} // until who looks for a line has one
		l.drop(p)
		<-p.gate
	}
	l.work.Wait()
}
