package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

// giveGrant stores a grant of a person with its code, both good for a minute.
func giveGrant(t *testing.T, db *store.DB, c *clock, user moorage.UserID, client string) (moorage.OAuthGrant, moorage.OAuthCode) {
	t.Helper()
	g := moorage.OAuthGrant{
		ID: moorage.NewGrantID(c.Now()), UserID: user, ClientID: client, ClientName: "Test", ClientHost: "app.example",
		RedirectURI: "http://127.0.0.1/cb", Resource: "http://127.0.0.1:8080/mcp/weather", CreatedAt: c.Now(), ExpiresAt: c.Now().Add(time.Minute),
	}
	code := moorage.OAuthCode{Hash: []byte("code of " + g.ID), GrantID: g.ID, RedirectURI: "http://127.0.0.1:7/cb", Challenge: "abc", ExpiresAt: g.ExpiresAt}
	must(t, db.CreateOAuthGrant(t.Context(), g, code, c.Now().Add(time.Hour), true))
	return g, code
}

func tokenOf(g moorage.OAuthGrant, kind moorage.OAuthTokenKind, name string, c *clock, life time.Duration) moorage.OAuthToken {
	return moorage.OAuthToken{Hash: []byte(name), GrantID: g.ID, Kind: kind, CreatedAt: c.Now(), ExpiresAt: c.Now().Add(life)}
}

func TestAGrantIsKeptWithItsCodeAndTokens(t *testing.T) {
	db, clock := open(t)
	g, code := giveGrant(t, db, clock, newUser(t, db, "ada").ID, "client_1")
	gotCode, got, err := db.OAuthCode(t.Context(), code.Hash)
	must(t, err)
	wantEqual(t, "the grant", got, g)
	wantEqual(t, "the code", fmt.Sprint(gotCode), fmt.Sprint(code))
	access := tokenOf(g, moorage.OAuthAccess, "a", clock, time.Hour)
	must(t, db.RedeemOAuthCode(t.Context(), code, access, tokenOf(g, moorage.OAuthRefresh, "r", clock, 5*time.Hour)))
	gotToken, got, err := db.OAuthToken(t.Context(), access.Hash)
	must(t, err)
	g.ExpiresAt = clock.Now().Add(5 * time.Hour)
	wantEqual(t, "the grant", got, g)
	wantEqual(t, "the token", fmt.Sprint(gotToken), fmt.Sprint(access))
	must(t, db.TouchOAuthGrant(t.Context(), g.ID, clock.Move(time.Second)))
	g.LastUsedAt = clock.Now()
	listed := get[[]moorage.OAuthGrant](t)(db.OAuthGrants(t.Context(), g.UserID))
	if len(listed) != 1 || listed[0] != g {
		t.Errorf("listed is %+v, want %+v", listed, g)
	}
}

func TestOfManyWhoBringOneRefreshTokenOneIsServedAndTheGrantEnds(t *testing.T) {
	db, clock := open(t)
	g, code := giveGrant(t, db, clock, newUser(t, db, "ada").ID, "client_1")
	refresh := tokenOf(g, moorage.OAuthRefresh, "r", clock, time.Hour)
	must(t, db.RedeemOAuthCode(t.Context(), code, refresh))
	var (
		mu     sync.Mutex
		served int
		group  sync.WaitGroup
	)
	for i := range 20 {
		group.Go(func() {
			err := db.RotateOAuthToken(t.Context(), refresh, tokenOf(g, moorage.OAuthRefresh, fmt.Sprint("r", i), clock, time.Hour))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				served++
			} else {
				wantCode(t, err, moorage.Conflict)
			}
		})
	}
	group.Wait()
	wantEqual(t, "how many were served", served, 1)
	wantEqual(t, "how many grants are left", len(get[[]moorage.OAuthGrant](t)(db.OAuthGrants(t.Context(), g.UserID))), 0)
	_, _, err := db.OAuthToken(t.Context(), refresh.Hash)
	wantCode(t, err, moorage.NotFound)
}

func TestACodeThatComesAgainEndsItsGrantButNotAnothers(t *testing.T) {
	db, clock := open(t)
	user := newUser(t, db, "ada").ID
	g, code := giveGrant(t, db, clock, user, "client_1")
	other, otherCode := giveGrant(t, db, clock, user, "client_1")
	must(t, db.RedeemOAuthCode(t.Context(), code, tokenOf(g, moorage.OAuthAccess, "a", clock, time.Hour)))
	must(t, db.RedeemOAuthCode(t.Context(), otherCode, tokenOf(other, moorage.OAuthAccess, "b", clock, time.Hour)))
	wantCode(t, db.RedeemOAuthCode(t.Context(), code, tokenOf(g, moorage.OAuthAccess, "c", clock, time.Hour)), moorage.Conflict)
	wantCode(t, db.RedeemOAuthCode(t.Context(), code, tokenOf(g, moorage.OAuthAccess, "c", clock, time.Hour)), moorage.Conflict)
	left := get[[]moorage.OAuthGrant](t)(db.OAuthGrants(t.Context(), user))
	if len(left) != 1 || left[0].ID != other.ID {
		t.Errorf("left are %+v", left)
	}
}

func TestOnlyAGrantThatNobodyTookIsForgotten(t *testing.T) {
	db, clock := open(t)
	user := newUser(t, db, "ada").ID
	taken, code := giveGrant(t, db, clock, user, "client_1")
	must(t, db.RedeemOAuthCode(t.Context(), code, tokenOf(taken, moorage.OAuthAccess, "a", clock, time.Hour)))
	open, openCode := giveGrant(t, db, clock, user, "client_1")
	must(t, db.ForgetOAuthGrant(t.Context(), taken.ID))
	must(t, db.ForgetOAuthGrant(t.Context(), open.ID))
	_, _, err := db.OAuthCode(t.Context(), openCode.Hash)
	wantCode(t, err, moorage.NotFound)
	wantEqual(t, "how many are left", len(get[[]moorage.OAuthGrant](t)(db.OAuthGrants(t.Context(), user))), 1)
}

func TestAGrantIsItsPersonsToEnd(t *testing.T) {
	db, clock := open(t)
	user, other := newUser(t, db, "ada").ID, newUser(t, db, "grace").ID
	g, _ := giveGrant(t, db, clock, user, "client_1")
	wantCode(t, db.EndOAuthGrant(t.Context(), other, g.ID), moorage.NotFound)
	must(t, db.EndOAuthGrant(t.Context(), user, g.ID))
	wantCode(t, db.EndOAuthGrant(t.Context(), user, g.ID), moorage.NotFound)
	g, code := giveGrant(t, db, clock, user, "client_1")
	must(t, db.EndOAuthGrantsOf(t.Context(), other))
	_, _, err := db.OAuthCode(t.Context(), code.Hash)
	must(t, err)
	must(t, db.EndOAuthGrantsOf(t.Context(), user))
	_, _, err = db.OAuthCode(t.Context(), code.Hash)
	wantCode(t, err, moorage.NotFound)
	wantCode(t, db.TouchOAuthGrant(t.Context(), g.ID, clock.Now()), moorage.NotFound)
}

func TestWhatHasExpiredIsSwept(t *testing.T) {
	db, clock := open(t)
	user := newUser(t, db, "ada").ID
	client := func(id string) moorage.OAuthClient {
		return moorage.OAuthClient{ID: id, Name: id, RedirectURIs: []string{"http://127.0.0.1/cb"}, AuthMethod: "none", CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(30 * time.Minute)}
	}
	for _, id := range []string{"never", "used", "connected"} {
		must(t, db.CreateOAuthClient(t.Context(), client(id), 10))
	}
	giveGrant(t, db, clock, user, "used")
	g, code := giveGrant(t, db, clock, user, "connected")
	must(t, db.RedeemOAuthCode(t.Context(), code, tokenOf(g, moorage.OAuthAccess, "a", clock, time.Hour), tokenOf(g, moorage.OAuthRefresh, "r", clock, 3*time.Hour)))
	there := func(ids string) {
		t.Helper()
		must(t, db.SweepOAuth(t.Context()))
		got := ""
		for _, id := range []string{"never", "used", "connected"} {
			if _, err := db.OAuthClient(t.Context(), id); err == nil {
				got += id + " "
			}
		}
		for _, name := range []string{"a", "r"} {
			if _, _, err := db.OAuthToken(t.Context(), []byte(name)); err == nil {
				got += name + " "
			}
		}
		wantEqual(t, "what is there", got, ids)
	}
	there("never used connected a r ")
	clock.Move(30 * time.Minute)
	there("used connected a r ")
	clock.Move(30 * time.Minute)
	there("connected r ")
	clock.Move(2 * time.Hour)
	there("")
}

func TestClientsThatNobodyLetInAreFew(t *testing.T) {
	db, clock := open(t)
	for i := range 5 {
		c := moorage.OAuthClient{ID: fmt.Sprint("c", i), AuthMethod: "client_secret_post", SecretHash: []byte{1}, ExpiresAt: clock.Now().Add(time.Hour)}
		must(t, db.CreateOAuthClient(t.Context(), c, 2))
		if i == 0 {
			giveGrant(t, db, clock, newUser(t, db, "ada").ID, c.ID)
		}
	}
	for i, want := range []moorage.Code{"", moorage.NotFound, moorage.NotFound, "", ""} {
		_, err := db.OAuthClient(t.Context(), fmt.Sprint("c", i))
		wantCode(t, err, want)
	}
}
