package store_test

import (
	"slices"
	"testing"
	"time"

	"moorage"
)

// rang reports whether a bell has rung, and takes the ring.
func rang(bell <-chan struct{}) bool {
	select {
	case <-bell:
		return true
	default:
		return false
	}
}

func TestABellRingsForWhatConcernsItsTopic(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	s := newServer(t, db, ada.ID, "weather")
	other := newServer(t, db, ada.ID, "maps")
	d := queue(t, db, s, "main")
	instance := moorage.Instance{ID: "ins_1", ServerID: s.ID, DeploymentID: d.ID, ContainerID: "c", Status: moorage.InstanceStarting}

	everywhere := []string{"deployment", "server", "deployments", "servers"}
	for _, step := range []struct {
		name  string
		do    func() error
		rings []string
	}{
		{"a claim", func() error { _, err := db.ClaimDeployment(t.Context()); return err }, everywhere},
		{"an advance", func() error {
			return db.AdvanceDeployment(t.Context(), d.ID, moorage.StatusCloning, moorage.StatusBuilding)
		}, everywhere},
		{"a heartbeat", func() error { return db.Heartbeat(t.Context(), d.ID) }, nil},
		{"a commit", func() error { return db.SetCommit(t.Context(), d.ID, moorage.Commit{}) }, []string{"deployment", "deployments"}},
		{"a step", func() error {
			return db.BeginStep(t.Context(), d.ID, moorage.Step{N: 1, Name: "clone", Status: moorage.StepRunning})
		}, []string{"deployment"}},
		{"a line", func() error { return db.AppendLog(t.Context(), d.ID, []moorage.LogLine{{Seq: 1}}) }, []string{"deployment"}},
		{"a variable", func() error {
			return db.SetVariable(t.Context(), s.ID, moorage.Variable{Name: "KEY", UpdatedBy: ada.ID})
		}, []string{"server"}},
		{"an instance", func() error { return db.CreateInstance(t.Context(), instance) }, []string{"server"}},
		{"its status", func() error {
			return db.SetInstanceStatus(t.Context(), "ins_1", moorage.InstanceReady)
		}, []string{"server"}},
		{"its use", func() error { return db.TouchInstance(t.Context(), "ins_1", clock.Now()) }, nil},
		{"an end", func() error {
			return db.EndDeployment(t.Context(), d.ID, moorage.StatusBuilding, moorage.StatusFailed, nil)
		}, everywhere},
		{"an end that is refused", func() error {
			err := db.EndDeployment(t.Context(), d.ID, moorage.StatusBuilding, moorage.StatusFailed, nil)
			wantCode(t, err, moorage.Conflict)
			return nil
		}, nil},
		{"another server", func() error { return db.UpdateServer(t.Context(), other) }, []string{"servers"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			bells := make([]<-chan struct{}, len(everywhere))
			for i, topic := range []string{string(d.ID), string(s.ID), "deployments", "servers"} {
				bell, stop := db.Watch(topic)
				defer stop()
				bells[i] = bell
			}
			must(t, step.do())
			var rings []string
			for i, name := range everywhere {
				if rang(bells[i]) {
					rings = append(rings, name)
				}
			}
			if !slices.Equal(rings, step.rings) {
				t.Errorf("it rings %v, want %v", rings, step.rings)
			}
		})
	}
}

func TestABellHoldsOneRingForSeveralTopicsUntilItIsStopped(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	bell, stop := db.Watch("servers", "deployments")
	s := newServer(t, db, ada.ID, "weather")
	queue(t, db, s, "main")
	wantEqual(t, "the first ring", rang(bell), true)
	wantEqual(t, "a second ring", rang(bell), false)
	stop()
	queue(t, db, s, "release")
	wantEqual(t, "a ring after the stop", rang(bell), false)
}

func TestWhoHearsABellReadsWhatRangIt(t *testing.T) {
	db, _ := open(t)
	bell, stop := db.Watch("servers")
	defer stop()
	ada := newUser(t, db, "ada")
	go func() {
		_ = db.CreateServer(t.Context(), moorage.Server{ID: moorage.NewServerID(time.Now()), Slug: "weather", OwnerID: ada.ID,
			Source: moorage.Source{Origin: moorage.OriginRepo}, Status: moorage.ServerNew})
	}()
	<-bell
	wantEqual(t, "the number of servers", get[int](t)(db.CountServers(t.Context(), moorage.ServerFilter{})), 1)
}
