package auth_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
)

// member stores a person to give tokens to.
func member(t *testing.T, s *site) moorage.User {
	t.Helper()
	user := moorage.User{ID: moorage.NewUserID(s.now()), GitHubID: 8, Login: "member", Role: moorage.RoleMember, CreatedAt: s.now(), LastSeenAt: s.now()}
	if err := s.db.CreateUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	return user
}

func TestATokenIsItsOwner(t *testing.T) {
	s := newSite(t)
	user := member(t, s)
	token, err := s.NewToken(t.Context(), user, " laptop ", time.Hour, nil)
	if err != nil || !regexp.MustCompile(`^moor_[a-z2-7]{58}$`).MatchString(token) {
		t.Fatalf("token %q, %v", token, err)
	}
	for _, header := range []string{"Bearer " + token, "bearer " + token} {
		if got, err := s.Bearer(t.Context(), header); err != nil || got.User.ID != user.ID {
			t.Errorf("%v, %v", got.User.ID, err)
		}
	}
	stored, err := s.db.APITokens(t.Context(), user.ID)
	if err != nil || len(stored) != 1 || stored[0].Name != "laptop" || strings.Contains(string(stored[0].Hash), token) {
		t.Errorf("stored %+v, %v", stored, err)
	}
	if strings.Contains(s.log.String(), token) {
		t.Error("the log holds the token")
	}
	s.pass(time.Hour)
	if _, err := s.Bearer(t.Context(), "Bearer "+token); moorage.ErrorCode(err) != moorage.Unauthenticated {
		t.Errorf("after its end: %v", err)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	s := newSite(t)
	token, err := s.NewToken(t.Context(), member(t, s), "laptop", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := map[bool]string{true: "b", false: "a"}[token[6] == 'a']
	for _, header := range []string{
		"", "Bearer", "Bearer ", token, "Basic " + token, "Bearer  " + token, "Bearer " + token + " ",
		"Bearer " + token[:len(token)-1], "Bearer " + token[:6] + other + token[7:], "Bearer " + strings.ToUpper(token),
		"Bearer moor_" + strings.Repeat("a", 58), "Bearer " + strings.Repeat("a", 1<<16),
	} {
		if user, err := s.Bearer(t.Context(), header); moorage.ErrorCode(err) != moorage.Unauthenticated {
			t.Errorf("%.80q is %s, %v", header, user.User.Login, err)
		}
	}
}

func TestTheLastUseOfATokenIsKnownToTheMinute(t *testing.T) {
	s := newSite(t)
	user := member(t, s)
	token, err := s.NewToken(t.Context(), user, "laptop", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := func(after time.Duration) time.Time {
		t.Helper()
		s.pass(after)
		if _, err := s.Bearer(t.Context(), "Bearer "+token); err != nil {
			t.Fatal(err)
		}
		stored, err := s.db.APITokens(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return stored[0].LastUsedAt
	}
	first := used(time.Hour)
	if !first.Equal(s.now()) {
		t.Errorf("first use at %s, want %s", first, s.now())
	}
	if got := used(59 * time.Second); !got.Equal(first) {
		t.Errorf("written again within a minute: %s", got)
	}
	if got := used(time.Second); !got.Equal(s.now()) {
		t.Errorf("used at %s, want %s", got, s.now())
	}
}

func TestATokenNeedsAName(t *testing.T) {
	s := newSite(t)
	user := member(t, s)
	for _, name := range []string{"", "  ", strings.Repeat("a", 101), "\xff"} {
		if _, err := s.NewToken(t.Context(), user, name, 0, nil); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.NewToken(t.Context(), user, "laptop", -time.Second, nil); moorage.ErrorCode(err) != moorage.Invalid {
		t.Errorf("an end before its begin: %v", err)
	}
}

func TestACallerIsAPersonWithTheirTokenAndItsScope(t *testing.T) {
	s := newSite(t)
	user := member(t, s)
	for _, scope := range []moorage.Scope{nil, {"weather/*", "*/get_*"}} {
		token, err := s.NewToken(t.Context(), user, "ci"+scope.String(), 0, scope)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Bearer(t.Context(), "Bearer "+token)
		if err != nil || got.User.ID != user.ID || !slices.Equal(got.Scope, scope) {
			t.Errorf("%+v, %v", got, err)
		}
		stored, err := s.db.APITokens(t.Context(), user.ID)
		if err != nil || !slices.ContainsFunc(stored, func(s moorage.APIToken) bool { return string(s.ID) == got.Token && slices.Equal(s.Scope, scope) }) {
			t.Errorf("%s names none of %+v, %v", got.Token, stored, err)
		}
	}
}
