package runner

import (
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
	"moorage/runtime"
)

// withSpares is the spec of a program of which so many instances wait.
func (h *harbour) withSpares(t *testing.T, n int) runtime.Spec {
	t.Helper()
	spec := runnertest.Spec(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	spec.Instance, spec.Run.Spares = "", &n
	h.live.Set(spec)
	return spec
}

// awaitSpares waits until so many instances wait, and none is on its way.
func (h *harbour) awaitSpares(id moorage.DeploymentID, n int) []*instance {
	for {
		h.mu.Lock()
		waiting, coming := h.spares[id], h.coming[id]
		h.mu.Unlock()
		if len(waiting) == n && coming == 0 {
			return waiting
		}
	}
}

func TestTheNextSessionDoesNotWaitForAContainer(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.withSpares(t, 2)
	brief, err := h.Connect(t.Context(), spec.Server, Guest{User: ada, Brief: true})
	must(t, err)
	brief.Close()
	h.awaitSpares(spec.Deployment, 0)
	h.connect(t, spec.Server, ada)
	waiting := h.awaitSpares(spec.Deployment, 2)
	s := h.connect(t, spec.Server, ada)
	if s.inst != waiting[0] {
		t.Error("a new session waited for a container while one was there")
	}
	greet(t, s, "1", "Ada")
	h.awaitSpares(spec.Deployment, 2)

	shared, err := h.Connect(t.Context(), spec.Server, Guest{User: ada, Alike: "all"})
	must(t, err)
	if shared.inst == waiting[0] || shared.inst != waiting[1] {
		t.Error("a circle did not take the spare that was there")
	}
	shared.Close()
}

func TestSparesAreLetGoWhenTheServerIsNotInUse(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.IdleTimeout = 50 * time.Millisecond })
	spec := h.withSpares(t, 1)
	s := h.connect(t, spec.Server, ada)
	spare := h.awaitSpares(spec.Deployment, 1)[0]
	s.Close()
	<-spare.gone
	if trouble := h.Trouble(spec.Deployment); trouble.Ends != 0 {
		t.Errorf("that it went counts as trouble: %+v", trouble)
	}
}

func TestSparesOfAReplacedDeploymentAreLetGo(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.withSpares(t, 1)
	h.connect(t, spec.Server, ada)
	spare := h.awaitSpares(spec.Deployment, 1)[0]
	h.Retire(spec.Deployment)
	<-spare.gone
}

func TestASpareThatEndsIsNotGivenToASession(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.withSpares(t, 1)
	h.connect(t, spec.Server, ada)
	spare := h.awaitSpares(spec.Deployment, 1)[0]
	must(t, spare.container.Stop(t.Context(), 0))
	<-spare.gone
	s := h.connect(t, spec.Server, ada)
	greet(t, s, "1", "Ada")
}
