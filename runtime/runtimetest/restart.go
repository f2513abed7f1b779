package runtimetest

import (
	"strings"
	"testing"

	"moorage"
	"moorage/runtime"
)

func adopts(t *testing.T, s Subject) {
	spec := s.http(moorage.NetworkInternet)
	before := started(t, s.Open(t), spec)
	line(t, before.Output())
	askFor(t, before.Addr(), "/unfinished")
	line(t, before.Output())
	if got := next(t, before.Output(), len("it was ")); got != "it was " {
		t.Fatalf("the line begins with %q", got)
	}

	r := s.Open(t)
	l, ok := find(t, r, spec.Instance)
	want := runtime.Listed{
		ContainerID: before.ID(), Server: spec.Server, Deployment: spec.Deployment, Instance: spec.Instance,
		Running: true, Transport: moorage.TransportHTTP, CreatedAt: l.CreatedAt,
	}
	if !ok || l != want || l.CreatedAt.IsZero() {
		t.Fatalf("listed %+v, want %+v", l, want)
	}
	c, err := r.Adopt(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	if c.Addr() != before.Addr() || c.ID() != before.ID() {
		t.Errorf("adopted %s at %s, want %s at %s", c.ID(), c.Addr(), before.ID(), before.Addr())
	}
	askFor(t, c.Addr(), "/ended")
	ask(t, c.Addr())
	for got := ""; got != "asked for /mcp"; {
		if got = line(t, c.Output()); strings.Contains(got, "/ended") {
			t.Errorf("of a line that began before, it says %q", got)
		}
	}
	stop(t, c)
	mustBeGone(t, r, spec.Instance)
	wait(t, before) // the one of before hears of the end as well
	_, err = r.Adopt(t.Context(), l)
	mustExplain(t, err, moorage.NotFound)
}

func removes(t *testing.T, s Subject) {
	r := s.Open(t)
	for _, spec := range []runtime.Spec{s.http(moorage.NetworkNone), s.spec("stubborn"), s.spec("exit", "1")} {
		c := started(t, r, spec)
		l, ok := find(t, r, spec.Instance)
		if !ok {
			t.Fatal("not listed")
		}
		for range 2 { // the second time it is gone already
			if err := r.Remove(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		mustBeGone(t, r, spec.Instance)
		wait(t, c)
	}
}

func refusesToAdoptStdio(t *testing.T, s Subject) {
	r, spec := s.Open(t), s.spec("echo")
	started(t, r, spec)
	l, _ := find(t, r, spec.Instance)
	_, err := r.Adopt(t.Context(), l)
	mustExplain(t, err, moorage.Invalid)
}
