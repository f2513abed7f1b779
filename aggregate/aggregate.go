package aggregate

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/handlers/sse"
	"moorage/runner"
)

// Options is what an Aggregate needs. Zero durations and counts mean the defaults.
type Options struct {
	Origin  string   // our URL: pages of other origins are refused
	Origins []string // but of these
	Store   keeper
	Runner  opener
	Deploy  pipeline
	May     func(moorage.User, moorage.Server) bool // call a server
	Manage  func(moorage.User, moorage.Server) bool // see and change what is behind one

	IdleTimeout time.Duration // a conversation with a server ends when nobody called for so long; default 5 minutes
	Forget      time.Duration // a session that nobody uses ends after it; default 24 hours
	Settle      time.Duration // changes that come together are told together; default 250 ms
	Beat        time.Duration // how often a connection that lasts is kept, and its caller looked at; default 15 seconds
	PerUser     int           // sessions of one person; default 1,000

	Version string // of Moorage
	Logger  *slog.Logger
	Now     func() time.Time
}

// keeper says what there is. Watch rings after each change of it.
type keeper interface {
	serverKeeper
	deploymentKeeper
	Watch(topics ...string) (<-chan struct{}, func())
	Servers(ctx context.Context, f moorage.ServerFilter) ([]moorage.Server, error)
	Choice(ctx context.Context, user moorage.UserID) (moorage.Choice, error)
	AllOffers(ctx context.Context, server moorage.ServerID) ([]moorage.Offer, error)
}

// pipeline deploys.
type pipeline interface {
	Enqueue(ctx context.Context, d moorage.Deployment) (moorage.Deployment, error)
}

// opener begins conversations with what is live.
type opener interface {
	Open(ctx context.Context, server moorage.ServerID, user moorage.UserID) (*runner.Line, error)
}

// Aggregate serves what is behind all servers at one URL. All methods may be
// called at the same time.
type Aggregate struct {
	o         Options
	legacy    http.Handler // the era with sessions
	modern    http.Handler // that without
	secret    []byte       // says that a session id is ours
	bell      <-chan struct{}
	unwatch   func()
	own       []entry // Moorage's own tools
	lines     *lines
	life      context.Context // outlives every request; Close ends it
	end       context.CancelFunc
	following sync.WaitGroup

	mu    sync.Mutex
	turn  uint64 // counts the rings of the bell
	views map[viewKey]*view
}

// topic is what rings when a server changes: what it offers, who may call it,
// whether it is live, and what people chose of it.
const topic = "servers"

// maxEvents is how much of what was said is kept for clients that come back to a
// stream that broke off, in bytes; the oldest goes first.
const maxEvents = 4 << 20

// maxBody is what one request may hold, in bytes.
const maxBody = 4 << 20

// New returns an aggregate without sessions. Call Run beside it, and Close at the
// end: that ctx ends does not close it.
func New(ctx context.Context, o Options) (*Aggregate, error) {
	own, err := ownEntries()
	if err != nil {
		return nil, err
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	o.Forget = cmp.Or(o.Forget, 24*time.Hour)
	o.Settle = cmp.Or(o.Settle, 250*time.Millisecond)
	o.Beat = cmp.Or(o.Beat, sse.Beat)
	o.PerUser = cmp.Or(o.PerUser, 1000)
	a := &Aggregate{o: o, own: own, secret: make([]byte, 32), views: map[viewKey]*view{}}
	rand.Read(a.secret) // never fails: crypto/rand ends the process instead
	a.lines = newLines(o)
	a.life, a.end = context.WithCancel(context.WithoutCancel(ctx))
	a.bell, a.unwatch = o.Store.Watch(topic)
	serve := func(r *http.Request) *mcp.Server { return guestOf(auth.TokenInfoFromContext(r.Context())).view.server }
	events := mcp.NewMemoryEventStore(nil)
	events.SetMaxBytes(maxEvents)
	quiet := slog.New(slog.DiscardHandler) // it logs each refused request
	a.legacy = mcp.NewStreamableHTTPHandler(serve, &mcp.StreamableHTTPOptions{
		Logger: quiet, SessionTimeout: o.Forget, MaxRequestBodyBytes: maxBody, DisableLocalhostProtection: true, EventStore: events,
	})
	a.modern = mcp.NewStreamableHTTPHandler(serve, &mcp.StreamableHTTPOptions{
		Logger: quiet, Stateless: true, PropagateRequestCancellation: true, MaxRequestBodyBytes: maxBody, DisableLocalhostProtection: true,
	})
	return a, nil
}

// Run tells sessions what has changed, and forgets what nobody uses, until ctx
// ends.
func (a *Aggregate) Run(ctx context.Context) {
	bell, unwatch := a.o.Store.Watch(topic)
	defer unwatch()
	tick := time.NewTicker(min(a.o.IdleTimeout/4, sweepEvery))
	defer tick.Stop()
	var settled <-chan time.Time
	for {
		select {
		case <-bell:
			if settled == nil {
				settled = time.After(a.o.Settle)
			}
		case <-settled:
			settled = nil
			a.tell(ctx)
		case <-tick.C:
			a.lines.sweep(a.o.Now())
			a.sweep()
		case <-ctx.Done():
			return
		}
	}
}

const sweepEvery = 15 * time.Second

// Close ends every session and waits for what this room has started, or for ctx.
func (a *Aggregate) Close(ctx context.Context) error {
	a.end()
	a.unwatch()
	for _, v := range a.all() {
		for s := range v.server.Sessions() {
			_ = s.Close() // its client is told by the end of its connection
		}
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		a.lines.close()
		a.following.Wait()
	}()
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
