package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/auth/oauth"
	"moorage/outbound"
	"moorage/store"
)

const (
	base     = "https://mcp.example.com"
	resource = base + "/mcp/weather"
	verifier = "a-verifier-of-enough-characters-0123456789-abcdefgh"
)

// place is an authorization server over a real database, and a person.
type place struct {
	*oauth.Server
	t    *testing.T
	db   *store.DB
	user moorage.User

	mu  sync.Mutex
	now time.Time
}

// fetcher reads metadata documents.
type fetcher interface {
	Do(r *http.Request) (*http.Response, error)
}

func newPlace(t *testing.T, calls fetcher) *place {
	t.Helper()
	p := &place{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "data"), p.clock)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	p.db, p.user = db, moorage.User{ID: moorage.NewUserID(p.now), Login: "ada", Role: moorage.RoleMember}
	must(t, db.CreateUser(t.Context(), p.user))
	if calls == nil {
		calls = outbound.NewClient(outbound.Rules{Redirects: -1})
	}
	at, err := url.Parse(base)
	must(t, err)
	p.Server = oauth.New(db, calls, oauth.Options{Base: at, Log: slog.New(slog.DiscardHandler), Now: p.clock})
	return p
}

func (p *place) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *place) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// asks is the authorization request of a client.
func asks(client, redirect string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "resource": {resource},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
}

// registered registers a public client with one redirect.
func (p *place) registered(redirect string) string {
	p.t.Helper()
	got, err := p.Register(p.t.Context(), "192.0.2.1", []byte(`{"client_name":"Test","redirect_uris":["`+redirect+`"],"token_endpoint_auth_method":"none"}`))
	must(p.t, err)
	return got.ClientID
}

// code lets a client in.
func (p *place) code(form url.Values) string {
	p.t.Helper()
	r, err := p.Read(p.t.Context(), p.user, form)
	must(p.t, err)
	to, err := p.Allow(p.t.Context(), p.user, r, true)
	must(p.t, err)
	u, err := url.Parse(to)
	must(p.t, err)
	return u.Query().Get("code")
}

// trade trades a code.
func (p *place) trade(client, code string) (oauth.Tokens, error) {
	return p.Token(p.t.Context(), "192.0.2.1", oauth.Credentials{ID: client}, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code moorage.Code) {
	t.Helper()
	if moorage.ErrorCode(err) != code {
		t.Errorf("the error is %v (%s), want %s", err, moorage.ErrorCode(err), code)
	}
	if code != "" && !strings.HasSuffix(moorage.ErrorMessage(err), ".") {
		t.Errorf("%q is no sentence", moorage.ErrorMessage(err))
	}
}
