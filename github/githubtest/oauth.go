package githubtest

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// client is an OAuth app, or a GitHub App, which has a slug.
type client struct {
	id        string
	secret    string
	slug      string
	name      string
	callbacks []string

	hook        *Hook             // of a GitHub App; nil: none
	permissions map[string]string // of a GitHub App
}

// hookSecret is the webhook_secret of a manifest's answer: null without a hook.
func (c *client) hookSecret() any {
	if c.hook == nil {
		return nil
	}
	return c.hook.Secret
}

// grant is what a person agreed to; its code is good once, for ten minutes.
type grant struct {
	client    *client
	user      *user
	redirect  string
	challenge string
	expires   time.Time
}

// AddClient registers an OAuth app and returns its id and secret.
func (s *Server) AddClient(callbacks ...string) (id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &client{id: "Ov23" + rand.Text()[:16], secret: rand.Text(), name: "Moorage", callbacks: callbacks}
	s.clients[c.id] = c
	return c.id, c.secret
}

// showAuthorize handles GET /login/oauth/authorize.
func (s *Server) showAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	c, who := s.clients[q.Get("client_id")], s.signedIn
	s.mu.Unlock()
	switch {
	case c == nil:
		http.NotFound(w, r)
		return
	case who == "":
		http.Error(w, "Nobody is signed in to this GitHub: call SignInAs.", http.StatusForbidden)
		return
	case !slices.Contains(c.callbacks, q.Get("redirect_uri")):
		http.Error(w, "The redirect_uri is not associated with this application.", http.StatusBadRequest)
		return
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		http.Error(w, "The code_challenge_method is not supported.", http.StatusBadRequest)
		return
	}
	showForm(w, form{
		Title:  "Authorize " + c.name,
		Text:   c.name + " wants to access the account " + who + ".",
		Action: r.URL.Path,
		Fields: q,
		Button: "Authorize",
		Cancel: "Cancel",
	})
}

// authorize handles POST /login/oauth/authorize.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, u := s.clients[r.PostFormValue("client_id")], s.users[s.signedIn]
	redirect := r.PostFormValue("redirect_uri")
	if c == nil || u == nil || !slices.Contains(c.callbacks, redirect) {
		http.Error(w, "This form was not made by this GitHub.", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {r.PostFormValue("state")}}
	if r.PostFormValue("cancel") != "" {
		back.Set("error", "access_denied")
		back.Set("error_description", "The user has denied your application access.")
	} else {
		code := rand.Text()
		s.codes[code] = &grant{
			client: c, user: u, redirect: redirect,
			challenge: r.PostFormValue("code_challenge"),
			expires:   s.now().Add(10 * time.Minute),
		}
		back.Set("code", code)
	}
	http.Redirect(w, r, redirect+"?"+back.Encode(), http.StatusFound)
}

// accessToken handles POST /login/oauth/access_token. As GitHub does, it says
// 200 to what it refuses.
func (s *Server) accessToken(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clients[r.PostFormValue("client_id")]
	if c == nil || subtle.ConstantTimeCompare([]byte(c.secret), []byte(r.PostFormValue("client_secret"))) != 1 {
		refuse(w, "incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
		return
	}
	if r.PostFormValue("grant_type") == "refresh_token" {
		s.renew(w, r, c)
		return
	}
	code := r.PostFormValue("code")
	g := s.codes[code]
	delete(s.codes, code)
	switch {
	case g == nil || g.client != c || !s.now().Before(g.expires):
		refuse(w, "bad_verification_code", "The code passed is incorrect or expired.")
	case r.PostFormValue("redirect_uri") != "" && r.PostFormValue("redirect_uri") != g.redirect:
		refuse(w, "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
	case g.challenge != "" && challenge(r.PostFormValue("code_verifier")) != g.challenge:
		refuse(w, "bad_verification_code", "The code_verifier does not match the code_challenge.")
	default:
		s.answerToken(w, g.user, c)
	}
}

// renew answers a refresh token, which is good once. mu is held.
func (s *Server) renew(w http.ResponseWriter, r *http.Request, c *client) {
	old := s.renewals[r.PostFormValue("refresh_token")]
	if old == nil || old.client != c {
		refuse(w, "bad_refresh_token", "The refresh token passed is incorrect or expired.")
		return
	}
	delete(s.renewals, old.refresh)
	old.revoked = true
	s.answerToken(w, old.user, c)
}

// answerToken sends a new token: one that ends, when the client is a GitHub
// App. mu is held.
func (s *Server) answerToken(w http.ResponseWriter, u *user, c *client) {
	if c.slug == "" {
		t := s.newToken(u, "gho_", c)
		answer(w, http.StatusOK, map[string]any{"access_token": t.value, "token_type": "bearer", "scope": "read:org,read:user,repo"})
		return
	}
	t := s.newToken(u, "ghu_", c)
	t.refresh, t.expires = "ghr_"+rand.Text(), s.now().Add(s.tokenFor)
	s.renewals[t.refresh] = t
	answer(w, http.StatusOK, map[string]any{
		"access_token": t.value, "token_type": "bearer", "scope": "",
		"expires_in": int(s.tokenFor / time.Second), "refresh_token": t.refresh, "refresh_token_expires_in": 15897600,
	})
}

func refuse(w http.ResponseWriter, code, description string) {
	answer(w, http.StatusOK, map[string]string{"error": code, "error_description": description})
}

// challenge is the S256 of RFC 7636, section 4.2.
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
