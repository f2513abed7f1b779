package oauth_test

import (
	"sync"
	"testing"
	"time"

	"moorage"
)

func TestACallerIsThePersonAsTheyAreNow(t *testing.T) {
	p := newPlace(t, nil)
	client := p.registered("https://app.example/cb")
	got, err := p.trade(client, p.code(asks(client, "https://app.example/cb")))
	must(t, err)
	p.user.Role, p.user.Name = moorage.RoleAdmin, "Ada"
	must(t, p.db.UpdateUser(t.Context(), p.user))
	caller, err := p.Caller(t.Context(), got.Access, "HTTPS://MCP.example.com/mcp/weather")
	must(t, err)
	if caller.User.Role != moorage.RoleAdmin || caller.User.Name != "Ada" || caller.Means != moorage.MeansClient || !caller.Scope.Whole("weather") || caller.Scope.Reaches("tides") {
		t.Errorf("%+v", caller)
	}
	p.pass(time.Hour - time.Second)
	_, err = p.Caller(t.Context(), got.Access, resource)
	must(t, err)
	p.pass(time.Second)
	_, err = p.Caller(t.Context(), got.Access, resource)
	wantCode(t, err, moorage.Unauthenticated)
}

func TestTheLastUseOfAGrantIsKnownToTheMinute(t *testing.T) {
	p := newPlace(t, nil)
	client := p.registered("https://app.example/cb")
	got, err := p.trade(client, p.code(asks(client, "https://app.example/cb")))
	must(t, err)
	used := func(after time.Duration) time.Time {
		t.Helper()
		p.pass(after)
		_, err := p.Caller(t.Context(), got.Access, resource)
		must(t, err)
		all, err := p.db.OAuthGrants(t.Context(), p.user.ID)
		must(t, err)
		return all[0].LastUsedAt
	}
	first := used(time.Minute)
	if !first.Equal(p.clock()) {
		t.Errorf("first used at %s, want %s", first, p.clock())
	}
	if again := used(59 * time.Second); !again.Equal(first) {
		t.Errorf("written again within a minute: %s", again)
	}
	if next := used(time.Second); !next.Equal(p.clock()) {
		t.Errorf("used at %s, want %s", next, p.clock())
	}
}

func TestOfManyWhoBringOneCodeAtMostOneIsServedAndNobodyKeepsIt(t *testing.T) {
	p := newPlace(t, nil)
	client := p.registered("https://app.example/cb")
	code := p.code(asks(client, "https://app.example/cb"))
	var (
		mu     sync.Mutex
		served []string
		group  sync.WaitGroup
	)
	for range 20 {
		group.Go(func() {
			if got, err := p.trade(client, code); err == nil {
				mu.Lock()
				defer mu.Unlock()
				served = append(served, got.Access)
			}
		})
	}
	group.Wait()
	if len(served) != 1 {
		t.Fatalf("%d were served", len(served))
	}
	_, err := p.Caller(t.Context(), served[0], resource)
	wantCode(t, err, moorage.Unauthenticated)
}
