package store_test

import (
	"slices"
	"testing"

	"moorage"
	"moorage/store"
)

func TestAServerIsPrivateUntilItsOwnerSaysOtherwise(t *testing.T) {
	db, _ := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob")
	s := newServer(t, db, ada.ID, "weather")
	wantSharing := func(what string, sharing moorage.Sharing, people ...moorage.UserID) {
		t.Helper()
		got := get[moorage.Server](t)(db.Server(t.Context(), s.ID))
		if got.Sharing != sharing || !slices.Equal(got.People, people) {
			t.Errorf("%s: %s with %v, want %s with %v", what, got.Sharing, got.People, sharing, people)
		}
	}
	wantSharing("at first", moorage.SharingPrivate)
	must(t, db.ShareServer(t.Context(), s.ID, bob.ID))
	wantSharing("bob was named", moorage.SharingPeople, bob.ID)
	wantCode(t, db.ShareServer(t.Context(), s.ID, bob.ID), moorage.Conflict)
	must(t, db.SetSharing(t.Context(), s.ID, moorage.SharingEveryone))
	wantSharing("open to all", moorage.SharingEveryone, bob.ID)
	must(t, db.SetSharing(t.Context(), s.ID, moorage.SharingPrivate))
	wantSharing("private again, and bob is remembered", moorage.SharingPrivate, bob.ID)
	must(t, db.UpdateServer(t.Context(), s)) // its settings are another thing
	wantSharing("after new settings", moorage.SharingPrivate, bob.ID)
	must(t, db.UnshareServer(t.Context(), s.ID, bob.ID))
	wantSharing("bob is named no longer", moorage.SharingPrivate)

	wantCode(t, db.UnshareServer(t.Context(), s.ID, bob.ID), moorage.NotFound)
	wantCode(t, db.ShareServer(t.Context(), s.ID, "usr_gone"), moorage.NotFound)
	wantCode(t, db.ShareServer(t.Context(), "srv_gone", bob.ID), moorage.NotFound)
	wantCode(t, db.SetSharing(t.Context(), "srv_gone", moorage.SharingPrivate), moorage.NotFound)
}

func TestSharingIsWrittenDownAndRingsTheBell(t *testing.T) {
	db, _ := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob")
	s := newServer(t, db, ada.ID, "weather")
	bell, stop := db.Watch("servers")
	defer stop()
	must(t, db.ShareServer(t.Context(), s.ID, bob.ID))
	<-bell
	must(t, db.SetSharing(t.Context(), s.ID, moorage.SharingPeople)) // as it is
	must(t, db.UnshareServer(t.Context(), s.ID, bob.ID))
	var acts []moorage.Act
	for _, e := range get[[]moorage.AuditEntry](t)(db.AuditEntries(t.Context(), moorage.AuditFilter{Target: string(s.ID)})) {
		acts = append(acts, e.Act)
		if with := e.Details["with"]; e.Act != moorage.ActSharing && e.Act != moorage.ActServerCreate && with != "bob" {
			t.Errorf("%s is of %q", e.Act, with)
		}
	}
	if want := []moorage.Act{moorage.ActUnshare, moorage.ActSharing, moorage.ActShare, moorage.ActServerCreate}; !slices.Equal(acts, want) {
		t.Errorf("got %v, want %v", acts, want)
	}
}

// shared makes five servers of ada and one of bob, and returns both.
func shared(t *testing.T, db *store.DB) (ada, bob moorage.User) {
	t.Helper()
	ada, bob = newUser(t, db, "ada"), newUser(t, db, "bob")
	carl := newUser(t, db, "carl")
	newServer(t, db, ada.ID, "a-private")
	must(t, db.SetSharing(t.Context(), newServer(t, db, ada.ID, "b-everyone").ID, moorage.SharingEveryone))
	must(t, db.ShareServer(t.Context(), newServer(t, db, ada.ID, "c-with-bob").ID, bob.ID))
	must(t, db.ShareServer(t.Context(), newServer(t, db, ada.ID, "d-with-carl").ID, carl.ID))
	back := newServer(t, db, ada.ID, "e-taken-back")
	must(t, db.ShareServer(t.Context(), back.ID, bob.ID))
	must(t, db.SetSharing(t.Context(), back.ID, moorage.SharingPrivate))
	newServer(t, db, bob.ID, "z-bobs")
	return ada, bob
}

func TestAListHoldsWhatAPersonMayCallTheirOwnFirst(t *testing.T) {
	db, _ := open(t)
	_, bob := shared(t, db)
	f := moorage.ServerFilter{Callable: bob.ID, First: bob.ID}
	rows := get[[]moorage.ServerSummary](t)(db.ServerSummaries(t.Context(), f))
	var got []string
	for _, s := range rows {
		got = append(got, s.Slug+" of "+s.Owner)
	}
	if want := []string{"z-bobs of bob", "b-everyone of ada", "c-with-bob of ada"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	wantEqual(t, "how many", get[int](t)(db.CountServers(t.Context(), f)), len(got))
}

func TestAListGoesOnBehindAnyOfItsRows(t *testing.T) {
	db, _ := open(t)
	ada, bob := shared(t, db)
	for name, f := range map[string]moorage.ServerFilter{
		"what bob may call": {Callable: bob.ID, First: bob.ID},
		"all, ada's first":  {First: ada.ID},
		"all, nobody first": {},
	} {
		whole := get[[]moorage.Server](t)(db.Servers(t.Context(), f))
		for i, s := range whole {
			f.After = moorage.Place{Others: s.OwnerID != f.First, Slug: s.Slug}
			rest := get[[]moorage.Server](t)(db.Servers(t.Context(), f))
			if len(rest) != len(whole)-i-1 || len(rest) > 0 && rest[0].ID != whole[i+1].ID {
				t.Errorf("%s: %d rows follow %s, want %d", name, len(rest), s.Slug, len(whole)-i-1)
			}
		}
	}
}

func TestATokenKeepsItsScope(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	for _, scope := range []moorage.Scope{nil, {"weather/*", "*/get_*"}} {
		token := moorage.APIToken{ID: moorage.NewTokenID(clock.Now()), UserID: ada.ID, Name: "ci", Hash: []byte(scope.String()), Scope: scope}
		must(t, db.CreateAPIToken(t.Context(), token))
		got := get[moorage.APIToken](t)(db.APITokenByHash(t.Context(), token.Hash))
		if !slices.Equal(got.Scope, scope) {
			t.Errorf("it became %q, want %q", got.Scope, scope)
		}
		e := get[[]moorage.AuditEntry](t)(db.AuditEntries(t.Context(), moorage.AuditFilter{Target: string(token.ID)}))[0]
		wantEqual(t, "the scope in the audit log", e.Details["scope"], scope.String())
	}
}
