package store_test

import (
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

// liveServer is a server with a live deployment.
func liveServer(t *testing.T, db *store.DB, slug string) moorage.Health {
	t.Helper()
	s := newServer(t, db, newUser(t, db, "owner-of-"+slug).ID, slug)
	queue(t, db, s, "main")
	live := probe(t, db)
	_, err := db.Switch(t.Context(), live, "u", moorage.ServerInfo{}, nil)
	must(t, err)
	return moorage.Health{ServerID: s.ID, Deployment: live, State: moorage.HealthHealthy}
}

func runs(t *testing.T, db *store.DB, h moorage.Health, clock *clock) moorage.InstanceID {
	t.Helper()
	id := moorage.NewInstanceID(clock.Now())
	must(t, db.CreateInstance(t.Context(), moorage.Instance{ID: id, ServerID: h.ServerID, DeploymentID: h.Deployment, ContainerID: "c", Status: moorage.InstanceReady}))
	return id
}

func wantState(t *testing.T, db *store.DB, server moorage.ServerID, want moorage.HealthState) moorage.Health {
	t.Helper()
	h := get[moorage.Health](t)(db.Health(t.Context(), server))
	wantEqual(t, "the state", h.State, want)
	for _, s := range get[[]moorage.ServerSummary](t)(db.ServerSummaries(t.Context(), moorage.ServerFilter{})) {
		if s.ID == server {
			wantEqual(t, "the health in a list", s.Health, h)
		}
	}
	return h
}

func TestAServerIsIdleUntilSomethingOfItRunsAndWasAsked(t *testing.T) {
	db, clock := open(t)
	bare := newServer(t, db, newUser(t, db, "ada").ID, "bare")
	wantState(t, db, bare.ID, "")
	h := liveServer(t, db, "weather")
	wantState(t, db, h.ServerID, moorage.HealthIdle)

	clock.Move(time.Second)
	first := runs(t, db, h, clock)
	wantState(t, db, h.ServerID, moorage.HealthIdle)
	h.Since, h.CheckedAt, h.Took, h.Failures = clock.Now(), clock.Move(time.Second), 3*time.Millisecond, 1
	h.Why = "The server did not answer ping within 5 seconds."
	must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, nil))
	wantEqual(t, "what is known", wantState(t, db, h.ServerID, moorage.HealthHealthy), h)

	must(t, db.SetInstanceStatus(t.Context(), first, moorage.InstanceStopped))
	wantState(t, db, h.ServerID, moorage.HealthIdle)
	clock.Move(time.Second)
	runs(t, db, h, clock)
	wantState(t, db, h.ServerID, moorage.HealthIdle)
	h.CheckedAt, h.State = clock.Move(time.Second), moorage.HealthUnhealthy
	must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, nil))
	wantState(t, db, h.ServerID, moorage.HealthUnhealthy)
}

func TestAFailingServerIsSaidToBeEvenWhenNothingOfItRuns(t *testing.T) {
	db, clock := open(t)
	h := liveServer(t, db, "weather")
	h.State, h.Since, h.Why, h.Until = moorage.HealthFailing, clock.Now(), "The server ended with exit code 7.", clock.Now().Add(5*time.Minute)
	must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, nil))
	wantEqual(t, "what is known", wantState(t, db, h.ServerID, moorage.HealthFailing), h)
}

func TestWhatWasFoundOfAnotherDeploymentCountsForNothing(t *testing.T) {
	db, clock := open(t)
	h := liveServer(t, db, "weather")
	h.State, h.Since = moorage.HealthFailing, clock.Now()
	must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, nil))
	s := get[moorage.Server](t)(db.Server(t.Context(), h.ServerID))
	queue(t, db, s, "main")
	_, err := db.Switch(t.Context(), probe(t, db), "u", moorage.ServerInfo{}, nil)
	must(t, err)
	wantState(t, db, h.ServerID, moorage.HealthIdle)
	must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, []moorage.HealthCheck{{ServerID: "srv_gone", At: clock.Now(), State: moorage.HealthHealthy}}))
	wantState(t, db, h.ServerID, moorage.HealthIdle)
}

func TestChecksAreKeptForADay(t *testing.T) {
	db, clock := open(t)
	h := liveServer(t, db, "weather")
	look := func(took time.Duration, why string) {
		must(t, db.RecordHealth(t.Context(), nil, []moorage.HealthCheck{{ServerID: h.ServerID, At: clock.Now(), State: moorage.HealthHealthy, Took: took, Error: why}}))
	}
	look(100*time.Microsecond, "")
	clock.Move(12 * time.Hour)
	look(0, "The server did not answer ping within 5 seconds.")
	kept := get[[]moorage.HealthCheck](t)(db.HealthChecks(t.Context(), h.ServerID))
	if len(kept) != 2 || kept[0].Took != time.Millisecond || kept[1].Took != 0 || kept[1].Error == "" {
		t.Errorf("kept %+v", kept)
	}
	clock.Move(12 * time.Hour)
	wantEqual(t, "the number of checks of a day", len(get[[]moorage.HealthCheck](t)(db.HealthChecks(t.Context(), h.ServerID))), 1)
	must(t, db.SweepHealth(t.Context()))
	wantEqual(t, "the number of checks after the sweep", len(get[[]moorage.HealthCheck](t)(db.HealthChecks(t.Context(), h.ServerID))), 1)
}

func TestListsAreToldOfAStateThatChangesOnly(t *testing.T) {
	db, clock := open(t)
	h := liveServer(t, db, "weather")
	runs(t, db, h, clock)
	h.Since, h.CheckedAt = clock.Now(), clock.Now()
	lists, end := db.Watch("servers")
	defer end()
	one, end := db.Watch(string(h.ServerID))
	defer end()
	for _, ask := range []struct {
		state moorage.HealthState
		lists bool
	}{{moorage.HealthHealthy, true}, {moorage.HealthHealthy, false}, {moorage.HealthUnhealthy, true}, {moorage.HealthUnhealthy, false}} {
		h.State = ask.state
		must(t, db.RecordHealth(t.Context(), []moorage.Health{h}, nil))
		select {
		case <-one:
		default:
			t.Error("the page of the server was not told")
		}
		select {
		case <-lists:
			if !ask.lists {
				t.Errorf("lists were told that it is %s still", ask.state)
			}
		default:
			if ask.lists {
				t.Errorf("lists were not told that it is %s now", ask.state)
			}
		}
	}
}
