package store_test

import (
	"fmt"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

func callOf(s moorage.Server, n int64, began time.Time) moorage.Call {
	return moorage.Call{
		N: n, Server: s.ID, Instance: "ins_1", User: s.OwnerID, Means: moorage.MeansToken, Method: "tools/call", Tool: "forecast",
		Began: began, Took: 12 * time.Millisecond, Outcome: moorage.OutcomeToolError, Code: -32000, In: 10, Out: 20,
		Kept: &moorage.Kept{Arguments: "a secret", Result: "a secret"},
	}
}

// used is a database in which one server was used for a while.
func used(t *testing.T) (*store.DB, *clock, moorage.Server) {
	db, clock := open(t)
	return db, clock, newServer(t, db, newUser(t, db, "ada").ID, "weather")
}

func TestCountsOfOneMinuteAreAddedUp(t *testing.T) {
	db, clock, s := used(t)
	bell, end := db.WatchUsage(s.ID)
	defer end()
	for range 2 {
		tally := moorage.Tally{Server: s.ID, Minute: clock.Now(), Method: "tools/call", Tool: "forecast"}
		tally.Add(callOf(s, 0, clock.Now()))
		must(t, db.AddUsage(t.Context(), moorage.Usage{Tallies: []moorage.Tally{tally}}))
	}
	<-bell
	list := get[[]moorage.Tally](t)(db.Tallies(t.Context(), s.ID, clock.Now()))
	if len(list) != 1 || list[0].Calls != 2 || list[0].Errors != 2 || list[0].In != 20 || list[0].Took.Quantile(1) < 10*time.Millisecond {
		t.Errorf("%+v", list)
	}
}

func TestTheLastCallsOfAServerAreKeptAsTheyWere(t *testing.T) {
	db, clock, s := used(t)
	var calls []moorage.Call
	for n := range int64(moorage.MaxCalls + 5) {
		calls = append(calls, callOf(s, n+1, clock.Now()))
	}
	calls[100].User = "usr_else"
	must(t, db.AddUsage(t.Context(), moorage.Usage{Calls: calls}))
	list := get[[]moorage.Call](t)(db.Calls(t.Context(), s.ID, ""))
	want := calls[len(calls)-1]
	want.Kept = nil
	if len(list) != moorage.MaxCalls || list[0] != want {
		t.Errorf("%d calls, the last %+v, want %+v", len(list), list[0], want)
	}
	if mine := get[[]moorage.Call](t)(db.Calls(t.Context(), s.ID, "usr_else")); len(mine) != 1 || mine[0].N != 101 {
		t.Errorf("of one person %+v", mine)
	}
}

func TestUsageIsForgottenAfterADayAndWithItsServer(t *testing.T) {
	db, clock, s := used(t)
	other := newServer(t, db, s.OwnerID, "maps")
	add := func(n int64, s moorage.Server) {
		t.Helper()
		must(t, db.AddUsage(t.Context(), moorage.Usage{
			Tallies: []moorage.Tally{{Server: s.ID, Minute: clock.Now(), Method: "tools/call"}}, Calls: []moorage.Call{callOf(s, n, clock.Now())},
			Loads: []moorage.Load{{Server: s.ID, At: clock.Now(), Sessions: 1, Instances: 2, Memory: 3, CPU: 0.5}},
		}))
	}
	rows := func(s moorage.Server) string {
		t.Helper()
		old := time.UnixMilli(0)
		tallies, loads, calls := get[[]moorage.Tally](t)(db.Tallies(t.Context(), s.ID, old)), get[[]moorage.Load](t)(db.Loads(t.Context(), s.ID, old)), get[[]moorage.Call](t)(db.Calls(t.Context(), s.ID, ""))
		return fmt.Sprint(len(tallies), len(loads), len(calls))
	}
	add(1, s)
	clock.Move(time.Hour)
	add(2, s)
	clock.Move(moorage.UsageAge - time.Minute)
	add(3, other)
	wantEqual(t, "what is left of a day ago", rows(s), "1 1 1")
	if loads := get[[]moorage.Load](t)(db.Loads(t.Context(), other.ID, time.UnixMilli(0))); loads[0].CPU != 0.5 || loads[0].Memory != 3 {
		t.Errorf("%+v", loads)
	}
	must(t, db.DeleteServer(t.Context(), s.ID))
	wantEqual(t, "what is left of a server that is gone", rows(s), "0 0 0")
	wantEqual(t, "what is left of another", rows(other), "1 1 1")
}
