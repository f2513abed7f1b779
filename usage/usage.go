package usage

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"moorage"
)

// database is where usage is written down.
type database interface {
	AddUsage(ctx context.Context, u moorage.Usage) error
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	Tools(ctx context.Context, server moorage.ServerID) ([]moorage.Offer, error)
}

// Meter measures calls for the operator. slug, method and tool are bounded.
type Meter interface {
	CallEnded(ctx context.Context, slug string, c moorage.Call)
}

// Options is what a Usage needs. Zero durations and counts mean the defaults.
type Options struct {
	Database database
	Meters   []Meter

	Every  time.Duration // between two writes; default 2 seconds
	Sample time.Duration // between two looks at the instances; default 15 seconds
	Queue  int           // calls that wait to be counted; default 4,096

	Logger *slog.Logger
	Now    func() time.Time
}

// Usage counts calls. All methods may be called at the same time.
type Usage struct {
	o       Options
	queue   chan moorage.Call
	loads   chan []moorage.Load
	dropped atomic.Int64
	lastN   int64 // of a call; the counting goroutine's
	names   names
	next    moorage.Usage // what is not written down yet; likewise
	tallies map[place]*moorage.Tally

	recordings recordings
}

// place is what one tally counts.
type place struct {
	server       moorage.ServerID
	minute       int64
	method, tool string
}

// New returns a Usage that has counted nothing. What Ended tells is counted
// while Run runs.
func New(o Options) *Usage {
	o.Every = cmp.Or(o.Every, 2*time.Second)
	o.Sample = cmp.Or(o.Sample, 15*time.Second)
	o.Queue = cmp.Or(o.Queue, 4096)
	return &Usage{
		o: o, queue: make(chan moorage.Call, o.Queue), loads: make(chan []moorage.Load), lastN: o.Now().UnixMicro(), // more than any before a restart
		names: names{db: o.Database}, tallies: map[place]*moorage.Tally{},
	}
}

// Ended is told of a call that has ended, with whatever method and tool the
// client has named. It never waits.
func (u *Usage) Ended(c moorage.Call) {
	select {
	case u.queue <- c:
	default:
		u.dropped.Add(1)
	}
}

// Dropped is how many calls were not counted because too many came at once.
func (u *Usage) Dropped() int64 { return u.dropped.Load() }

// Run counts what it is told and looks at the instances, until ctx ends and
// what was told by then is written down.
func (u *Usage) Run(ctx context.Context, s sampler) {
	var work sync.WaitGroup
	work.Go(func() { u.sample(ctx, s) })
	defer work.Wait()
	last := context.WithoutCancel(ctx) // what was told is counted, also when ctx has ended meanwhile
	write := time.NewTicker(u.o.Every)
	defer write.Stop()
	for {
		select {
		case c := <-u.queue:
			u.count(last, c)
		case loads := <-u.loads:
			u.next.Loads = append(u.next.Loads, loads...)
		case <-write.C:
			u.write(last)
		case <-ctx.Done():
			u.finish(last)
			return
		}
	}
}

// finish counts what waits, and writes it down.
func (u *Usage) finish(ctx context.Context) {
	for {
		select {
		case c := <-u.queue:
			u.count(ctx, c)
		default:
			u.write(ctx)
			return
		}
	}
}

// count counts one call.
func (u *Usage) count(ctx context.Context, c moorage.Call) {
	slug := u.names.settle(ctx, &c)
	if slug == "" {
		return // the server is gone
	}
	for _, m := range u.o.Meters {
		m.CallEnded(ctx, slug, c)
	}
	minute := c.Began.Add(c.Took).Truncate(time.Minute)
	at := place{c.Server, minute.UnixMilli(), c.Method, c.Tool}
	tally := u.tallies[at]
	if tally == nil {
		tally = &moorage.Tally{Server: c.Server, Minute: minute, Method: c.Method, Tool: c.Tool}
		u.tallies[at] = tally
	}
	tally.Add(c)
	if greets(c) {
		return // counted is enough
	}
	u.lastN++
	c.N = u.lastN
	if c.Kept != nil {
		u.recordings.add(c)
		c.Kept = nil
	}
	u.next.Calls = append(u.next.Calls, c)
	if len(u.next.Calls) >= 2*maxWaiting {
		u.next.Calls = newest(u.next.Calls)
	}
}

// greets reports whether a call only begins a conversation. That one fails is
// common: so a client finds out which era of the protocol a server speaks.
func greets(c moorage.Call) bool { return c.Method == "initialize" || c.Method == "server/discover" }

// maxWaiting is how many calls wait to be written down one by one.
const maxWaiting = 10 * moorage.MaxCalls

// newest leaves those of the calls that will be kept: the last ones of each server.
func newest(calls []moorage.Call) []moorage.Call {
	seen := map[moorage.ServerID]int{}
	var kept []moorage.Call
	for _, c := range slices.Backward(calls) {
		if seen[c.Server]++; seen[c.Server] <= moorage.MaxCalls && len(kept) < maxWaiting {
			kept = append(kept, c)
		}
	}
	slices.Reverse(kept)
	return kept
}

// write writes down what was counted since the last time. What cannot be written
// is lost: it is worth no memory that grows.
func (u *Usage) write(ctx context.Context) {
	for _, tally := range u.tallies {
		u.next.Tallies = append(u.next.Tallies, *tally)
	}
	next := u.next
	next.Calls = newest(next.Calls)
	u.next = moorage.Usage{}
	clear(u.tallies)
	u.names.forget()
	u.recordings.sweep(u.o.Now().Add(-moorage.UsageAge))
	if len(next.Tallies)+len(next.Loads) == 0 {
		return
	}
	if err := u.o.Database.AddUsage(ctx, next); err != nil {
		u.o.Logger.Warn("usage not written down", "calls", len(next.Calls), "err", err)
	}
}
