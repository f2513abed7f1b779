package store_test

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
)

func TestAPersonIsFoundByIdGitHubAccountAndLogin(t *testing.T) {
	db, clock := open(t)
	want := moorage.User{
		ID: moorage.NewUserID(clock.Now()), GitHubID: 42, Login: "Ada", Name: "Ada L.", AvatarURL: "https://example.com/a.png",
		Role: moorage.RoleAdmin, CreatedAt: clock.Now(), LastSeenAt: clock.Now(),
	}
	must(t, db.CreateUser(t.Context(), want))
	wantEqual(t, "by id", get[moorage.User](t)(db.User(t.Context(), want.ID)), want)
	wantEqual(t, "by account", get[moorage.User](t)(db.UserByGitHubID(t.Context(), 42)), want)
	wantEqual(t, "by login", get[moorage.User](t)(db.UserByLogin(t.Context(), "aDA")), want)
	want.Name, want.LastSeenAt = "Ada Lovelace", clock.Move(time.Hour)
	must(t, db.UpdateUser(t.Context(), want))
	wantEqual(t, "everyone", get[[]moorage.User](t)(db.Users(t.Context()))[0], want)
	_, err := db.User(t.Context(), "usr_gone")
	wantCode(t, err, moorage.NotFound)
	wantCode(t, db.UpdateUser(t.Context(), moorage.User{ID: "usr_gone", Role: moorage.RoleMember}), moorage.NotFound)
}

func TestAGitHubAccountBelongsToOnePerson(t *testing.T) {
	db, _ := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob") // both without an account
	ada.GitHubID, bob.GitHubID = 42, 42
	must(t, db.UpdateUser(t.Context(), ada))
	wantCode(t, db.UpdateUser(t.Context(), bob), moorage.Conflict)
	wantCode(t, db.CreateUser(t.Context(), moorage.User{ID: "usr_3", GitHubID: 42, Role: moorage.RoleMember}), moorage.Conflict)
}

func TestSetupIsDoneWhenThereIsAnAdmin(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	wantEqual(t, "an admin among members", get[bool](t)(db.HasAdmin(t.Context())), false)
	ada.Role = moorage.RoleAdmin
	must(t, db.UpdateUser(t.Context(), ada))
	wantEqual(t, "an admin", get[bool](t)(db.HasAdmin(t.Context())), true)
}

func TestAGitHubTokenIsKeptUntilItIsCleared(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	_, err := db.GitHubToken(t.Context(), ada.ID)
	wantCode(t, err, moorage.NotFound)
	must(t, db.SetGitHubToken(t.Context(), ada.ID, []byte{0, 1}))
	must(t, db.UpdateUser(t.Context(), ada)) // leaves the token alone
	if sealed := get[[]byte](t)(db.GitHubToken(t.Context(), ada.ID)); !bytes.Equal(sealed, []byte{0, 1}) {
		t.Errorf("the token is %x", sealed)
	}
	must(t, db.SetGitHubToken(t.Context(), ada.ID, nil))
	_, err = db.GitHubToken(t.Context(), ada.ID)
	wantCode(t, err, moorage.NotFound)
}

func TestAccessRulesIgnoreCaseAndStandOnce(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	rule := moorage.AccessRule{Kind: moorage.AccessOrganisation, Name: "Acme", CreatedBy: ada.ID, CreatedAt: clock.Now()}
	must(t, db.AddAccessRule(t.Context(), rule))
	again := rule
	again.Name = "acme"
	wantCode(t, db.AddAccessRule(t.Context(), again), moorage.Conflict)
	again.Kind = moorage.AccessUser
	must(t, db.AddAccessRule(t.Context(), again))
	rules := get[[]moorage.AccessRule](t)(db.AccessRules(t.Context()))
	if len(rules) != 2 || rules[0] != rule {
		t.Errorf("the rules are %+v", rules)
	}
	must(t, db.RemoveAccessRule(t.Context(), moorage.AccessOrganisation, "ACME"))
	wantCode(t, db.RemoveAccessRule(t.Context(), moorage.AccessOrganisation, "ACME"), moorage.NotFound)
}

func TestABrowserStaysSignedInUntilItsSessionIsDeleted(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	session := func(hash string) moorage.WebSession {
		return moorage.WebSession{IDHash: []byte(hash), UserID: ada.ID, CreatedAt: clock.Now(), SeenAt: clock.Now(),
			ExpiresAt: clock.Now().Add(time.Hour), UserAgent: "Firefox"}
	}
	for _, hash := range []string{"a", "b", "c"} {
		must(t, db.CreateWebSession(t.Context(), session(hash)))
	}
	seen := clock.Move(time.Minute)
	must(t, db.TouchWebSession(t.Context(), []byte("a"), seen))
	got := get[moorage.WebSession](t)(db.WebSession(t.Context(), []byte("a")))
	wantEqual(t, "the person", got.UserID, ada.ID)
	wantEqual(t, "the last sight", got.SeenAt, seen)
	wantEqual(t, "the end", got.ExpiresAt, seen.Add(59*time.Minute))

	must(t, db.DeleteWebSession(t.Context(), []byte("a")))
	must(t, db.DeleteWebSession(t.Context(), []byte("a")))
	_, err := db.WebSession(t.Context(), []byte("a"))
	wantCode(t, err, moorage.NotFound)
	wantCode(t, db.TouchWebSession(t.Context(), []byte("a"), seen), moorage.NotFound)
	must(t, db.DeleteWebSessionsOf(t.Context(), ada.ID))
	_, err = db.WebSession(t.Context(), []byte("b"))
	wantCode(t, err, moorage.NotFound)

	must(t, db.CreateWebSession(t.Context(), session("old")))
	clock.Move(time.Hour)
	must(t, db.CreateWebSession(t.Context(), session("new")))
	_, err = db.WebSession(t.Context(), []byte("old"))
	wantCode(t, err, moorage.NotFound)
}

func TestAnOAuthStateIsTakenByOneOfMany(t *testing.T) {
	db, clock := open(t)
	want := moorage.OAuthState{StateHash: []byte("s"), BrowserHash: []byte("b"), Verifier: "v", Next: "/repos", LinkTo: "usr_1",
		ExpiresAt: clock.Now().Add(time.Minute)}
	must(t, db.CreateOAuthState(t.Context(), want))
	var winners atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			got, err := db.TakeOAuthState(t.Context(), []byte("s"))
			switch {
			case err == nil && got.Next == want.Next && got.Verifier == want.Verifier && bytes.Equal(got.BrowserHash, want.BrowserHash) &&
				got.LinkTo == want.LinkTo && got.ExpiresAt.Equal(want.ExpiresAt):
				winners.Add(1)
			case moorage.ErrorCode(err) != moorage.NotFound:
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	wantEqual(t, "the winners", winners.Load(), 1)
}

func TestASetupCodeWorksOnceAndNotForLong(t *testing.T) {
	db, clock := open(t)
	must(t, db.CreateSetupCode(t.Context(), []byte("one"), clock.Now().Add(time.Minute)))
	must(t, db.CreateSetupCode(t.Context(), []byte("two"), clock.Now().Add(time.Minute)))
	must(t, db.HasSetupCode(t.Context(), []byte("one")))
	must(t, db.TakeSetupCode(t.Context(), []byte("one")))
	wantCode(t, db.TakeSetupCode(t.Context(), []byte("one")), moorage.NotFound)
	wantCode(t, db.HasSetupCode(t.Context(), []byte("one")), moorage.NotFound)
	clock.Move(time.Minute)
	wantCode(t, db.HasSetupCode(t.Context(), []byte("two")), moorage.NotFound)
	wantCode(t, db.TakeSetupCode(t.Context(), []byte("two")), moorage.NotFound)
}

func TestATokenBelongsToItsPerson(t *testing.T) {
	db, clock := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob")
	token := moorage.APIToken{ID: "tok_1", UserID: ada.ID, Name: "laptop", Hash: []byte("h"), CreatedAt: clock.Now()}
	must(t, db.CreateAPIToken(t.Context(), token))
	wantCode(t, db.CreateAPIToken(t.Context(), token), moorage.Conflict)
	got := get[moorage.APIToken](t)(db.APITokenByHash(t.Context(), []byte("h")))
	wantEqual(t, "a token that never ends", got.ExpiresAt.IsZero(), true)
	wantEqual(t, "a token never used", got.LastUsedAt.IsZero(), true)
	used := clock.Move(time.Minute)
	must(t, db.TouchAPIToken(t.Context(), "tok_1", used))
	wantEqual(t, "the last use", get[[]moorage.APIToken](t)(db.APITokens(t.Context(), ada.ID))[0].LastUsedAt, used)
	wantEqual(t, "another's tokens", len(get[[]moorage.APIToken](t)(db.APITokens(t.Context(), bob.ID))), 0)
	wantCode(t, db.DeleteAPIToken(t.Context(), bob.ID, "tok_1"), moorage.NotFound)
	must(t, db.DeleteAPIToken(t.Context(), ada.ID, "tok_1"))
	_, err := db.APITokenByHash(t.Context(), []byte("h"))
	wantCode(t, err, moorage.NotFound)
}

func TestASettingHasAPlainAndASealedPart(t *testing.T) {
	db, _ := open(t)
	_, _, err := db.Setting(t.Context(), "github_client")
	wantCode(t, err, moorage.NotFound)
	must(t, db.SetSetting(t.Context(), "github_client", "id-1", []byte{1}))
	must(t, db.SetSetting(t.Context(), "github_client", "id-2", []byte{2}))
	value, sealed, err := db.Setting(t.Context(), "github_client")
	must(t, err)
	if value != "id-2" || !bytes.Equal(sealed, []byte{2}) {
		t.Errorf("the setting is %q, %x", value, sealed)
	}
}
