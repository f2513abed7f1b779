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
)

var permissionNames = [...]string{"nobody", "public", "visitor", "signed in", "admin", "bearer"}

func (p Permission) String() string {
	if int(p) < len(permissionNames) {
		return permissionNames[p]
	}
	return fmt.Sprintf("permission %d", uint8(p))
}

// ErrSignedIn is in the chain when somebody who is signed in asks for a page
// for visitors: send them home.
var ErrSignedIn = errors.New("already signed in")

// Route is a method and the pattern of a path.
type Route struct{ Method, Path string }

func (r Route) String() string { return r.Method + " " + r.Path }

// Row gives one route its permission.
type Row struct {
	Method, Path string
	Permission   Permission
}

// Table is the permission of every route. It is the only place where one is
// given.
type Table []Row

// Check compares the table with the routes of the process and names every
// route without a row, row without a route, and row that stands twice.
func (t Table) Check(routes []Route) error {
	var faults []error
	rows := make(map[Route]bool, len(t))
	for _, row := range t {
		route := Route{row.Method, row.Path}
		if rows[route] {
			faults = append(faults, fmt.Errorf("%s has two rows", route))
		}
		if row.Permission == Nobody || row.Permission > Bearer {
			faults = append(faults, fmt.Errorf("%s is for %s", route, row.Permission))
		}
		rows[route] = true
	}
	served := make(map[Route]bool, len(routes))
	for _, route := range routes {
		if !rows[route] && !served[route] {
			faults = append(faults, fmt.Errorf("%s has no row", route))
		}
		served[route] = true
	}
	for _, row := range t {
		if route := (Route{row.Method, row.Path}); !served[route] {
			faults = append(faults, fmt.Errorf("%s has a row and no route", route))
		}
	}
	return errors.Join(faults...)
}

// Of returns the permission of a route: Nobody when it has no row.
func (t Table) Of(method, path string) Permission {
	for _, row := range t {
		if row.Method == method && row.Path == path {
			return row.Permission
		}
	}
	return Nobody
}

// Authorise returns the person behind r if p lets them through. For Public and
// Visitor the person may be the zero User. Pages never read bearer tokens and
// programs' routes never read cookies: a foreign page can send the second, and not the first.
func (a *Auth) Authorise(r *http.Request, p Permission) (moorage.User, error) {
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
	case Bearer:
		return a.Bearer(r.Context(), r.Header.Get("Authorization"))
	default:
		return moorage.User{}, moorage.Errorf(moorage.Forbidden, "Nobody may do this.")
	}
}
