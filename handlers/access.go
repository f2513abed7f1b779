package handlers

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
)

const callerKey = "caller"

// caller is who sent the request; the zero Caller when nobody is signed in.
func caller(c echo.Context) moorage.Caller { a, _ := c.Get(callerKey).(moorage.Caller); return a }

// user is the person who did.
func user(c echo.Context) moorage.User { return caller(c).User }

// mayCall reports whether who sent the request may call anything of a server,
// and so may know that there is one.
func (g guard) mayCall(c echo.Context, s moorage.Server) bool {
	return auth.MayCall(user(c), s) && caller(c).Scope.Reaches(s.Slug)
}

// mayManage reports whether who sent the request may see and change what is
// behind a server: its deployments, logs, variables and settings. A token must
// reach all of the server for that: who may call one tool of it has no business
// with its logs.
func (g guard) mayManage(c echo.Context, s moorage.Server) bool {
	return auth.MayManage(user(c), s) && caller(c).Scope.Whole(s.Slug)
}

// owned is whose deployments a person sees in lists: of their own servers, or
// of everybody's.
func owned(c echo.Context) moorage.UserID {
	if u := user(c); u.Role != moorage.RoleAdmin {
		return u.ID
	}
	return ""
}

// callable chooses the servers that a person may call, their own first.
func callable(c echo.Context) moorage.ServerFilter {
	f := moorage.ServerFilter{First: user(c).ID}
	if user(c).Role != moorage.RoleAdmin {
		f.Callable = user(c).ID
	}
	return f
}

// loadToCall finds the server of the path, if who asks may call it.
func (h servers) loadToCall(c echo.Context) (moorage.Server, error) {
	return h.find(c, c.Param("slug"), h.mayCall)
}

// loadToManage finds the server of the path, if who asks may manage it.
func (h servers) loadToManage(c echo.Context) (moorage.Server, error) {
	return h.find(c, c.Param("slug"), h.mayManage)
}

// formToManage is loadToManage of what a form was posted for, and the form.
func (h servers) formToManage(c echo.Context) (moorage.Server, url.Values, error) {
	s, err := h.loadToManage(c)
	if err != nil {
		return s, nil, err
	}
	form, err := readForm(c)
	return s, form, err
}

func (h servers) find(c echo.Context, slug string, may func(echo.Context, moorage.Server) bool) (moorage.Server, error) {
	s, err := h.db.ServerBySlug(c.Request().Context(), slug)
	if err == nil && !may(c, s) {
		err = moorage.Errorf(moorage.NotFound, "There is no such server.")
	}
	if err != nil {
		return moorage.Server{}, err
	}
	return s, nil
}
