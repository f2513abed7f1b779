package moorage

import (
	"math"
	"time"
)

// Call is one request of a client to a server, and what came of it. What was
// asked and answered is in none, but while the owner of the server keeps it.
type Call struct {
	N        int64 // orders the calls of a server
	Server   ServerID
	Instance InstanceID
	User     UserID
	Means    Means
	Method   string // of MCP: "tools/call"
	Tool     string // "": it is no call of a tool
	Began    time.Time
	Took     time.Duration // from handing it to the server to its answer
	Outcome  Outcome
	Code     int // of a JSON-RPC error
	In, Out  int // bytes of the parameters, and of the result or error
	Trace    Trace
	Kept     *Kept // nil: nothing was kept
}

// Trace is where a call stands in a trace of its client (W3C Trace Context).
type Trace struct {
	Parent string // traceparent; "": none
	State  string // tracestate
}

// Kept is what a call asked and what was answered, cut and without secrets.
type Kept struct{ Arguments, Result string }

// Size is how many bytes are kept.
func (k Kept) Size() int { return len(k.Arguments) + len(k.Result) }

// MaxKept is how many bytes are kept of arguments, and of a result.
const MaxKept = 16 << 10

// Outcome is what became of a call.
type Outcome string

const (
	OutcomeOK        Outcome = "ok"
	OutcomeToolError Outcome = "tool_error" // the tool answered, and said that it failed
	OutcomeError     Outcome = "error"      // the server answered with a JSON-RPC error, or not at all
	OutcomeCancelled Outcome = "cancelled"  // the client did not wait
)

// Failed reports whether the outcome is one that the owner of a server would mend.
func (o Outcome) Failed() bool { return o == OutcomeToolError || o == OutcomeError }

// UsageAge is for how long it is kept how servers were used.
const UsageAge = 24 * time.Hour

// MaxCalls is how many calls of a server are kept one by one, the last ones.
const MaxCalls = 200

// Tally counts what was called of one server within a minute.
type Tally struct {
	Server    ServerID
	Minute    time.Time // when it began
	Method    string
	Tool      string
	Calls     int
	Errors    int
	Cancelled int
	In, Out   int64 // bytes
	Took      Histogram
}

// Add counts one call more.
func (t *Tally) Add(c Call) {
	t.Calls++
	if c.Outcome.Failed() {
		t.Errors++
	}
	t.In += int64(c.In)
	t.Out += int64(c.Out)
	if c.Outcome == OutcomeCancelled {
		t.Cancelled++
		return // how long somebody was patient says nothing of the server
	}
	t.Took.Add(c.Took)
}

// Merge counts what another tally has counted, too.
func (t *Tally) Merge(o Tally) {
	t.Calls += o.Calls
	t.Errors += o.Errors
	t.Cancelled += o.Cancelled
	t.In += o.In
	t.Out += o.Out
	t.Took.Merge(o.Took)
}

// Load is what the instances of a server use at one time.
type Load struct {
	Server    ServerID
	At        time.Time
	Sessions  int
	Instances int
	Memory    int64   // bytes, of all of them
	CPU       float64 // processors that were busy for them since the time before
}

// Usage is what one flush writes down.
type Usage struct {
	Tallies []Tally
	Calls   []Call
	Loads   []Load
}

// Histogram counts durations in buckets, each 2^¼ times as long as the one
// before: what is read from it is off by less than a tenth.
type Histogram map[int]int

// The first bucket ends at firstBucket, the last one has no end.
const (
	firstBucket = 100 * time.Microsecond
	perDoubling = 4
	lastBucket  = 100 // an hour
)

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) {
	if *h == nil {
		*h = Histogram{}
	}
	at := 0
	if d > firstBucket {
		at = min(int(math.Ceil(perDoubling*math.Log2(float64(d)/float64(firstBucket)))), lastBucket)
	}
	(*h)[at]++
}

// Merge counts what another histogram has counted, too.
func (h *Histogram) Merge(o Histogram) {
	if *h == nil {
		*h = Histogram{}
	}
	for at, n := range o {
		(*h)[at] += n
	}
}

// Quantile is the duration that the share q of all is not longer than; 0 when
// nothing was counted.
func (h Histogram) Quantile(q float64) time.Duration {
	total := 0
	for _, n := range h {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank, seen := int(math.Ceil(q*float64(total))), 0
	for at := range lastBucket + 1 {
		if seen += h[at]; seen >= max(rank, 1) {
			return time.Duration(float64(firstBucket) * math.Exp2((float64(at)-0.5)/perDoubling)) // the middle of the bucket
		}
	}
	return 0
}
