package runner

import (
	"slices"
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
)

func TestARestartAdoptsWhatIsLiveAndRemovesTheRest(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	live, gone, stdio := h.deploy(image, moorage.TransportHTTP, "-http"), runnertest.Spec(image, moorage.TransportHTTP, "-http"), h.deploy(image, moorage.TransportStdio)
	live.Instance, stdio.Instance = moorage.NewInstanceID(time.Now()), moorage.NewInstanceID(time.Now())
	for _, id := range []moorage.InstanceID{live.Instance, gone.Instance, stdio.Instance, "ins_lost"} {
		must(t, h.rows.CreateInstance(t.Context(), moorage.Instance{ID: id, Status: moorage.InstanceReady}))
	}
	_, err := h.engine.Start(t.Context(), live) // as by a Moorage that is gone
	must(t, err)
	_, err = h.engine.Start(t.Context(), gone)
	must(t, err)
	_, err = h.engine.Start(t.Context(), stdio)
	must(t, err)

	must(t, h.Recover(t.Context()))
	listed, err := h.engine.List(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Instance != live.Instance {
		t.Errorf("containers %v, %v", listed, err)
	}
	left, err := h.rows.AllInstances(nil)
	if err != nil || !slices.ContainsFunc(left, func(i moorage.Instance) bool { return i.ID == live.Instance }) || len(left) != 1 {
		t.Errorf("instances %v, %v", left, err)
	}
	s := h.connect(t, live.Server, ada)
	if s.Info().Instance != live.Instance {
		t.Error("the adopted instance is not used")
	}
	greet(t, s, "1", "Ada")
}

func TestARecoveryThatIsDoneAgainLeavesAloneWhatThisProcessHas(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	live, stdio := h.deploy(image, moorage.TransportHTTP, "-http"), h.deploy(image, moorage.TransportStdio)
	live.Instance = moorage.NewInstanceID(time.Now())
	must(t, h.rows.CreateInstance(t.Context(), moorage.Instance{ID: live.Instance, Status: moorage.InstanceReady}))
	_, err := h.engine.Start(t.Context(), live) // as by a Moorage that is gone
	must(t, err)
	must(t, h.Recover(t.Context()))
	adopted, begun := h.connect(t, live.Server, ada), h.connect(t, stdio.Server, ada)
	must(t, h.Recover(t.Context()))
	greet(t, adopted, "1", "Ada")
	greet(t, begun, "1", "Ada")
}

func TestAServerThatWasStillStartingIsAdoptedWhenItListens(t *testing.T) {
	h := newHarbour(t, nil)
	late := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportHTTP, "late")
	late.Instance = moorage.NewInstanceID(time.Now())
	must(t, h.rows.CreateInstance(t.Context(), moorage.Instance{ID: late.Instance, Status: moorage.InstanceReady}))
	_, err := h.engine.Start(t.Context(), late) // as by a Moorage that is gone
	must(t, err)
	must(t, h.Recover(t.Context()))
	s, err := h.Connect(t.Context(), late.Server, Guest{User: ada})
	must(t, err)
	defer s.Close()
	if a := ask(t, s, `"hello"`, "initialize", helloParams); a.Error != nil {
		t.Errorf("initialize: %v", a.Error)
	}
	if s.Info().Instance != late.Instance {
		t.Error("the adopted instance is not used")
	}
}
