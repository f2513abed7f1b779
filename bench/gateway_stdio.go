package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// cold measures from the first request to the first answer of a tool.
func (s *ship) cold(ctx context.Context, what string, most float64) error {
	var ours, hand []time.Duration
	for range coldRuns {
		took, err := timed(func() error {
			l, err := s.byHand(ctx)
			if err != nil {
				return err
			}
			defer l.end()
			return l.call(ctx, 1)
		})
		if err != nil {
			return err
		}
		hand = append(hand, took)
		if err := s.asleep(ctx); err != nil {
			return err
		}
		v := s.guest()
		took, err = timed(func() error { return errors.Join(v.hello(ctx, "{}"), v.call(ctx, 1)) })
		if err != nil {
			return err
		}
		ours = append(ours, took)
	}
	s.table.ratio(what, median(ours), median(hand), most)
	return nil
}

// calls measures one session: call after call, and many at once.
func (s *ship) calls(ctx context.Context) error {
	l, err := s.byHand(ctx)
	if err != nil {
		return err
	}
	defer l.end()
	v := s.guest()
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	hand, err := sequence(ctx, l.call)
	if err != nil {
		return err
	}
	ours, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	s.table.over("Gateway: one call after another, p50", median(ours), median(hand), mostPerCall)
	s.table.ratio("Gateway: one call after another, p99", percentile(ours, 99), percentile(hand, 99), 0)
	handRate, err := crowd(ctx, func(int) caller { return l.call })
	if err != nil {
		return err
	}
	rate, err := crowd(ctx, func(int) caller { return v.call })
	if err != nil {
		return err
	}
	s.table.rate("Gateway: 32 callers of one session", rate, handRate, leastCrowd)
	return nil
}

// sessions measures 32 sessions at once.
func (s *ship) sessions(ctx context.Context) error {
	all := make([]*visitor, callers)
	for i := range all {
		all[i] = s.guest()
		if err := all[i].hello(ctx, "{}"); err != nil {
			return err
		}
	}
	rate, err := crowd(ctx, func(n int) caller { return all[n].call })
	if err != nil {
		return err
	}
	s.table.add("Gateway: 32 sessions at once", fmt.Sprintf("%.0f/s", rate), fmt.Sprintf("≥ %d/s", leastSessions), rate >= leastSessions)
	return nil
}

// greetings measures new sessions that have a server of their own, while one waits.
func (s *ship) greetings(ctx context.Context) error {
	first := s.guest()
	if err := first.hello(ctx, `{"roots":{}}`); err != nil {
		return err
	}
	var each []time.Duration
	for range 10 {
		if err := s.spareReady(ctx, first); err != nil {
			return err
		}
		v := s.guest()
		took, err := timed(func() error { return v.hello(ctx, `{"roots":{}}`) })
		if err != nil {
			return err
		}
		each = append(each, took)
		if err := v.bye(ctx); err != nil {
			return err
		}
	}
	s.table.least("Gateway: a new session while an instance waits", median(each), mostNew, 0)
	return first.bye(ctx)
}

// spareReady waits until exactly two containers run: that of the first session,
// which is kept busy, and the one that waits.
func (s *ship) spareReady(ctx context.Context, first *visitor) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for id := 1; ctx.Err() == nil; id++ {
		if err := first.call(ctx, id); err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "docker", "ps", "--quiet", "--filter", "label=moorage.server", "--filter", "status=running").Output()
		if err != nil || len(strings.Fields(string(out))) == 2 {
			return err
		}
	}
	return ctx.Err()
}

// open measures what a thousand sessions that do nothing cost.
func (s *ship) open(ctx context.Context) error {
	v := s.guest()
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	before, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	for range openSessions - 50 { // a person may have 1,000
		if err := s.guest().hello(ctx, "{}"); err != nil {
			return err
		}
	}
	after, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	memory, err := s.memory()
	if err != nil {
		return err
	}
	s.table.add("Gateway: memory with 950 sessions more", megabytes(memory), "< "+megabytes(mostOpen), float64(memory) < mostOpen)
	s.table.ratio("Gateway: a call beside them, p50", median(after), median(before), 2)
	return nil
}
