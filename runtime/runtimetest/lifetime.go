package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/runtime"
)

func tellsExitCode(t *testing.T, s Subject) {
	for _, code := range []int{0, 1, 3, 255} {
		c := started(t, s.Open(t), s.spec("exit", fmt.Sprint(code)))
		if exit := wait(t, c); exit.Code != code || exit.OOMKilled {
			t.Errorf("got %+v, want %d", exit, code)
		}
	}
}

func tellsOOM(t *testing.T, s Subject) {
	spec := s.spec("hog")
	spec.Run.Limits.MemoryMB = 32
	c := started(t, s.Open(t), spec)
	if exit := wait(t, c); !exit.OOMKilled && exit.Code != 137 {
		t.Errorf("got %+v", exit)
	}
}

func tellsStats(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("echo"))
	io.WriteString(c.Stdio(), "ready\n")
	line(t, c.Stdio())
	stats, err := c.Stats(t.Context())
	if err != nil || stats.Memory <= 0 || stats.Memory > 64<<20 || stats.CPU <= 0 {
		t.Errorf("got %+v, %v", stats, err)
	}
	stop(t, c)
	if stats, err := c.Stats(t.Context()); err == nil && stats != (runtime.Stats{}) {
		t.Errorf("after its end it uses %+v", stats)
	}
}

func outlivesStart(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := s.Open(t).Start(ctx, s.spec("echo"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	cancel()
	io.WriteString(c.Stdio(), "after\n")
	if got := line(t, c.Stdio()); got != "after" {
		t.Errorf("got %q", got)
	}
	stop(t, c)
}

func stopsStubborn(t *testing.T, s Subject) {
	r, spec := s.Open(t), s.spec("stubborn")
	c := started(t, r, spec)
	if got := line(t, c.Stdio()); got != "ready" {
		t.Fatalf("got %q", got)
	}
	const grace = 300 * time.Millisecond
	begin := time.Now()
	if err := c.Stop(t.Context(), grace); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < grace {
		t.Errorf("it was killed after %s, before its grace was over", took)
	}
	if exit := wait(t, c); exit.Code != 137 {
		t.Errorf("got %+v, want a kill", exit)
	}
	mustBeGone(t, r, spec.Instance)
}

func stopsTwice(t *testing.T, s Subject) {
	r, spec := s.Open(t), s.http(moorage.NetworkInternet)
	c := started(t, r, spec)
	var stops sync.WaitGroup
	for range 3 {
		stops.Go(func() { stop(t, c) })
	}
	stops.Wait()
	stop(t, c)
	mustBeGone(t, r, spec.Instance)
	readAll(t, c.Output()) // it ends
	wait(t, c)
}

func stopsWithoutContext(t *testing.T, s Subject) {
	r, spec := s.Open(t), s.spec("stubborn")
	c := started(t, r, spec)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stop(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	mustBeGone(t, r, spec.Instance)
	readAll(t, c.Stdio()) // it ends
}

func waitBounded(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("echo"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func startsMany(t *testing.T, s Subject) {
	r := s.Open(t)
	var all sync.WaitGroup
	for i := range 20 {
		spec := s.spec("echo")
		if i%4 == 0 {
			spec.Run.Network = moorage.NetworkInternet
		}
		all.Go(func() {
			c, err := r.Start(t.Context(), spec)
			if err != nil {
				t.Errorf("start %d: %v", i, err)
				return
			}
			defer stop(t, c)
			word := fmt.Sprint("I am ", i)
			fmt.Fprint(c.Stdio(), word)
			c.Stdio().Close()
			if got, err := io.ReadAll(c.Stdio()); err != nil || string(got) != word {
				t.Errorf("%d got %q, %v", i, got, err)
			}
		})
	}
	all.Wait()
	if left, err := r.List(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left behind: %+v, %v", left, err)
	}
}

func leavesNothing(t *testing.T, s Subject) {
	r, spec := s.Open(t), s.http(moorage.NetworkInternet)
	spec.Image = "moorage-test/not-there:1"
	_, err := r.Start(t.Context(), spec)
	mustExplain(t, err, moorage.NotFound)
	mustBeGone(t, r, spec.Instance)
}

func leavesNothingCancelled(t *testing.T, s Subject) {
	r := s.Open(t)
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
		spec := s.http(moorage.NetworkInternet)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		c, err := r.Start(ctx, spec)
		cancel()
		if err == nil {
			stop(t, c) // it was faster
		}
		mustBeGone(t, r, spec.Instance)
	}
}

func refuses(t *testing.T, s Subject) {
	r := s.Open(t)
	for name, change := range map[string]func(*runtime.Spec){
		"no port":       func(s *runtime.Spec) { s.Run.Transport, s.Run.Port = moorage.TransportHTTP, 0 },
		"transport":     func(s *runtime.Spec) { s.Run.Transport = "carrier pigeon" },
		"network":       func(s *runtime.Spec) { s.Run.Network = "host" },
		"image":         func(s *runtime.Spec) { s.Image = "../../containers/json" },
		"variable name": func(s *runtime.Spec) { s.Env = map[string]string{"A=B": "c"} },
		"variable size": func(s *runtime.Spec) { s.Env = map[string]string{"A": string(make([]byte, 1<<20))} },
	} {
		t.Run(name, func(t *testing.T) {
			spec := s.spec("echo")
			change(&spec)
			_, err := r.Start(t.Context(), spec)
			mustExplain(t, err, moorage.Invalid)
			mustBeGone(t, r, spec.Instance)
		})
	}
}
