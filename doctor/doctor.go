// Package doctor looks at everything that Moorage leans on, and says of each
// thing how it is and what to do where that is not well. It changes nothing,
// and it mends nothing.
//
// A check is a small value. Who calls ties checks to what they look at: the
// command line and a page show the same ones.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"moorage"
)

// State is how something is.
type State string

const (
	OK      State = "ok"
	Warning State = "warning" // it works, and could be better
	Failing State = "failing" // Moorage does not work as it should until this is mended
)

// Check is one thing to look at.
type Check struct {
	Name string
	Look func(ctx context.Context) Finding
}

// Finding is how it is. Says and Try are sentences for the person.
type Finding struct {
	State State
	Says  string
	Try   string // what to do; "" when it is well
	Err   error  // the cause, or nil
}

// Result is what a check found.
type Result struct {
	Name string
	Finding
}

// patience bounds each check but that of the database, which grows.
const patience = 10 * time.Second

// Examine runs all checks at the same time and returns what they found, in
// their order. A check that takes too long is failing.
func Examine(ctx context.Context, checks []Check) []Result {
	results := make([]Result, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { results[i] = Result{c.Name, c.Look(ctx)} })
	}
	all.Wait()
	return results
}

// Worst is the state of the worst result; OK when there is none.
func Worst(results []Result) State {
	worst := OK
	for _, r := range results {
		if r.State == Failing || r.State == Warning && worst == OK {
			worst = r.State
		}
	}
	return worst
}

// within gives a look at something that may hang its deadline.
func within(limit time.Duration, look func(ctx context.Context) Finding) func(ctx context.Context) Finding {
	return func(ctx context.Context) Finding {
		ctx, stop := context.WithTimeout(ctx, limit)
		defer stop()
		return look(ctx)
	}
}

func well(format string, args ...any) Finding {
	return Finding{State: OK, Says: fmt.Sprintf(format, args...)}
}

func warn(try, format string, args ...any) Finding {
	return Finding{State: Warning, Says: fmt.Sprintf(format, args...), Try: try}
}

// bad is a failing finding from an error, in its own words when it has some,
// in otherwise's when it has none.
func bad(err error, otherwise, try string) Finding {
	f := Finding{State: Failing, Says: otherwise, Try: try, Err: err}
	if e := (*moorage.Error)(nil); errors.As(err, &e) && e.Message != "" {
		f.Says, f.Err = e.Message, e.Err
		if e.Next != "" {
			f.Try = e.Next
		}
	}
	return f
}
