package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/github/githubtest"
)

func TestAnAdminSignsInAndOut(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.mustBe("")
	back := b.do(http.MethodGet, b.authorize("/auth/github?next=/servers/weather").String(), nil)
	if back.status != http.StatusSeeOther || back.to.Path != "/servers/weather" {
		t.Fatalf("%d %s to %v", back.status, back.text, back.to)
	}
	b.mustBe("octocat admin")
	user, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil || user.Login != "octocat" || user.Name != "Octocat" || user.Role != moorage.RoleAdmin {
		t.Errorf("stored %+v, %v", user, err)
	}
	if out := b.post("/logout", nil); out.status != http.StatusSeeOther {
		t.Errorf("sign-out: %d %s", out.status, out.text)
	}
	b.mustBe("")
}

func TestCookiesAreForThisHostAndNoScript(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	for _, c := range append(b.get("/auth/github").cookie, b.signIn().cookie...) {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure {
			t.Errorf("cookie %s", c)
		}
	}
}

// Each of these is a way to sign somebody in as somebody else.
func TestLoginCSRFIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		twist func(b *browser, back url.Values)
	}{
		{"no state", func(_ *browser, q url.Values) { q.Del("state") }},
		{"a wrong state", func(_ *browser, q url.Values) { q.Set("state", strings.Repeat("A", 43)) }},
		{"a state that is too long", func(_ *browser, q url.Values) { q.Set("state", q.Get("state")+"A") }},
		{"a state used before", func(b *browser, q url.Values) {
			if first := b.get("/auth/github/callback?" + q.Encode()); first.status != http.StatusSeeOther {
				b.t.Errorf("the first use: %d %s", first.status, first.text)
			}
			b.post("/logout", nil)
		}},
		{"no cookie", func(b *browser, _ url.Values) { b.setCookie("signin", "") }},
		{"the state of another browser", func(b *browser, q url.Values) {
			q.Set("state", b.site.browser(b.t).authorize("/auth/github").Query().Get("state"))
		}},
		{"state and code of another browser", func(b *browser, q url.Values) {
			other := b.site.browser(b.t).authorize("/auth/github").Query()
			q.Set("state", other.Get("state"))
			q.Set("code", other.Get("code"))
		}},
		{"a state that the attacker chose", func(b *browser, q url.Values) {
			const chosen = "attackers-choice-attackers-choice-attackers"
			b.setCookie("signin", chosen)
			q.Set("state", chosen)
		}},
		{"a state that is too old", func(b *browser, _ url.Values) { b.site.pass(10 * time.Minute) }},
		{"a state of the setup", func(b *browser, q url.Values) {
			b.signIn()
			q.Set("state", strings.TrimPrefix(b.get("/manifest").to.Path, "/"))
			b.post("/logout", nil)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t)
			back := b.authorize("/auth/github").Query()
			tt.twist(b, back)
			got := b.get("/auth/github/callback?" + back.Encode())
			if got.status != http.StatusForbidden {
				t.Errorf("%d %s to %v, want 403", got.status, got.text, got.to)
			}
			b.mustBe("")
		})
	}
}

func TestAnInjectedCodeIsRefused(t *testing.T) {
	s := newSite(t)
	attacker, victim := s.browser(t), s.browser(t)
	stolen := attacker.authorize("/auth/github").Query().Get("code")
	back := victim.authorize("/auth/github").Query()
	back.Set("code", stolen) // of another sign-in: the PKCE verifier does not match
	if got := victim.get("/auth/github/callback?" + back.Encode()); got.status != http.StatusForbidden {
		t.Errorf("another's code: %d %s", got.status, got.text)
	}
	victim.mustBe("")
}

func TestACodeIsGoodOnce(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	used := b.authorize("/auth/github").Query()
	if got := b.get("/auth/github/callback?" + used.Encode()); got.status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.status, got.text)
	}
	b.post("/logout", nil)
	again := b.authorize("/auth/github").Query()
	again.Set("code", used.Get("code"))
	if got := b.get("/auth/github/callback?" + again.Encode()); got.status != http.StatusForbidden {
		t.Errorf("the code again: %d %s", got.status, got.text)
	}
	b.mustBe("")
}

func TestPressingCancelIsSaid(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	form := b.get("/auth/github").to.Query()
	form.Set("cancel", "1")
	back := b.do(http.MethodPost, s.hub.URL+"/login/oauth/authorize", form).to
	if got := b.do(http.MethodGet, back.String(), nil); got.status != http.StatusForbidden || !strings.Contains(got.text, "did not say yes") {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestNextStaysOnThisSite(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	for next, want := range map[string]string{
		"/servers?q=a": "/servers?q=a", "": "/", "https://evil.example/": "/", "//evil.example/": "/", `/\evil.example`: "/",
		"servers": "/", "/a\nb": "/", "/" + strings.Repeat("a", 9000): "/", "javascript:alert(1)": "/",
	} {
		s.pass(time.Minute) // or the address runs out of attempts
		back := b.do(http.MethodGet, b.authorize("/auth/github?"+url.Values{"next": {next}}.Encode()).String(), nil)
		if back.to == nil || back.to.String() != s.url+want {
			t.Errorf("next %q leads to %v, want %s", next, back.to, want)
		}
	}
}

func TestASessionThatWasPlantedIsWorthNothing(t *testing.T) {
	s := newSite(t)
	attacker, victim := s.browser(t), s.browser(t)
	attacker.signIn()
	planted := attacker.sessionID()
	victim.setCookie("sid", planted)
	victim.signIn()
	if victim.sessionID() == planted {
		t.Error("the session id is the one from before the sign-in")
	}
	attacker.mustBe("") // the planted session ended when somebody signed in over it
	victim.mustBe("octocat admin")
}

func TestAnOldCookieIsWorthNothingAfterTheNextLogin(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.signIn()
	old := b.sessionID()
	b.signIn()
	b.mustBe("octocat admin")
	b.setCookie("sid", old)
	b.mustBe("")
}

func TestWhoIsNotAllowedIsTold(t *testing.T) {
	s := newSite(t)
	s.hub.AddUser("stranger", 66)
	s.hub.SignInAs("stranger")
	b := s.browser(t)
	got := b.signIn()
	if got.status != http.StatusForbidden || !strings.Contains(got.text, "stranger may not sign in") || !strings.Contains(got.text, "Ask one of its admins") {
		t.Errorf("%d %s", got.status, got.text)
	}
	b.mustBe("")
	if _, err := s.db.UserByGitHubID(t.Context(), 66); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("the stranger was stored: %v", err)
	}
}

func TestRulesLetPeopleAndOrganisationsIn(t *testing.T) {
	s := newSite(t)
	s.browser(t).signIn()
	admin, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for kind, name := range map[moorage.AccessKind]string{moorage.AccessUser: "Friend", moorage.AccessOrganisation: "ACME"} {
		if err := s.db.AddAccessRule(t.Context(), moorage.AccessRule{Kind: kind, Name: name, CreatedBy: admin.ID, CreatedAt: s.now()}); err != nil {
			t.Fatal(err)
		}
	}
	s.hub.AddUser("friend", 2)
	s.hub.AddUser("colleague", 3, "other", "acme")
	s.hub.AddUser("acme", 4) // a person with the name of the organisation
	for who, want := range map[string]string{"friend": "friend member", "colleague": "colleague member", "acme": ""} {
		s.hub.SignInAs(who)
		b := s.browser(t)
		b.signIn()
		b.mustBe(want)
	}
}

func TestWhoIsNoLongerAllowedLosesTheirSessions(t *testing.T) {
	s := newSite(t)
	s.browser(t).signIn()
	admin, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.AddAccessRule(t.Context(), moorage.AccessRule{Kind: moorage.AccessOrganisation, Name: "acme", CreatedBy: admin.ID, CreatedAt: s.now()}); err != nil {
		t.Fatal(err)
	}
	s.hub.AddUser("colleague", 3, "acme")
	s.hub.SignInAs("colleague")
	desk, phone := s.browser(t), s.browser(t)
	desk.signIn()
	desk.mustBe("colleague member")
	s.hub.Fail(githubtest.Secondary, "/user/orgs")
	if got := phone.signIn(); got.status != http.StatusTooManyRequests {
		t.Errorf("%d %s", got.status, got.text)
	}
	desk.mustBe("colleague member") // nobody said no
	s.hub.Heal()
	s.hub.AddUser("colleague", 3)
	colleague, err := s.db.UserByGitHubID(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.NewToken(t.Context(), colleague, "laptop", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := phone.signIn(); got.status != http.StatusForbidden {
		t.Errorf("%d %s", got.status, got.text)
	}
	desk.mustBe("")
	if _, err := s.Bearer(t.Context(), "Bearer "+token); moorage.ErrorCode(err) != moorage.Unauthenticated {
		t.Errorf("the token still opens: %v", err)
	}
}

func TestAnAccountIsItsNumberAndNotItsName(t *testing.T) {
	s := newSite(t)
	s.browser(t).signIn()
	before, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	s.hub.AddUser("renamed", 1)  // octocat takes another name …
	s.hub.AddUser("octocat", 99) // … and somebody else the old one
	s.hub.SignInAs("renamed")
	b := s.browser(t)
	b.signIn()
	b.mustBe("renamed admin")
	after, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil || after.ID != before.ID {
		t.Errorf("%+v, %v", after, err)
	}
}

func TestGitHubInTroubleIsSaid(t *testing.T) {
	for _, fault := range []githubtest.Fault{githubtest.Down, githubtest.HalfBody, githubtest.Limited} {
		t.Run(string(fault), func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t)
			s.hub.Fail(fault, "/user")
			if got := b.signIn(); got.status != http.StatusServiceUnavailable || !strings.Contains(got.text, "Try again") {
				t.Errorf("%d %s", got.status, got.text)
			}
			b.mustBe("")
			s.hub.Heal()
			b.signIn()
			b.mustBe("octocat admin")
		})
	}
}

func TestSignInsAreLimitedByAddress(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.address = "2001:db8::1"
	for range 10 {
		if got := b.get("/auth/github"); got.status != http.StatusSeeOther {
			t.Fatalf("%d %s", got.status, got.text)
		}
	}
	b.address = "2001:db8::ffff" // the same customer
	if got := b.get("/auth/github"); got.status != http.StatusTooManyRequests {
		t.Errorf("the eleventh: %d", got.status)
	}
	other := s.browser(t)
	other.address = "192.0.2.1"
	other.signIn()
	other.mustBe("octocat admin")
	s.pass(time.Minute)
	if got := b.get("/auth/github"); got.status != http.StatusSeeOther {
		t.Errorf("a minute later: %d", got.status)
	}
}

func TestNothingSecretIsLoggedOrStoredPlain(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	back := b.authorize("/auth/github")
	b.do(http.MethodGet, back.String(), nil)
	user, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.GitHubToken(t.Context(), user.ID)
	if err != nil || !strings.HasPrefix(token, "gho_") {
		t.Fatalf("token %q, %v", token, err)
	}
	sealed, err := s.db.GitHubToken(t.Context(), user.ID)
	if err != nil || strings.Contains(string(sealed), token) {
		t.Errorf("the token is stored plain, %v", err)
	}
	for name, secret := range map[string]string{
		"token": token, "session": b.sessionID(), "code": back.Query().Get("code"), "state": back.Query().Get("state"),
	} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
	if !strings.Contains(s.log.String(), `"msg":"signed in","user":"`+string(user.ID)) {
		t.Errorf("no line about the sign-in: %s", s.log)
	}
}
