package usage

import (
	"cmp"
	"slices"
	"time"

	"moorage"
)

// Summary is how a server was used in a time.
type Summary struct {
	All  moorage.Tally   // calls that use something that it offers
	Rows []moorage.Tally // by method and tool: what was used first, the most called first
	Now  moorage.Load    // zero: nothing of it runs
}

// uses are the methods that use something that a server offers; the others are
// what it takes to get there.
var uses = []string{"tools/call", "prompts/get", "resources/read"}

// stale is how old a load may be and still say how things are now.
const stale = time.Minute

// Summarise adds up what was counted.
func Summarise(tallies []moorage.Tally, loads []moorage.Load, now time.Time) Summary {
	var s Summary
	rows := map[[2]string]*moorage.Tally{}
	for _, t := range tallies {
		at := [2]string{t.Method, t.Tool}
		if rows[at] == nil {
			rows[at] = &moorage.Tally{Server: t.Server, Method: t.Method, Tool: t.Tool}
		}
		rows[at].Merge(t)
		if slices.Contains(uses, t.Method) {
			s.All.Merge(t)
		}
	}
	for _, row := range rows {
		s.Rows = append(s.Rows, *row)
	}
	slices.SortFunc(s.Rows, func(a, b moorage.Tally) int {
		return cmp.Or(rank(a)-rank(b), b.Calls-a.Calls, cmp.Compare(a.Method, b.Method), cmp.Compare(a.Tool, b.Tool))
	})
	if n := len(loads); n > 0 && now.Sub(loads[n-1].At) < stale {
		s.Now = loads[n-1]
	}
	return s
}

// rank is where a row stands: calls of tools, other uses, the rest.
func rank(t moorage.Tally) int {
	if i := slices.Index(uses, t.Method); i >= 0 {
		return i
	}
	return len(uses)
}

// Series is how a server was used over a time, in steps; all lists are as long
// as Times. What is not known at a time is nil.
type Series struct {
	Step      int64      `json:"step"`  // seconds
	Times     []int64    `json:"times"` // unix seconds, when each step begins
	Calls     []int      `json:"calls"`
	Errors    []int      `json:"errors"`
	P50       []*float64 `json:"p50_ms"`
	P95       []*float64 `json:"p95_ms"`
	Sessions  []int      `json:"sessions"`
	Instances []int      `json:"instances"`
	Memory    []*int64   `json:"memory_bytes"`
	CPU       []*float64 `json:"cpus"`
}

// SeriesOf puts what was counted into steps: calls are added up, of loads the
// highest counts.
func SeriesOf(tallies []moorage.Tally, loads []moorage.Load, since, until time.Time, step time.Duration) Series {
	since = since.Truncate(step)
	n := int(until.Sub(since)/step) + 1
	s := Series{
		Step: int64(step / time.Second), Times: make([]int64, n), Calls: make([]int, n), Errors: make([]int, n), P50: make([]*float64, n), P95: make([]*float64, n),
		Sessions: make([]int, n), Instances: make([]int, n), Memory: make([]*int64, n), CPU: make([]*float64, n),
	}
	took := make([]moorage.Histogram, n)
	at := func(t time.Time) (int, bool) {
		i := int(t.Sub(since) / step)
		return i, !t.Before(since) && i < n
	}
	for _, t := range tallies {
		if i, ok := at(t.Minute); ok && slices.Contains(uses, t.Method) {
			s.Calls[i] += t.Calls
			s.Errors[i] += t.Errors
			took[i].Merge(t.Took)
		}
	}
	for _, l := range loads {
		if i, ok := at(l.At); ok {
			s.Sessions[i], s.Instances[i] = max(s.Sessions[i], l.Sessions), max(s.Instances[i], l.Instances)
			s.Memory[i], s.CPU[i] = highest(s.Memory[i], l.Memory), highest(s.CPU[i], l.CPU)
		}
	}
	for i := range n {
		s.Times[i] = since.Add(time.Duration(i) * step).Unix()
		if len(took[i]) > 0 {
			s.P50[i], s.P95[i] = milliseconds(took[i].Quantile(0.5)), milliseconds(took[i].Quantile(0.95))
		}
	}
	return s
}

func highest[T cmp.Ordered](known *T, v T) *T {
	if known == nil || *known < v {
		return &v
	}
	return known
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Microseconds()) / 1000
	return &ms
}
