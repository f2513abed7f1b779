package runner

import (
	"testing"

	"moorage"
	"moorage/runner/runnertest"
)

// awaitReplicas waits until so many instances of a deployment can be joined.
func (h *harbour) awaitReplicas(id moorage.DeploymentID, n int) {
	for {
		h.mu.Lock()
		ready := 0
		for _, all := range h.ready {
			for _, inst := range all {
				if inst.spec.Deployment == id {
					ready++
				}
			}
		}
		h.mu.Unlock()
		if ready == n {
			return
		}
	}
}

func TestSessionsAreSpreadOverReplicas(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	for transport, command := range map[moorage.Transport][]string{moorage.TransportStdio: nil, moorage.TransportHTTP: {"-http"}} {
		spec := runnertest.Spec(image, transport, command...)
		spec.Instance, spec.Run.Replicas, spec.Run.Isolation = "", 2, moorage.IsolationShared
		h.live.Set(spec)
		guest := Guest{User: ada, Alike: "all", Speaks: legacyVersion}
		join := func() *Session {
			s, err := h.Connect(t.Context(), spec.Server, guest)
			must(t, err)
			t.Cleanup(s.Close)
			return s
		}
		first := join()
		h.awaitReplicas(spec.Deployment, 2)
		second := join()
		if second.inst == first.inst {
			t.Fatalf("%s: the second session joined the instance of the first", transport)
		}
		if third, fourth := join(), join(); third.inst == fourth.inst {
			t.Errorf("%s: one instance has three sessions, the other one", transport)
		}
		hello(t, first)
		greet(t, first, "1", "Ada")

		must(t, second.inst.container.Stop(t.Context(), 0))
		<-second.inst.gone
		if s := join(); s.inst != first.inst {
			t.Errorf("%s: a session was not given to the replica that runs", transport)
		}
		h.awaitReplicas(spec.Deployment, 2)
		if s := join(); s.inst == first.inst || s.inst == second.inst {
			t.Errorf("%s: the replica that came back has no session", transport)
		}
	}
}

func TestAReplicaThatDoesNotAnswerIsLeftOutUntilItDoes(t *testing.T) {
	h := newHarbour(t, nil)
	spec := runnertest.Spec(runnertest.Image(t, moodyProgram), moorage.TransportHTTP, "-http", "-health")
	spec.Instance, spec.Run.Replicas = "", 2
	h.live.Set(spec)
	join := func() *Session {
		s := h.connect(t, spec.Server, ada)
		t.Cleanup(s.Close)
		return s
	}
	first := join()
	h.awaitReplicas(spec.Deployment, 2)
	second := join()
	check := func(want moorage.Code) {
		t.Helper()
		if _, err := h.Check(t.Context(), second.inst.spec.Instance); moorage.ErrorCode(err) != want {
			t.Errorf("it is said to be %v", err)
		}
	}
	check("")
	ask(t, second, "1", "tools/call", `{"name":"sicken","arguments":{}}`)
	check(moorage.Unavailable)
	for range 2 {
		if s := join(); s.inst != first.inst {
			t.Error("a session was given to the replica that does not answer")
		}
	}
	ask(t, second, "2", "tools/call", `{"name":"sicken","arguments":{}}`)
	check("")
	if s := join(); s.inst != second.inst {
		t.Error("the replica that answers again is left out")
	}
}

func TestOnlyWhoSharesAServerHasReplicas(t *testing.T) {
	for _, tt := range []struct {
		run  moorage.RunConfig
		want int
	}{
		{moorage.RunConfig{Transport: moorage.TransportHTTP}, 1},
		{moorage.RunConfig{Transport: moorage.TransportHTTP, Replicas: 3}, 3},
		{moorage.RunConfig{Transport: moorage.TransportSSE, Replicas: 3}, 3},
		{moorage.RunConfig{Transport: moorage.TransportHTTP, Replicas: 99}, moorage.MaxReplicas},
		{moorage.RunConfig{Transport: moorage.TransportStdio, Replicas: 3}, 1},
		{moorage.RunConfig{Transport: moorage.TransportStdio, Replicas: 3, Isolation: moorage.IsolationShared}, 3},
	} {
		if got := tt.run.ReplicaInstances(); got != tt.want {
			t.Errorf("%+v: %d", tt.run, got)
		}
	}
}
