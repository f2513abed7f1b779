package moorage_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"moorage"
)

func TestAQuantileIsOffByLessThanATenth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h, half moorage.Histogram
	var all []time.Duration
	for i := range 10_000 {
		d := time.Duration(random.ExpFloat64() * float64(40*time.Millisecond))
		d = max(d, 200*time.Microsecond)
		all = append(all, d)
		if i%2 == 0 {
			h.Add(d)
		} else {
			half.Add(d)
		}
	}
	h.Merge(half)
	slices.Sort(all)
	for _, q := range []float64{0.01, 0.5, 0.95, 0.999} {
		want, got := all[int(q*10_000)-1], h.Quantile(q)
		if off := float64(got-want) / float64(want); off > 0.1 || off < -0.1 {
			t.Errorf("%g: %v, want %v", q, got, want)
		}
	}
}

func TestNothingIsLongerOrShorterThanTheBuckets(t *testing.T) {
	var h moorage.Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("of nothing there is a quantile")
	}
	for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, 1000 * time.Hour} {
		h.Add(d)
	}
	if short, long := h.Quantile(0), h.Quantile(1); short > 100*time.Microsecond || long < 30*time.Minute {
		t.Errorf("from %v to %v", short, long)
	}
}

func TestACancelledCallCountsAndHasNoDuration(t *testing.T) {
	var tally moorage.Tally
	tally.Add(moorage.Call{Outcome: moorage.OutcomeCancelled, Took: time.Hour, In: 3})
	tally.Add(moorage.Call{Outcome: moorage.OutcomeToolError, Took: time.Millisecond, In: 4, Out: 5})
	if tally.Calls != 2 || tally.Errors != 1 || tally.Cancelled != 1 || tally.In != 7 || tally.Out != 5 || tally.Took.Quantile(1) > 2*time.Millisecond {
		t.Errorf("%+v", tally)
	}
}
