package githubtest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type user struct {
	ID    int64
	Login string
	Name  string
	orgs  []string
}

// token is an OAuth or user access token that somebody holds.
type token struct {
	value   string
	user    *user
	client  *client // nil: made by Token
	refresh string
	expires time.Time // zero: never
	revoked bool
}

// AddUser adds a person, or changes the login and organisations of the one
// with this id. The first one is signed in.
func (s *Server) AddUser(login string, id int64, orgs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, u := range s.users {
		if u.ID == id {
			delete(s.users, key)
			u.Login, u.orgs = login, orgs
			s.users[login] = u
			return
		}
	}
	s.users[login] = &user{ID: id, Login: login, Name: strings.ToUpper(login[:1]) + login[1:], orgs: orgs}
	if s.signedIn == "" {
		s.signedIn = login
	}
}

// SignInAs says who sits at the browser.
func (s *Server) SignInAs(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[login] == nil {
		panic("githubtest: no user " + login)
	}
	s.signedIn = login
}

// Token returns a new OAuth token of a person, as if they had signed in.
func (s *Server) Token(login string) string {
	return s.giveToken(login, "gho_", nil)
}

// AppToken returns a new user token of a GitHub App: it sees what the App is
// installed for (see Install) and nothing else.
func (s *Server) AppToken(login string) string {
	return s.giveToken(login, "ghu_", nil)
}

func (s *Server) giveToken(login, prefix string, c *client) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[login]
	if u == nil {
		panic("githubtest: no user " + login)
	}
	return s.newToken(u, prefix, c).value
}

// newToken makes a token. mu is held.
func (s *Server) newToken(u *user, prefix string, c *client) *token {
	t := &token{value: prefix + rand.Text(), user: u, client: c}
	s.tokens[t.value] = t
	return t
}

// Revoke makes all tokens of a person bad, as they can in their settings.
func (s *Server) Revoke(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.user.Login == login {
			t.revoked = true
		}
	}
	for key, t := range s.renewals {
		if t.user.Login == login {
			delete(s.renewals, key)
		}
	}
}

// holder returns whose token a request carries: nil, nil without one.
func (s *Server) holder(r *http.Request) (*token, error) {
	value := credentials(r)
	if value == "" {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[value]
	if t == nil || t.revoked || (!t.expires.IsZero() && !s.now().Before(t.expires)) {
		return nil, fmt.Errorf("bad credentials")
	}
	return t, nil
}

// credentials returns the token of a request: Bearer, GitHub's own scheme, or
// Basic with the token as either part, as git sends it.
func credentials(r *http.Request) string {
	if name, password, ok := r.BasicAuth(); ok {
		if password == "" || password == "x-oauth-basic" {
			return name
		}
		return password
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "token") {
		return value
	}
	return ""
}
