package runner

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
	"moorage/runtime"
	"moorage/runtime/docker"
)

// Programs of the tests, compiled once.
var (
	greeterProgram = runnertest.Program("../examples/greeter")
	elderProgram   = runnertest.Program("./testdata/elder")
	oddProgram     = runnertest.Program("./testdata/odd")
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// harbour is a runner on the tests' engine with what it leans on.
type harbour struct {
	*Runner
	engine *docker.Docker
	live   *runnertest.Live
	rows   *runnertest.Rows
}

func newHarbour(t *testing.T, change func(*Options)) *harbour {
	t.Helper()
	h := &harbour{engine: runnertest.Engine(t, rand.Text()), live: &runnertest.Live{}, rows: &runnertest.Rows{}}
	o := Options{Runtime: h.engine, Configured: h.live, Instances: h.rows,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now}
	if change != nil {
		change(&o)
	}
	h.Runner = New(t.Context(), o)
	t.Cleanup(func() {
		must(t, h.Shutdown(context.WithoutCancel(t.Context())))
		checkLeaks(t)
		if left, err := h.engine.List(context.WithoutCancel(t.Context())); err != nil || len(left) > 0 {
			t.Errorf("containers are left: %v, %v", left, err)
		}
		if left, err := h.rows.AllInstances(nil); err != nil || len(left) > 0 {
			t.Errorf("instances are left: %v, %v", left, err)
		}
	})
	return h
}

// deploy makes a program the live deployment of a new server.
func (h *harbour) deploy(image string, transport moorage.Transport, command ...string) runtime.Spec {
	spec := runnertest.Spec(image, transport, command...)
	spec.Instance = ""
	h.live.Set(spec)
	return spec
}

// connect opens a session that has said hello.
func (h *harbour) connect(t *testing.T, server moorage.ServerID, user moorage.UserID) *Session {
	t.Helper()
	s, err := h.Connect(t.Context(), server, Guest{User: user})
	must(t, err)
	t.Cleanup(s.Close)
	hello(t, s)
	return s
}
