package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/github"
)

func TestASetupCodeMakesTheOperatorOnce(t *testing.T) {
	s := newSite(t)
	code, err := s.NewSetupCode(t.Context())
	if err != nil || len(code) != 22 {
		t.Fatalf("code of %d characters, %v", len(code), err)
	}
	looking := httptest.NewRequest(http.MethodGet, "/setup", nil)
	if err := s.CheckSetupCode(looking, code); err != nil {
		t.Errorf("looking: %v", err)
	}
	b := s.browser(t)
	if got := b.post("/setup", url.Values{"code": {code}}); got.status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.status, got.text)
	}
	b.mustBe("operator admin")
	again := s.browser(t)
	if got := again.post("/setup", url.Values{"code": {code}}); got.status != http.StatusForbidden || !strings.Contains(got.text, "setup-link") {
		t.Errorf("again: %d %s", got.status, got.text)
	}
	again.mustBe("")
	if err := s.CheckSetupCode(looking, code); moorage.ErrorCode(err) != moorage.Forbidden {
		t.Errorf("looking again: %v", err)
	}
}

func TestASecondSetupCodeFindsTheSameOperator(t *testing.T) {
	s := newSite(t)
	var ids []moorage.UserID
	for range 2 {
		code, err := s.NewSetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		user, err := s.RedeemSetupCode(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("two operators: %v", ids)
	}
}

func TestASetupCodeEndsAfterHalfAnHour(t *testing.T) {
	s := newSite(t)
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.pass(30 * time.Minute)
	if _, err := s.RedeemSetupCode(t.Context(), code); moorage.ErrorCode(err) != moorage.Forbidden {
		t.Errorf("%v, want Forbidden", err)
	}
}

func TestOneOfManyAtOnceUsesASetupCode(t *testing.T) {
	s := newSite(t)
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := s.RedeemSetupCode(t.Context(), code); err == nil {
				won.Add(1)
			} else if moorage.ErrorCode(err) != moorage.Forbidden {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d became the operator, want 1", won.Load())
	}
}

func TestAThousandStrangersDoNotBecomeAdmin(t *testing.T) {
	s := newSite(t)
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var limited atomic.Int32
	for worker := range 10 {
		all.Go(func() {
			for i := range 100 {
				guess := []string{"", "admin", strings.Repeat("A", 22), code[:21], code + "A", strings.ToLower(code) + "_"}[i%6]
				r := httptest.NewRequest(http.MethodPost, "/setup", nil)
				r.Header.Set("X-Test-Address", "192.0.2."+strconv.Itoa(worker))
				_, err := s.Setup(httptest.NewRecorder(), r, guess)
				switch moorage.ErrorCode(err) {
				case moorage.Forbidden:
				case moorage.Limited:
					limited.Add(1)
				default:
					t.Errorf("guess %q: %v", guess, err)
				}
			}
		})
	}
	all.Wait()
	if limited.Load() != 900 {
		t.Errorf("%d of 1000 attempts were held back, want 900", limited.Load())
	}
	if has, err := s.db.HasAdmin(t.Context()); err != nil || has {
		t.Errorf("there is an admin: %t, %v", has, err)
	}
}

func TestTheOperatorConnectsGitHubAndStaysAdmin(t *testing.T) {
	s := newSite(t)
	s.hub.AddUser("founder", 5)
	s.hub.SignInAs("founder")
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	b.post("/setup", url.Values{"code": {code}})
	before := b.sessionID()
	if got := b.do(http.MethodGet, b.authorize("/link").String(), nil); got.status != http.StatusSeeOther || got.to.Path != "/setup" {
		t.Fatalf("%d %s", got.status, got.text)
	}
	b.mustBe("founder admin")
	if b.sessionID() == before {
		t.Error("the session id is the one from before")
	}
	other := s.browser(t) // founder is in no list of admins
	other.signIn()
	other.mustBe("founder admin")
	if users, err := s.db.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

func TestLinkingIsForThePersonWhoBegan(t *testing.T) {
	s := newSite(t)
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	if got := b.get("/link"); got.status != http.StatusUnauthorized {
		t.Errorf("nobody links: %d", got.status)
	}
	b.post("/setup", url.Values{"code": {code}})
	back := b.authorize("/link")
	b.post("/logout", nil)
	if got := b.do(http.MethodGet, back.String(), nil); got.status != http.StatusUnauthorized {
		t.Errorf("signed out in between: %d %s", got.status, got.text)
	}
	b.mustBe("")
}

func TestAnAccountOfSomebodyElseIsNotLinked(t *testing.T) {
	s := newSite(t)
	s.browser(t).signIn() // octocat has an account here
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	b.post("/setup", url.Values{"code": {code}})
	if got := b.do(http.MethodGet, b.authorize("/link").String(), nil); got.status != http.StatusConflict {
		t.Errorf("%d %s", got.status, got.text)
	}
	b.mustBe("operator admin")
}

func TestSetupConnectsAnAppThatWasMadeHere(t *testing.T) {
	s := newSite(t)
	s.Auth = s.open(t, auth.Options{}) // nothing in the environment
	if s.Connected(t.Context()) {
		t.Fatal("connected from the start")
	}
	b := s.browser(t)
	if got := b.get("/auth/github"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.text, "not connected") {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := b.get("/manifest"); got.status != http.StatusUnauthorized {
		t.Errorf("anybody begins: %d", got.status)
	}
	code, err := s.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.post("/setup", url.Values{"code": {code}})
	state := strings.TrimPrefix(b.get("/manifest").to.Path, "/")
	if got := b.get("/setup/github/callback?code=abc&state=" + strings.Repeat("A", 43)); got.status != http.StatusForbidden {
		t.Errorf("an App of somebody else: %d %s", got.status, got.text)
	}
	state = strings.TrimPrefix(b.get("/manifest").to.Path, "/")
	if got := b.get("/setup/github/callback?code=abc&state=" + state); got.status != http.StatusSeeOther {
		t.Errorf("%d %s", got.status, got.text)
	}
	if err := s.Connect(t.Context(), auth.Connection{ClientID: "Iv23.client", ClientSecret: "the-secret", AppSlug: "moorage"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Connection(t.Context())
	if err != nil || got.ClientID != "Iv23.client" || got.ClientSecret != "the-secret" || got.AppSlug != "moorage" {
		t.Errorf("%v, %v", got, err)
	}
	if strings.Contains(s.log.String(), "the-secret") {
		t.Error("the log holds the client secret")
	}
}

func TestConnectRefusesWhatIsNoClient(t *testing.T) {
	s := newSite(t)
	if err := s.Connect(t.Context(), auth.Connection{ClientID: "id", ClientSecret: "secret"}); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("over the environment: %v", err)
	}
	a := s.open(t, auth.Options{})
	for _, tt := range [][3]string{{"", "secret", ""}, {"id", "", ""}, {"an id", "secret", ""}, {"id", "secret\n", ""}, {"id", "secret", "../x"}} {
		if err := a.Connect(t.Context(), auth.Connection{ClientID: tt[0], ClientSecret: tt[1], AppSlug: tt[2]}); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%q: %v", tt, err)
		}
	}
}

func TestTheSecretOfTheAppsWebhookIsSealedAndGoesWithTheApp(t *testing.T) {
	a := newSite(t).open(t, auth.Options{})
	wants := func(want string) {
		t.Helper()
		if got, err := a.HookSecret(t.Context()); err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("the secret is %q, %v; want %q", got, err, want)
		}
	}
	wants("")
	app := auth.Connection{ClientID: "id", ClientSecret: "secret", AppSlug: "moorage", HookSecret: "of the webhook"}
	connect := func(c auth.Connection) {
		t.Helper()
		if err := a.Connect(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	connect(app)
	wants("of the webhook")
	connect(auth.Connection{ClientID: "id", ClientSecret: "secret"}) // an OAuth app by hand
	wants("")
	connect(app)
	if err := a.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	wants("")
}

// A GitHub App's tokens end after eight hours; whoever is signed in for a week
// does not notice.
func TestAnAppTokenIsRenewedOnceForAll(t *testing.T) {
	s := newSite(t)
	client, err := github.New(github.Options{WebURL: s.hub.URL, APIURL: s.hub.APIURL})
	if err != nil {
		t.Fatal(err)
	}
	app := makeApp(t, s, client)
	s.Auth = s.open(t, auth.Options{Admins: []string{"1"}})
	if err := s.Connect(t.Context(), auth.Connection{ClientID: app.ClientID, ClientSecret: app.ClientSecret, AppSlug: app.Slug}); err != nil {
		t.Fatal(err)
	}
	s.browser(t).signIn()
	user, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.GitHubToken(t.Context(), user.ID)
	if err != nil || !strings.HasPrefix(first, "ghu_") {
		t.Fatalf("%q, %v", first, err)
	}
	s.pass(8 * time.Hour)
	var all sync.WaitGroup
	var renewed sync.Map
	for range 20 {
		all.Go(func() {
			token, err := s.GitHubToken(t.Context(), user.ID)
			if err != nil || token == first {
				t.Errorf("renewed: %v", err)
				return
			}
			if first, other := renewed.LoadOrStore("token", token); other && first != token {
				t.Error("it was renewed twice")
			}
			if _, err := client.Viewer(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.pass(8 * time.Hour)
	s.hub.Revoke("octocat")
	if _, err := s.GitHubToken(t.Context(), user.ID); moorage.ErrorCode(err) != moorage.Unauthenticated || moorage.ErrorNext(err) != "Sign in again." {
		t.Errorf("revoked: %v", err)
	}
}
