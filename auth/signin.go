package auth

import (
	"errors"
	"net/http"

	"golang.org/x/oauth2"

	"moorage"
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
	verifier := oauth2.GenerateVerifier()
	state, err := a.newState(w, r, moorage.OAuthState{Verifier: verifier, Next: localPath(next), LinkTo: linkTo})
	if err != nil {
		return "", err
	}
	return a.authorizeURL(connection, state, verifier)
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
	state, code, err := a.takeState(w, r)
	if err == nil && state.Verifier == "" {
		err = errState(errors.New("a state of the setup"))
	}
	if err != nil {
		a.log.WarnContext(r.Context(), "sign-in refused", "was", "signed out", "err", err)
		return Arrival{}, err
	}
	user, err := a.arrive(r, state, code)
	if err != nil {
		return Arrival{}, err
	}
	if err := a.StartSession(w, r, user); err != nil {
		return Arrival{}, err
	}
	a.log.InfoContext(r.Context(), "signed in", "user", user.ID, "login", user.Login, "role", user.Role,
		"was", "signed out", "linked", state.LinkTo != "")
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
