package auth

import (
	"errors"
	"fmt"
	"net/http"

	"moorage"
)

// Permission is who may use a route.
type Permission uint8

const (
	Nobody   Permission = iota // the zero value: a row that forgot to say lets no one in
	Public                     // everyone
	Visitor                    // only who is signed out
	SignedIn                   // a browser with a session
	Admin                      // a browser with the session of an admin
	Bearer                     // a program with an API token; cookies are not read
	Endpoint                   // an MCP client: with an API token, or with an access token for exactly this address; cookies are not read
	Signed                     // a program that proves itself by what it sends, signed or as an OAuth client; the handler checks that. Neither cookies nor API tokens are read
)

var permissionNames = [...]string{"nobody", "public", "visitor", "signed in", "admin", "bearer", "endpoint", "signed"}

func (p Permission) String() string {
	if int(p) < len(permissionNames) {
		return permissionNames[p]
	}
	return fmt.Sprintf("permission %d", uint8(p))
}

// ErrSignedIn is in the chain when somebody who is signed in asks for a page
// for visitors: send them home.
var ErrSignedIn = errors.New("already signed in")

// Authorise returns who is behind r if p lets them through. For Public and
// Visitor it may be the zero Caller; with a session there is no token, and the
// scope is all that the person may do. Pages never read bearer tokens and
// programs' routes never read cookies: a foreign page can send the second, and not the first.
// The access tokens of Endpoint are package oauth's.
func (a *Auth) Authorise(r *http.Request, p Permission) (moorage.Caller, error) {
	if p == Bearer || p == Endpoint {
		return a.Bearer(r.Context(), r.Header.Get("Authorization"))
	}
	user, err := a.authorise(r, p)
	if user.ID == "" {
		return moorage.Caller{Means: moorage.MeansVisitor}, err
	}
	return moorage.Caller{User: user, Means: moorage.MeansSession}, err
}

// authorise is Authorise of who comes without a token.
func (a *Auth) authorise(r *http.Request, p Permission) (moorage.User, error) {
	switch p {
	case Public, Visitor:
		user, err := a.SignedIn(r)
		switch {
		case moorage.ErrorCode(err) == moorage.Unauthenticated:
			return moorage.User{}, nil
		case err == nil && p == Visitor:
			return user, moorage.Errorf(moorage.Conflict, "You are signed in already.").Because(ErrSignedIn)
		}
		return user, err
	case SignedIn:
		return a.SignedIn(r)
	case Admin:
		user, err := a.SignedIn(r)
		if err == nil && user.Role != moorage.RoleAdmin {
			return moorage.User{}, moorage.Errorf(moorage.Forbidden, "Only admins may do this.").Try("Ask an admin of this Moorage.")
		}
		return user, err
	case Signed:
		return moorage.User{}, nil
	default:
		return moorage.User{}, moorage.Errorf(moorage.Forbidden, "Nobody may do this.")
	}
}
