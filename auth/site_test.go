package auth_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/github"
	"moorage/github/githubtest"
	"moorage/secrets"
	"moorage/store"
)

// site is a small web site around an Auth: real database, real seal, fake GitHub.
type site struct {
	*auth.Auth
	hub  *githubtest.Server
	db   *store.DB
	url  string
	log  *strings.Builder // what was logged; read it when nothing runs
	mu   sync.Mutex
	time time.Time
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.time = s.time.Add(d)
}

// newSite starts a site whose only admin is octocat, number 1.
func newSite(t *testing.T) *site {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := &site{url: server.URL, time: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), log: new(strings.Builder)}
	s.hub = githubtest.New(t, githubtest.Options{Now: s.now})
	s.hub.AddUser("octocat", 1)
	id, secret := s.hub.AddClient(server.URL + "/auth/github/callback")
	s.Auth = s.open(t, auth.Options{Connection: auth.Connection{ClientID: id, ClientSecret: secret}, Admins: []string{"OctoCat"}})
	mux.HandleFunc("GET /auth/github", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) {
		return s.Begin(w, r, r.URL.Query().Get("next"))
	}))
	mux.HandleFunc("GET /link", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) {
		return s.BeginLink(w, r, "/setup")
	}))
	mux.HandleFunc("GET /auth/github/callback", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) {
		arrival, err := s.Finish(w, r)
		return arrival.Next, err
	}))
	mux.HandleFunc("GET /manifest", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) { return s.BeginManifest(w, r) }))
	mux.HandleFunc("GET /setup/github/callback", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) { return s.FinishManifest(w, r) }))
	mux.HandleFunc("POST /setup", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) {
		_, err := s.Setup(w, r, r.PostFormValue("code"))
		return "/", err
	}))
	mux.HandleFunc("POST /logout", s.redirect(func(w http.ResponseWriter, r *http.Request) (string, error) { return "/", s.SignOut(w, r) }))
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		user, err := s.SignedIn(r)
		if err != nil {
			refuse(w, err)
			return
		}
		io.WriteString(w, user.Login+" "+string(user.Role))
	})
	return s
}

// open makes an Auth over a new data folder.
func (s *site) open(t *testing.T, o auth.Options) *auth.Auth {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), dir, s.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	box, err := secrets.OpenBox(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := github.New(github.Options{WebURL: s.hub.URL, APIURL: s.hub.APIURL})
	if err != nil {
		t.Fatal(err)
	}
	o.BaseURL, o.GitHubURL, o.GitHubAPIURL, o.Now = s.url, s.hub.URL, s.hub.APIURL, s.now
	o.ClientIP = func(r *http.Request) string { return r.Header.Get("X-Test-Address") }
	o.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	a, err := auth.New(db, box, client, o)
	if err != nil {
		t.Fatal(err)
	}
	s.db = db
	return a
}

func (s *site) redirect(do func(http.ResponseWriter, *http.Request) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to, err := do(w, r)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusSeeOther)
	}
}

func refuse(w http.ResponseWriter, err error) {
	status := map[moorage.Code]int{
		moorage.Unauthenticated: http.StatusUnauthorized, moorage.Forbidden: http.StatusForbidden, moorage.Conflict: http.StatusConflict,
		moorage.Limited: http.StatusTooManyRequests, moorage.Unavailable: http.StatusServiceUnavailable,
	}[moorage.ErrorCode(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	http.Error(w, moorage.ErrorMessage(err)+" "+moorage.ErrorNext(err), status)
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t       *testing.T
	site    *site
	http    http.Client
	address string
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, site: s, address: "192.0.2." + t.Name()}
	b.http = http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

// page is an answer: its status, text and where it leads.
type page struct {
	status int
	text   string
	to     *url.URL
	cookie []*http.Cookie
}

func (b *browser) do(method, address string, form url.Values) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Test-Address", b.address)
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	to, _ := resp.Location()
	return page{resp.StatusCode, strings.TrimSpace(string(text)), to, resp.Cookies()}
}

func (b *browser) get(path string) page { return b.do(http.MethodGet, b.site.url+path, nil) }
func (b *browser) post(path string, form url.Values) page {
	return b.do(http.MethodPost, b.site.url+path, form)
}

// authorize goes to GitHub from path and presses Authorize; the answer is
// the address that GitHub sends the browser back to.
func (b *browser) authorize(path string) *url.URL {
	b.t.Helper()
	begun := b.get(path)
	if begun.to == nil {
		b.t.Fatalf("%s: %d %s", path, begun.status, begun.text)
	}
	if shown := b.do(http.MethodGet, begun.to.String(), nil); !strings.Contains(shown.text, "Authorize</button>") {
		b.t.Fatalf("GitHub shows %d %s", shown.status, shown.text)
	}
	agreed := b.do(http.MethodPost, b.site.hub.URL+"/login/oauth/authorize", begun.to.Query())
	if agreed.to == nil {
		b.t.Fatalf("GitHub answers %d %s", agreed.status, agreed.text)
	}
	return agreed.to
}

// signIn goes the whole way as the person who sits at GitHub's browser.
func (b *browser) signIn() page {
	b.t.Helper()
	return b.do(http.MethodGet, b.authorize("/auth/github").String(), nil)
}

// mustBe checks who is signed in: "" for nobody.
func (b *browser) mustBe(who string) {
	b.t.Helper()
	got := b.get("/me")
	if who == "" && got.status != http.StatusUnauthorized || who != "" && got.text != who {
		b.t.Errorf("signed in as %d %q, want %q", got.status, got.text, who)
	}
}

func (b *browser) sessionID() string {
	at, err := url.Parse(b.site.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(at) {
		if c.Name == "sid" {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	at, err := url.Parse(b.site.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// makeApp goes through the manifest flow and returns the App.
func makeApp(t *testing.T, s *site, client *github.Client) github.App {
	t.Helper()
	manifest, err := json.Marshal(github.NewManifest(s.url, "Moorage"))
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	made := b.do(http.MethodPost, s.hub.URL+"/settings/apps/create", url.Values{"manifest": {string(manifest)}, "state": {"x"}})
	app, err := client.ConvertManifest(t.Context(), made.to.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	return app
}
