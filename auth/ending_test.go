package auth_test

import (
	"testing"

	"moorage"
	"moorage/auth"
	"moorage/github/githubtest"
)

// allow adds access rules: "user friend", "organisation acme".
func (s *site) allow(t *testing.T, rules ...moorage.AccessRule) {
	t.Helper()
	admin, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		rule.CreatedBy, rule.CreatedAt = admin.ID, s.now()
		if err := s.db.AddAccessRule(t.Context(), rule); err != nil {
			t.Fatal(err)
		}
	}
}

// end removes a rule as the People page does.
func (s *site) end(t *testing.T, rule moorage.AccessRule) {
	t.Helper()
	if err := s.db.RemoveAccessRule(t.Context(), rule.Kind, rule.Name); err != nil {
		t.Fatal(err)
	}
	if err := s.EndAccess(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
}

var (
	friend = moorage.AccessRule{Kind: moorage.AccessUser, Name: "friend"}
	acme   = moorage.AccessRule{Kind: moorage.AccessOrganisation, Name: "acme"}
	other  = moorage.AccessRule{Kind: moorage.AccessOrganisation, Name: "other"}
)

func TestARemovedRuleSignsOutWhomItAloneLetIn(t *testing.T) {
	s := newSite(t)
	in := func(login string, id int64, organisations ...string) *browser {
		s.hub.AddUser(login, id, organisations...)
		s.hub.SignInAs(login)
		b := s.browser(t)
		b.signIn()
		b.mustBe(login + map[bool]string{true: " admin", false: " member"}[login == "octocat"])
		return b
	}
	admin := in("octocat", 1, "acme")
	s.allow(t, friend, acme, other)
	byName, byAcme, byBoth, byOther := in("friend", 2, "acme"), in("a", 3, "acme"), in("b", 4, "acme", "other"), in("c", 5, "other")

	s.end(t, friend) // acme still lets them in
	byName.mustBe("friend member")
	s.end(t, acme)
	byName.mustBe("")
	byAcme.mustBe("")
	byBoth.mustBe("b member")
	byOther.mustBe("c member")
	admin.mustBe("octocat admin")

	s.hub.Fail(githubtest.Down, "/user") // nobody vouches for them
	s.allow(t, acme)
	s.end(t, acme)
	byBoth.mustBe("")
	admin.mustBe("octocat admin")
}

func TestAnAdminStaysOneWhateverTheRulesSay(t *testing.T) {
	s := newSite(t)
	s.browser(t).signIn()
	s.allow(t, friend)
	s.hub.AddUser("friend", 2)
	s.hub.SignInAs("friend")
	b := s.browser(t)
	b.signIn()
	b.mustBe("friend member")
	u, err := s.db.UserByGitHubID(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	u.Role = moorage.RoleAdmin
	if err := s.db.UpdateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	s.end(t, friend)
	b.mustBe("friend admin")
	b.signIn()
	b.mustBe("friend admin")
}

func TestASetupLinkMakesTheOperatorAnAdminAgain(t *testing.T) {
	s := newSite(t)
	u, err := s.Operator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.Role = moorage.RoleMember
	if err := s.db.UpdateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if u, err = s.RedeemSetupCode(t.Context(), code); err != nil || u.Role != moorage.RoleAdmin {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestDisconnectedFromGitHubNobodySignsIn(t *testing.T) {
	s := newSite(t)
	if err := s.Disconnect(t.Context()); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("what the environment sets was changed: %v", err)
	}
	a := s.open(t, auth.Options{})
	if err := a.Connect(t.Context(), auth.Connection{ClientID: "id", ClientSecret: "secret", AppSlug: "acme-moorage"}); err != nil || !a.Connected(t.Context()) {
		t.Fatal(err)
	}
	if err := a.Disconnect(t.Context()); err != nil || a.Connected(t.Context()) {
		t.Errorf("still connected: %v", err)
	}
	if _, err := a.Connection(t.Context()); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Error(err)
	}
}
