package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// Options is what a Gateway needs. Zero durations and counts mean the defaults.
type Options struct {
	Origin  string   // our URL: pages of other origins are refused
	Origins []string // but these
	Runner  connector
	Tools   tools

	IdleTimeout time.Duration // a session without a call gives its instance back after it; default 5 minutes
	CallTimeout time.Duration // of a call, since it or its server last said something; default 5 minutes
	Forget      time.Duration // a session that nobody uses ends after it; default 24 hours
	PerUser     int           // sessions of one person; default 1,000
	StreamAfter time.Duration // an answer that takes longer becomes a stream; default 500 ms

	AnswerTimeout  time.Duration // a bridged call whose client is asked something is given up after it; default 5 minutes
	WaitingPerUser int           // bridged calls of one person that wait so; default 32

	Version string // of Moorage
	Logger  *slog.Logger
	Now     func() time.Time
}

// connector begins conversations with what is live.
type connector interface {
	Connect(ctx context.Context, server moorage.ServerID, guest runner.Guest) (*runner.Session, error)
}

// tools says which tools the live deployment of a server has.
type tools interface {
	Tools(ctx context.Context, server moorage.ServerID) ([]moorage.Offer, error)
}

// Gateway serves MCP over HTTP. All methods may be called at the same time.
type Gateway struct {
	o      Options
	proxy  *httputil.ReverseProxy
	bridge *bridge
	life   context.Context // outlives every request; Close ends it
	end    context.CancelFunc
	work   sync.WaitGroup

	mu            sync.Mutex
	conversations map[string]*conversation // by session id
	held          map[moorage.UserID]int   // sessions of each person
	eras          map[moorage.DeploymentID]era
}

// New returns a gateway without sessions. Call Run beside it, and Close at the
// end: that ctx ends does not close it.
func New(ctx context.Context, o Options) *Gateway {
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	o.CallTimeout = cmp.Or(o.CallTimeout, 5*time.Minute)
	o.Forget = cmp.Or(o.Forget, 24*time.Hour)
	o.StreamAfter = cmp.Or(o.StreamAfter, 500*time.Millisecond)
	o.PerUser = cmp.Or(o.PerUser, 1000)
	o.AnswerTimeout = cmp.Or(o.AnswerTimeout, 5*time.Minute)
	o.WaitingPerUser = cmp.Or(o.WaitingPerUser, 32)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	g := &Gateway{
		o: o, proxy: newProxy(o.CallTimeout, o.Logger), life: life, end: end, conversations: map[string]*conversation{},
		held: map[moorage.UserID]int{}, eras: map[moorage.DeploymentID]era{},
	}
	g.bridge = newBridge(g)
	return g
}

// Call is one request of a client whose token was good.
type Call struct {
	Caller moorage.Caller
	Server moorage.Server
	Held   moorage.Holding // what the server lists and nobody gets

	// Still says whether the caller may go on: a stream asks at every beat.
	Still func(ctx context.Context) error
}

// view is what the caller gets of what the server offers.
func (c Call) view() runner.View {
	return runner.View{Slug: c.Server.Slug, Scope: c.Caller.Scope, Held: c.Held}
}

// Serve answers one HTTP request of MCP (MCP 2025-11-25 and 2026-07-28,
// basic/transports: Streamable HTTP). It always writes an answer.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request, c Call) {
	if origin := r.Header.Get("Origin"); origin != "" && origin != g.o.Origin && !slices.Contains(g.o.Origins, origin) {
		refuse(w, http.StatusForbidden, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Pages of another site may not call this server."))
		return
	}
	switch r.Method {
	case http.MethodPost:
		g.post(w, r, c)
	case http.MethodGet, http.MethodDelete:
		if isModern(r.Header.Get(headerVersion)) {
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "This protocol version has POST only."))
			return
		}
		if r.Method == http.MethodGet {
			g.listen(w, r, c)
			return
		}
		g.leave(w, r, c)
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		refuse(w, http.StatusMethodNotAllowed, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Use GET, POST or DELETE."))
	}
}

// post reads what a client says and answers in the era that it speaks.
func (g *Gateway) post(w http.ResponseWriter, r *http.Request, c Call) {
	said, ok := read(w, r)
	if !ok {
		return
	}
	if isModern(r.Header.Get(headerVersion)) || !said.batch && saysModern(said.messages[0]) {
		if said.batch {
			refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "This protocol version has no batches."))
			return
		}
		g.modern(w, r, c, said.messages[0])
		return
	}
	g.legacy(w, r, c, said)
}

// Run takes instances back from sessions that idle, and forgets sessions that
// nobody uses, until ctx ends.
func (g *Gateway) Run(ctx context.Context) {
	tick := time.NewTicker(min(g.o.IdleTimeout/4, sweepEvery))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.sweep()
		case <-ctx.Done():
			return
		}
	}
}

const sweepEvery = 15 * time.Second

// sweep looks at every session once.
func (g *Gateway) sweep() {
	now := g.o.Now()
	for _, c := range g.all() {
		if c.rest(now) {
			g.drop(c)
		}
	}
	g.bridge.sweep(now)
}

// all are the sessions that there are now.
func (g *Gateway) all() []*conversation {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.conversations))
}

// Close ends every session and waits for what this room has started, or for ctx.
func (g *Gateway) Close(ctx context.Context) error {
	g.end()
	for _, c := range g.all() {
		g.drop(c)
	}
	g.bridge.close()
	finished := make(chan struct{})
	go func() {
		g.work.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
