package handlers

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
)

// visitor is somebody at a browser that keeps cookies, over a real connection.
type visitor struct {
	t    *testing.T
	s    *site
	http http.Client
}

// visitor opens a browser. The site must listen.
func (s *site) visitor() *visitor {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &visitor{s.t, s, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// visit asks for an address, or posts a form to it.
func (v *visitor) visit(method, address string, form url.Values) (status int, body, to string) {
	v.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.s.base.String() + address
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	must(v.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.http.Do(r)
	must(v.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(v.t, err)
	return res.StatusCode, string(text), res.Header.Get("Location")
}

// signIn goes the whole way over GitHub as a person there.
func (v *visitor) signIn(login string) (status int, body, to string) {
	v.t.Helper()
	v.s.hub.SignInAs(login)
	_, _, begun := v.visit("GET", "/auth/github?next=/repos", nil)
	u, err := url.Parse(begun)
	must(v.t, err)
	_, _, back := v.visit("POST", v.s.hub.URL+"/login/oauth/authorize", u.Query())
	return v.visit("GET", back, nil)
}

// reachable makes the site listen, with a GitHub that leads back to it.
func (s *site) reachable() {
	s.t.Helper()
	s.listen()
	id, secret := s.hub.AddClient(s.base.String() + "/auth/github/callback")
	client := s.options.App.(app).Client
	a, err := auth.New(s.db, s.box, client, auth.Options{
		BaseURL: s.base.String(), GitHubURL: s.hub.URL, GitHubAPIURL: s.hub.APIURL, Now: s.clock, Log: s.options.Log,
		ClientIP: func(*http.Request) string { s.callers++; return time.Duration(s.callers).String() },
	})
	must(s.t, err)
	must(s.t, a.Connect(s.t.Context(), auth.Connection{ClientID: id, ClientSecret: secret}))
	s.auth, s.options.Auth = a, a
	s.remake()
}

func TestASetupLinkMakesOneOperatorOnce(t *testing.T) {
	s := newSite(t)
	s.reachable()
	code, err := s.auth.NewSetupCode(t.Context())
	must(t, err)
	before := s.state()
	v := s.visitor()
	for range 2 { // looking uses nothing up
		if status, body, _ := v.visit("GET", "/setup?code="+code, nil); status != 200 || !strings.Contains(body, code) || strings.Contains(body, "Docker 20.10.24") {
			t.Fatalf("%d %s", status, short(body))
		}
	}
	if s.state() != before {
		t.Error("looking changed something")
	}
	if status, _, to := v.visit("POST", "/setup", url.Values{"code": {code}}); status != http.StatusSeeOther || to != "/setup" {
		t.Fatalf("%d to %s", status, to)
	}
	if status, body, _ := v.visit("GET", "/setup", nil); status != 200 || !strings.Contains(body, "You are the operator of this Moorage.") || !strings.Contains(body, "Docker 20.10.24 answers.") {
		t.Errorf("%d %s", status, short(body))
	}
	if _, body, _ := v.visit("GET", "/setup", nil); strings.Contains(body, "You are the operator of this Moorage.") {
		t.Error("the sentence is said twice")
	}
	other := s.visitor()
	for _, bad := range []string{code, "", "wrong", strings.Repeat("A", 22)} {
		for _, method := range []string{"GET", "POST"} {
			status, body, _ := other.visit(method, "/setup?code="+bad, url.Values{"code": {bad}})
			if status != http.StatusForbidden || !strings.Contains(body, "used up, too old, or not whole") || !strings.Contains(body, "moorage setup-link") {
				t.Errorf("%s %q: %d %s", method, bad, status, short(body))
			}
		}
	}
	late, err := s.auth.NewSetupCode(t.Context())
	must(t, err)
	s.pass(31 * time.Minute)
	if status, _, _ := other.visit("POST", "/setup", url.Values{"code": {late}}); status != http.StatusForbidden {
		t.Errorf("an expired code answers %d", status)
	}
	if status, _, _ := v.visit("POST", "/setup/example", nil); status != http.StatusSeeOther {
		t.Errorf("the example answers %d", status)
	}
	if v := s.again(exampleName); v.Source.Origin != moorage.OriginExample || v.Config.Run.Network != moorage.NetworkNone {
		t.Errorf("%+v", v)
	}
	if status, body, _ := v.visit("POST", "/setup/example", nil); status != http.StatusSeeOther { // again: the same server
		t.Errorf("%d %s", status, short(body))
	}
}

func TestGitHubIsConnectedByTheManifestOrByHand(t *testing.T) {
	s := newSite(t)
	s.reachable()
	must(t, s.auth.Disconnect(t.Context()))
	v := s.visitor()
	code, err := s.auth.NewSetupCode(t.Context())
	must(t, err)
	v.visit("POST", "/setup", url.Values{"code": {code}})
	_, body, _ := v.visit("GET", "/setup", nil)
	state := regexp.MustCompile(`settings/apps/new\?state=([A-Za-z0-9_-]+)`).FindStringSubmatch(body)
	if state == nil {
		t.Fatal(short(body))
	}
	manifest, err := s.options.App.Manifest(s.base.String())
	must(t, err)
	_, _, back := v.visit("POST", s.hub.URL+"/settings/apps/create", url.Values{"manifest": {manifest}, "state": {state[1]}})
	stranger := s.visitor() // the link alone is worth nothing
	if status, _, to := stranger.visit("GET", back, nil); status != http.StatusSeeOther || !strings.HasPrefix(to, "/login") {
		t.Errorf("%d to %s", status, to)
	}
	if status, body, to := v.visit("GET", back, nil); status != http.StatusSeeOther || to != "/setup" || !s.auth.Connected(t.Context()) {
		t.Fatalf("%d %s", status, short(body))
	}
	if status, body, _ := v.visit("GET", back, nil); status != http.StatusForbidden || !strings.Contains(body, "Begin again.") {
		t.Errorf("twice: %d %s", status, short(body))
	}
	if status, body, _ := v.visit("GET", "/admin/github", nil); status != 200 || !strings.Contains(body, "Disconnect") {
		t.Errorf("%d %s", status, short(body))
	}
	v.visit("POST", "/admin/github/disconnect", nil)
	if s.auth.Connected(t.Context()) {
		t.Error("still connected")
	}
	if status, body, _ := v.visit("POST", "/setup/github", url.Values{"client_id": {"two words"}, "client_secret": {"typed-secret"}}); status != http.StatusUnprocessableEntity || strings.Contains(body, "typed-secret") || !strings.Contains(body, "That is no client id and secret of GitHub.") {
		t.Errorf("%d %s", status, short(body))
	}
	if status, _, _ := v.visit("POST", "/admin/github", url.Values{"client_id": {"Iv1.abc"}, "client_secret": {"typed-secret"}}); status != http.StatusSeeOther || !s.auth.Connected(t.Context()) {
		t.Error("not connected by hand")
	}
	if _, body, _ := v.visit("GET", "/admin/github", nil); strings.Contains(body, "typed-secret") || !strings.Contains(body, "Iv1.abc") {
		t.Error("the page shows the secret, or not the id")
	}
}

func TestSigningInWithGitHub(t *testing.T) {
	s := newSite(t)
	s.reachable()
	s.hub.AddUser("mallory", 66)
	if status, body, _ := s.visitor().signIn("mallory"); status != http.StatusForbidden || !strings.Contains(body, "mallory") || !strings.Contains(body, "linus") {
		t.Errorf("%d %s", status, short(body))
	}
	v := s.visitor()
	if status, _, to := v.signIn("linus"); status != http.StatusSeeOther || to != "/repos" {
		t.Fatalf("%d to %s", status, to)
	}
	if status, _, _ := v.visit("GET", "/admin/people", nil); status != 200 {
		t.Errorf("an admin gets %d", status)
	}
	if status, _, to := v.visit("POST", "/logout", nil); status != http.StatusSeeOther || to != "/login" {
		t.Errorf("%d to %s", status, to)
	}
	if status, _, to := v.visit("GET", "/admin/people", nil); status != http.StatusSeeOther || to != "/login?next=%2Fadmin%2Fpeople" {
		t.Errorf("signed out: %d to %s", status, to)
	}
	must(t, s.auth.Disconnect(t.Context()))
	if status, body, _ := v.visit("GET", "/login", nil); status != 200 || !strings.Contains(body, "moorage setup-link") {
		t.Errorf("not connected: %d %s", status, short(body))
	}
}

func TestTheOperatorConnectsAGitHubAccountOfTheirOwn(t *testing.T) {
	s := newSite(t)
	s.reachable()
	s.hub.AddUser("root", 77)
	code, err := s.auth.NewSetupCode(t.Context())
	must(t, err)
	v := s.visitor()
	v.visit("POST", "/setup", url.Values{"code": {code}})
	if status, _, to := v.signIn("root"); status != http.StatusSeeOther || to != "/repos" {
		t.Fatalf("%d to %s", status, to)
	}
	u, err := s.db.UserByGitHubID(t.Context(), 77)
	if err != nil || u.Role != moorage.RoleAdmin {
		t.Errorf("%+v, %v", u, err)
	}
	if _, body, _ := v.visit("GET", "/repos", nil); !strings.Contains(body, "Your GitHub account is connected.") {
		t.Error("nothing is said")
	}
}
