package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	oneByOne = 1000 // calls, one after another
	atOnce   = 6400 // calls, of all callers together
	callers  = 32
)

// sequence makes calls one after another, after a few that warm everybody up.
func sequence(ctx context.Context, call caller) (each []time.Duration, err error) {
	for id := 1; id <= oneByOne+50; id++ {
		took, err := timed(func() error { return call(ctx, id) })
		if err != nil {
			return nil, fmt.Errorf("call %d: %w", id, err)
		}
		if id > 50 {
			each = append(each, took)
		}
	}
	return each, nil
}

// crowd makes calls by many callers at once, and returns how many a second. Who
// calls is told which of the callers it is.
func crowd(ctx context.Context, who func(n int) caller) (perSecond float64, err error) {
	var work sync.WaitGroup
	var next atomic.Int64
	next.Store(oneByOne + 100)
	failed := make(chan error, callers)
	began := time.Now()
	for n := range callers {
		call := who(n)
		work.Go(func() {
			for range atOnce / callers {
				if err := call(ctx, int(next.Add(1))); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	select {
	case err := <-failed:
		return 0, err
	default:
		return atOnce / took.Seconds(), nil
	}
}

// over adds a duration that may exceed what it takes by hand by so much.
func (t *table) over(what string, took, byHand, most time.Duration) {
	t.figures = append(t.figures, figure{
		what: what, measured: short(took), target: "≤ by hand + " + short(most), met: took <= byHand+most,
		byHand: short(byHand), ratio: float64(took) / float64(byHand),
	})
}

// rate adds calls a second, which shall be so many times those by hand.
func (t *table) rate(what string, perSecond, byHand, least float64) {
	t.figures = append(t.figures, figure{
		what: what, measured: fmt.Sprintf("%.0f/s", perSecond), target: fmt.Sprintf("≥ %.2f × by hand", least), met: perSecond >= least*byHand,
		byHand: fmt.Sprintf("%.0f/s", byHand), ratio: perSecond / byHand,
	})
}
