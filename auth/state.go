package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"moorage"
)

const (
	stateLife = 10 * time.Minute
	nextCap   = 8192 // bytes: an MCP client's request for access comes through a sign-in, too
	codeCap   = 512  // bytes
)

// newState stores what is remembered until GitHub sends the browser back, and
// binds it to this browser by a cookie. It returns the state parameter.
func (a *Auth) newState(w http.ResponseWriter, r *http.Request, s moorage.OAuthState) (string, error) {
	state, browser := newSecret(secretBytes), newSecret(secretBytes)
	s.StateHash, s.BrowserHash, s.ExpiresAt = hash(state), hash(browser), a.now().Add(stateLife)
	if err := a.db.CreateOAuthState(r.Context(), s); err != nil {
		return "", fmt.Errorf("store a state: %w", err)
	}
	a.setCookie(w, browserCookie, browser, stateLife)
	return state, nil
}

// takeState uses up the state that came back, and returns it with the code
// beside it. Everything that could make it somebody else's looks the same from
// outside.
func (a *Auth) takeState(w http.ResponseWriter, r *http.Request) (moorage.OAuthState, string, error) {
	a.setCookie(w, browserCookie, "", 0)
	given := r.URL.Query().Get("state")
	if !isSecret(given, secretBytes) {
		return moorage.OAuthState{}, "", errState(errors.New("no state of ours"))
	}
	state, err := a.db.TakeOAuthState(r.Context(), hash(given))
	browser := a.cookie(r, browserCookie)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return moorage.OAuthState{}, "", errState(err)
	case err != nil:
		return moorage.OAuthState{}, "", fmt.Errorf("take a state: %w", err)
	case !a.now().Before(state.ExpiresAt):
		return moorage.OAuthState{}, "", errState(errors.New("the state has expired"))
	case browser == "" || !equal(hash(browser), state.BrowserHash):
		return moorage.OAuthState{}, "", errState(errors.New("another browser"))
	}
	code := r.URL.Query().Get("code")
	if r.URL.Query().Get("error") != "" || code == "" || len(code) > codeCap {
		return moorage.OAuthState{}, "", moorage.Errorf(moorage.Forbidden, "GitHub did not say yes.").
			Try("Begin again, and agree on the page of GitHub.")
	}
	return state, code, nil
}

// BeginManifest returns the state to send along with a GitHub App manifest. Only an
// admin connects GitHub.
func (a *Auth) BeginManifest(w http.ResponseWriter, r *http.Request) (string, error) {
	user, err := a.authorise(r, Admin)
	if err != nil {
		return "", err
	}
	return a.newState(w, r, moorage.OAuthState{Next: "/", LinkTo: user.ID})
}

// FinishManifest returns the code that GitHub sent back for a manifest, if the
// same admin began that in the same browser: a link of somebody else must not
// connect this Moorage to an App of theirs.
func (a *Auth) FinishManifest(w http.ResponseWriter, r *http.Request) (string, error) {
	user, err := a.authorise(r, Admin)
	if err != nil {
		return "", err
	}
	state, code, err := a.takeState(w, r)
	if err == nil && (state.Verifier != "" || state.LinkTo != user.ID) {
		err = errState(errors.New("a state of something else"))
	}
	if err != nil {
		a.log.WarnContext(r.Context(), "connecting GitHub refused", "user", user.ID, "err", err)
		return "", err
	}
	return code, nil
}

func errState(why error) *moorage.Error {
	return moorage.Errorf(moorage.Forbidden, "This was not begun in this browser, is used up, or is too old.").
		Try("Begin again.").Because(why)
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
