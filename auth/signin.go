package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"moorage"
)

const (
	stateLife   = 10 * time.Minute
	nextCap     = 2048 // bytes
	callbackCap = 512  // bytes of a code
)

// Begin starts a sign-in and returns the address on GitHub to send the browser
// to. next is the local path that the person wanted.
func (a *Auth) Begin(w http.ResponseWriter, r *http.Request, next string) (string, error) {
	return a.begin(w, r, next, "")
}

// BeginLink starts to connect GitHub to a person who is signed in already: the
// operator of the first run.
func (a *Auth) BeginLink(w http.ResponseWriter, r *http.Request, next string) (string, error) {
	user, err := a.SignedIn(r)
	if err != nil {
		return "", err
	}
	return a.begin(w, r, next, user.ID)
}

func (a *Auth) begin(w http.ResponseWriter, r *http.Request, next string, linkTo moorage.UserID) (string, error) {
	if err := a.attempts.allow("begin", a.clientIP(r)); err != nil {
		return "", err
	}
	connection, err := a.Connection(r.Context())
	if err != nil {
		return "", err
	}
	state, browser, verifier := newSecret(secretBytes), newSecret(secretBytes), oauth2.GenerateVerifier()
	address, err := a.authorizeURL(connection, state, verifier)
	if err != nil {
		return "", err
	}
	err = a.db.CreateOAuthState(r.Context(), moorage.OAuthState{
		StateHash:   hash(state),
		BrowserHash: hash(browser),
		Verifier:    verifier,
		Next:        localPath(next),
		LinkTo:      linkTo,
		ExpiresAt:   a.now().Add(stateLife),
	})
	if err != nil {
		return "", fmt.Errorf("store a sign-in: %w", err)
	}
	a.setCookie(w, browserCookie, browser, stateLife)
	return address, nil
}

// Arrival is a sign-in that succeeded.
type Arrival struct {
	User   moorage.User
	Next   string // a local path
	Linked bool   // GitHub was connected to a person who was signed in
}

// Finish ends a sign-in when GitHub sends the browser back, with a new session.
// A person who is known to GitHub and not allowed here gets Forbidden.
func (a *Auth) Finish(w http.ResponseWriter, r *http.Request) (Arrival, error) {
	if err := a.attempts.allow("finish", a.clientIP(r)); err != nil {
		return Arrival{}, err
	}
	state, err := a.takeState(r)
	a.setCookie(w, browserCookie, "", 0)
	if err != nil {
		a.log.WarnContext(r.Context(), "sign-in refused", "was", "signed out", "err", err)
		return Arrival{}, err
	}
	code := r.URL.Query().Get("code")
	if r.URL.Query().Get("error") != "" || code == "" || len(code) > callbackCap {
		return Arrival{}, moorage.Errorf(moorage.Forbidden, "GitHub did not sign you in.").
			Try("Begin again, and press Authorize on the page of GitHub.")
	}
	user, err := a.arrive(r, state, code)
	if err != nil {
		return Arrival{}, err
	}
	if err := a.StartSession(w, r, user); err != nil {
		return Arrival{}, err
	}
	a.log.InfoContext(r.Context(), "signed in", "user", user.ID, "login", user.Login, "role", user.Role, "was", "signed out", "linked", state.LinkTo != "")
	return Arrival{User: user, Next: state.Next, Linked: state.LinkTo != ""}, nil
}

// arrive trades the code for a token and the token for a person.
func (a *Auth) arrive(r *http.Request, state moorage.OAuthState, code string) (moorage.User, error) {
	ctx := r.Context()
	connection, err := a.Connection(ctx)
	if err != nil {
		return moorage.User{}, err
	}
	token, err := a.exchange(ctx, connection, code, state.Verifier)
	if err != nil {
		return moorage.User{}, err
	}
	who, err := a.fetch(ctx, connection, token)
	if err != nil {
		return moorage.User{}, err
	}
	var user moorage.User
	if state.LinkTo != "" {
		user, err = a.link(r, state.LinkTo, who)
	} else {
		user, err = a.admit(ctx, who, token.AccessToken)
	}
	if err != nil {
		return moorage.User{}, err
	}
	return user, a.keepToken(ctx, user.ID, token)
}

// takeState uses up the state that came back. Everything that could make it
// somebody else's looks the same from outside.
func (a *Auth) takeState(r *http.Request) (moorage.OAuthState, error) {
	refuse := func(why error) (moorage.OAuthState, error) {
		return moorage.OAuthState{}, moorage.Errorf(moorage.Forbidden, "This sign-in was not begun in this browser, is used up, or is too old.").
			Try("Begin again.").Because(why)
	}
	given := r.URL.Query().Get("state")
	if !isSecret(given, secretBytes) {
		return refuse(errors.New("no state of ours"))
	}
	state, err := a.db.TakeOAuthState(r.Context(), hash(given))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return refuse(err)
	case err != nil:
		return moorage.OAuthState{}, fmt.Errorf("take a sign-in: %w", err)
	case !a.now().Before(state.ExpiresAt):
		return refuse(errors.New("the state has expired"))
	}
	browser := a.cookie(r, browserCookie)
	if browser == "" || !equal(hash(browser), state.BrowserHash) {
		return refuse(errors.New("another browser"))
	}
	return state, nil
}

// link connects a GitHub account to the person who began, who must still be
// the one that is signed in.
func (a *Auth) link(r *http.Request, to moorage.UserID, who person) (moorage.User, error) {
	ctx := r.Context()
	user, err := a.SignedIn(r)
	if err != nil {
		return moorage.User{}, err
	}
	if user.ID != to {
		return moorage.User{}, moorage.Errorf(moorage.Forbidden, "Somebody else is signed in by now.").Try("Begin again.")
	}
	a.enter.Lock()
	defer a.enter.Unlock()
	other, err := a.db.UserByGitHubID(ctx, who.id)
	switch {
	case err == nil && other.ID != user.ID:
		return moorage.User{}, moorage.Errorf(moorage.Conflict, "The GitHub account %s belongs to another person here.", who.login).
			Try("Sign out, then sign in with GitHub.")
	case err != nil && moorage.ErrorCode(err) != moorage.NotFound:
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	return a.update(ctx, user, who, user.Role)
}

// admit lets the person in whom GitHub vouches for, if they may come in.
func (a *Auth) admit(ctx context.Context, who person, token string) (moorage.User, error) {
	known, err := a.db.UserByGitHubID(ctx, who.id)
	if err != nil && moorage.ErrorCode(err) != moorage.NotFound {
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	role, err := a.roleOf(ctx, known.ID, who, token)
	if err != nil {
		return moorage.User{}, a.turnAway(ctx, known.ID, who, err)
	}
	a.enter.Lock()
	defer a.enter.Unlock()
	user, err := a.db.UserByGitHubID(ctx, who.id) // again: two browsers may be here at once
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return a.create(ctx, who, role)
	case err != nil:
		return moorage.User{}, fmt.Errorf("find the user of GitHub account %d: %w", who.id, err)
	}
	return a.update(ctx, user, who, role)
}

// turnAway returns the refusal. Who was allowed once and is no longer loses the sessions they have.
func (a *Auth) turnAway(ctx context.Context, known moorage.UserID, who person, refusal error) error {
	if moorage.ErrorCode(refusal) != moorage.Forbidden {
		return refusal
	}
	a.log.WarnContext(ctx, "sign-in refused", "login", who.login, "github_id", who.id, "user", known, "was", "signed out")
	if known == "" {
		return refusal
	}
	return errors.Join(refusal, a.db.DeleteWebSessionsOf(ctx, known))
}

func (a *Auth) create(ctx context.Context, who person, role moorage.Role) (moorage.User, error) {
	now := a.now()
	user := moorage.User{
		ID:         moorage.NewUserID(now),
		GitHubID:   who.id,
		Login:      who.login,
		Name:       who.name,
		AvatarURL:  who.avatar,
		Role:       role,
		CreatedAt:  now,
		LastSeenAt: now,
	}
	if err := a.db.CreateUser(ctx, user); err != nil {
		return moorage.User{}, fmt.Errorf("create user %s: %w", user.Login, err)
	}
	return user, nil
}

func (a *Auth) update(ctx context.Context, user moorage.User, who person, role moorage.Role) (moorage.User, error) {
	if user.Role != role {
		a.log.InfoContext(ctx, "role changed", "user", user.ID, "role", role, "was", user.Role)
	}
	user.GitHubID, user.Login, user.Name, user.AvatarURL = who.id, who.login, who.name, who.avatar
	user.Role, user.LastSeenAt = role, a.now()
	if err := a.db.UpdateUser(ctx, user); err != nil {
		return moorage.User{}, fmt.Errorf("update user %s: %w", user.ID, err)
	}
	return user, nil
}

// localPath returns next when it is a path of ours, and "/" otherwise: a
// sign-in must not send people to another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.User != nil,
		len(next) > nextCap,
		!strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"), strings.ContainsAny(next, "\\\t\r\n"):
		return "/"
	}
	return next
}
