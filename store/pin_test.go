package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

// deployed brings a new deployment of a server live, with what it offers.
func deployed(t *testing.T, db *store.DB, s moorage.Server, offers ...moorage.Offer) moorage.DeploymentID {
	t.Helper()
	queue(t, db, s, "main")
	id := probe(t, db)
	_, err := db.Switch(t.Context(), id, "u", moorage.ServerInfo{}, offers)
	must(t, err)
	return id
}

func prompt(name, hash string) moorage.Offer {
	return moorage.Offer{Kind: moorage.OfferPrompt, Name: name, Hash: hash, Object: []byte(`{"name":"` + name + `","v":` + hash + `}`)}
}

// said is a tool whose object says which it is.
func said(name, hash string) moorage.Offer {
	o := prompt(name, hash)
	o.Kind = moorage.OfferTool
	return o
}

// wantHeld compares what is held, as "kind name".
func wantHeld(t *testing.T, db *store.DB, s moorage.Server, want ...string) {
	t.Helper()
	var list, set []string
	for _, h := range get[[]moorage.HeldOffer](t)(db.HeldOffers(t.Context(), s.ID)) {
		list = append(list, string(h.Kind)+" "+h.Name)
		if !h.Held {
			t.Errorf("%s is not held and listed as held", h.Name)
		}
	}
	for key := range get[moorage.Holding](t)(db.Held(t.Context(), s.ID)).HeldSet {
		set = append(set, string(key.Kind)+" "+key.Name)
	}
	slices.Sort(list)
	slices.Sort(set)
	slices.Sort(want)
	if !slices.Equal(list, want) || !slices.Equal(set, want) {
		t.Errorf("held are %q, as a set %q, want %q", list, set, want)
	}
	sum := get[[]moorage.ServerSummary](t)(db.ServerSummaries(t.Context(), moorage.ServerFilter{}))
	wantEqual(t, "how many are held", sum[0].Held, len(want))
}

// wantChanges compares the changes of a server, newest first, as printed.
func wantChanges(t *testing.T, db *store.DB, s moorage.Server, want ...string) []moorage.Change {
	t.Helper()
	list := get[[]moorage.Change](t)(db.Changes(t.Context(), s.ID, 0, 0))
	var got []string
	for _, c := range list {
		words := fmt.Sprintf("%s %s: %s -> %s", c.Kind, c.Name, c.Before, c.After)
		if c.Held {
			words += ", held"
		}
		if !c.SettledAt.IsZero() {
			words += ", settled by " + c.SettledBy
		}
		got = append(got, words)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the changes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return list
}

func TestTheFirstDeploymentPinsEverything(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	must(t, db.SetHoldChanges(t.Context(), s.ID, true))
	deployed(t, db, s, said("a", "1"), prompt("a", "1"))
	wantHeld(t, db, s)
	wantChanges(t, db, s)
	wantEqual(t, "the prompts", len(get[[]moorage.Offer](t)(db.Offers(t.Context(), s.ID, moorage.OfferPrompt))), 1)
}

func TestWhereChangesAreNotHeldTheyAreOfferedAndWrittenDown(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	deployed(t, db, s, said("a", "1"), said("b", "1"), prompt("a", "1"))
	clock.Move(time.Hour)
	id := deployed(t, db, s, said("a", "2"), said("c", "1"), prompt("a", "1"))
	wantHeld(t, db, s)
	list := wantChanges(t, db, s, `tool b: {"name":"b","v":1} -> `, `tool c:  -> {"name":"c","v":1}`, `tool a: {"name":"a","v":1} -> {"name":"a","v":2}`)
	for _, c := range list {
		if c.Deployment != id || c.Running || c.At != clock.Now() {
			t.Errorf("it is %+v", c)
		}
	}
	wantEqual(t, "the open ones", get[int](t)(db.OpenChanges(t.Context(), s.ID)), 3)
	ctx := moorage.WithActor(t.Context(), moorage.Actor{Login: "ada"})
	wantCode(t, db.ApproveAll(ctx, s.ID, list[0].N-1), moorage.Conflict)
	must(t, db.ApproveAll(ctx, s.ID, list[0].N))
	wantEqual(t, "the open ones", get[int](t)(db.OpenChanges(t.Context(), s.ID)), 0)
	deployed(t, db, s, said("c", "1"), prompt("a", "1"), said("a", "2"))
	wantEqual(t, "after another order", get[int](t)(db.OpenChanges(t.Context(), s.ID)), 0)
}

func TestAChangeIsHeldUntilItsOwnerApprovesIt(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	deployed(t, db, s, said("a", "1"), said("b", "1"), prompt("a", "1"))
	must(t, db.SetHoldChanges(t.Context(), s.ID, true))
	deployed(t, db, s, said("a", "2"), said("b", "1"), said("c", "1"), prompt("a", "2"))
	wantHeld(t, db, s, "tool a", "tool c", "prompt a")
	deployed(t, db, s, said("a", "3"), said("b", "1"), prompt("a", "1"))
	wantHeld(t, db, s, "tool a") // the prompt is as it was approved, the other tool is gone
	h := get[[]moorage.HeldOffer](t)(db.HeldOffers(t.Context(), s.ID))[0]
	wantEqual(t, "what was approved", string(h.Pinned), `{"name":"a","v":1}`)
	wantEqual(t, "what it is", string(h.Object), `{"name":"a","v":3}`)

	ctx, key := moorage.WithActor(t.Context(), moorage.Actor{Login: "ada"}), moorage.OfferKey{Kind: moorage.OfferTool, Name: "a"}
	wantCode(t, db.Approve(ctx, s.ID, key, "2"), moorage.Conflict)
	wantCode(t, db.Approve(ctx, s.ID, moorage.OfferKey{Kind: moorage.OfferTool, Name: "c"}, "1"), moorage.Conflict)
	wantHeld(t, db, s, "tool a")
	must(t, db.Approve(ctx, s.ID, key, "3"))
	must(t, db.Approve(ctx, s.ID, key, "3")) // twice is once
	wantHeld(t, db, s)
	rows := get[[]moorage.AuditEntry](t)(db.AuditEntries(t.Context(), moorage.AuditFilter{Act: moorage.ActApprove}))
	if len(rows) != 1 || rows[0].Details["name"] != "a" || rows[0].Details["hash"] != "3" {
		t.Errorf("written down is %+v", rows)
	}
	wantChanges(t, db, s,
		`tool c: {"name":"c","v":1} -> `,
		`prompt a: {"name":"a","v":2} -> {"name":"a","v":1}`,
		`tool a: {"name":"a","v":2} -> {"name":"a","v":3}, held, settled by ada`,
		`prompt a: {"name":"a","v":1} -> {"name":"a","v":2}, held`,
		`tool c:  -> {"name":"c","v":1}, held`,
		`tool a: {"name":"a","v":1} -> {"name":"a","v":2}, held, settled by ada`)

	deployed(t, db, s, said("b", "1"))
	deployed(t, db, s, said("a", "3"), said("b", "1"))
	wantHeld(t, db, s) // it comes back as it was approved
}

func TestApprovingEverythingLeavesWhatHasAFault(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	live := deployed(t, db, s, said("a", "1"))
	must(t, db.SetHoldChanges(t.Context(), s.ID, true))
	bad := said("b", "1")
	bad.Fault = "Its tool b holds a character that a person does not see."
	if h := get[moorage.Holding](t)(db.Held(t.Context(), s.ID)); h.Nothing() || !h.Holds(said("a", "9")) || !h.Holds(said("new", "1")) {
		t.Errorf("what nobody has heard of is not held: %+v", h)
	}
	held := get[moorage.HeldSet](t)(db.Observe(t.Context(), live, moorage.OfferTool, []moorage.Offer{said("a", "2"), bad, said("c", "1")}))
	wantEqual(t, "how many are held", len(held), 3)
	wantCode(t, db.Approve(t.Context(), s.ID, bad.Key(), "1"), moorage.Conflict)
	must(t, db.ApproveAll(t.Context(), s.ID, 1e6))
	wantHeld(t, db, s, "tool b")
	must(t, db.SetHoldChanges(t.Context(), s.ID, false))
	if h := get[moorage.Holding](t)(db.Held(t.Context(), s.ID)); h.Holds(said("new", "1")) {
		t.Errorf("nothing is to wait, and yet what is new does: %+v", h)
	}
	wantHeld(t, db, s, "tool b")
}

func TestHoldingNoLongerLetsWhatWaitsBeOffered(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	deployed(t, db, s, said("a", "1"), said("b", "1"))
	must(t, db.SetHoldChanges(t.Context(), s.ID, true))
	if s := get[moorage.Server](t)(db.Server(t.Context(), s.ID)); !s.HoldChanges {
		t.Error("it is not stored")
	}
	must(t, db.UpdateServer(t.Context(), s)) // of somebody who has not heard of it
	deployed(t, db, s, said("a", "2"))
	wantHeld(t, db, s, "tool a")
	must(t, db.SetHoldChanges(t.Context(), s.ID, false))
	wantHeld(t, db, s)
	wantEqual(t, "the open ones", get[int](t)(db.OpenChanges(t.Context(), s.ID)), 1) // that one is gone, nobody has seen
	wantCode(t, db.SetHoldChanges(t.Context(), "srv_none", true), moorage.NotFound)
}

func TestWhatTheRunningServerListsIsComparedAndRings(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	old := deployed(t, db, s, said("a", "1"), prompt("a", "1"))
	live := deployed(t, db, s, said("a", "1"), prompt("a", "1"))
	bell, stop := db.Watch(string(s.ID))
	defer stop()
	rung := func() bool {
		select {
		case <-bell:
			return true
		default:
			return false
		}
	}
	for name, ask := range map[string]struct {
		id   moorage.DeploymentID
		list []moorage.Offer
	}{
		"the same":                 {live, []moorage.Offer{said("a", "1")}},
		"of what was live before":  {old, []moorage.Offer{said("a", "2")}},
		"the same, and once again": {live, []moorage.Offer{said("a", "1"), said("a", "7")}},
	} {
		_, err := db.Observe(t.Context(), ask.id, moorage.OfferTool, ask.list)
		must(t, err)
		if rung() {
			t.Errorf("%s: it rings", name)
		}
	}
	wantChanges(t, db, s)
	_, err := db.Observe(t.Context(), live, moorage.OfferTool, []moorage.Offer{said("a", "2"), said("b", "1")})
	must(t, err)
	if !rung() {
		t.Error("it does not ring")
	}
	list := wantChanges(t, db, s, `tool b:  -> {"name":"b","v":1}`, `tool a: {"name":"a","v":1} -> {"name":"a","v":2}`)
	if !list[0].Running || list[0].Deployment != live {
		t.Errorf("it is %+v", list[0])
	}
	wantHeld(t, db, s)
	must(t, db.SetHoldChanges(t.Context(), s.ID, true))
	rung()
	held := get[moorage.HeldSet](t)(db.Observe(t.Context(), live, moorage.OfferTool, []moorage.Offer{said("a", "3"), said("b", "1")}))
	if !held.Has(moorage.OfferTool, "a") || held.Has(moorage.OfferTool, "b") || held.Has(moorage.OfferPrompt, "a") || !rung() {
		t.Errorf("held is %v", held)
	}
	_, err = db.Observe(t.Context(), "dep_none", moorage.OfferTool, nil)
	wantCode(t, err, moorage.NotFound)
}

func TestOnlyTheNewestChangesAreKept(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	live := deployed(t, db, s, said("a", "1"))
	other := newServer(t, db, s.OwnerID, "other")
	kept := deployed(t, db, other, said("a", "1"))
	observe := func(id moorage.DeploymentID, list ...moorage.Offer) {
		t.Helper()
		_, err := db.Observe(t.Context(), id, moorage.OfferTool, list)
		must(t, err)
	}
	observe(kept, said("a", "2"))
	var many []moorage.Offer
	for i := range 600 {
		many = append(many, said(fmt.Sprint("t", i), "1"))
	}
	observe(live, many...)
	list := get[[]moorage.Change](t)(db.Changes(t.Context(), s.ID, 0, 0))
	wantEqual(t, "how many are kept", len(list), 500)
	wantEqual(t, "the newest", list[0].Name, "a") // which is gone
	next := get[[]moorage.Change](t)(db.Changes(t.Context(), s.ID, list[9].N, 5))
	wantEqual(t, "the next page", next[0].N, list[10].N)
	big := said("big", "1")
	big.Object = []byte(`"` + strings.Repeat("x", 12<<20) + `"`)
	observe(live, big)
	big2 := big
	big2.Hash = "2"
	observe(live, big2)
	wantEqual(t, "how many of great ones", len(get[[]moorage.Change](t)(db.Changes(t.Context(), s.ID, 0, 0))), 1)
	wantEqual(t, "of another server", len(get[[]moorage.Change](t)(db.Changes(t.Context(), other.ID, 0, 0))), 1)
	must(t, db.DeleteServer(t.Context(), s.ID))
	wantEqual(t, "after its end", len(get[[]moorage.Change](t)(db.Changes(t.Context(), s.ID, 0, 0))), 0)
}
