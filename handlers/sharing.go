package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/views"
)

// sharing serves who may call a server.
type sharing struct {
	servers
	kept     sharingStore
	sessions revoker
	held     *held
}

type sharingStore interface {
	UserByLogin(ctx context.Context, login string) (moorage.User, error)
	SetSharing(ctx context.Context, id moorage.ServerID, to moorage.Sharing) error
	ShareServer(ctx context.Context, id moorage.ServerID, with moorage.UserID) error
	UnshareServer(ctx context.Context, id moorage.ServerID, with moorage.UserID) error
}

// revoker ends the sessions that people have with a server.
type revoker interface {
	Revoke(server moorage.ServerID, gone func(moorage.UserID) bool)
}

const maxLogin = 100 // characters; GitHub has 39

// Save handles "POST /servers/:slug/sharing".
func (h sharing) Save(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	to := moorage.Sharing(c.FormValue("sharing"))
	if !to.Valid() {
		return h.fault(c, s, func(v *views.SharingView) { v.Fault = "Choose one of the three." })
	}
	if err := h.kept.SetSharing(c.Request().Context(), s.ID, to); err != nil {
		return err
	}
	if err := h.revoke(c.Request().Context(), s.ID); err != nil {
		return err
	}
	return h.done(c, s, map[moorage.Sharing]string{
		moorage.SharingPrivate:  "Only you and the admins may call %s now.",
		moorage.SharingPeople:   "The people of the list may call %s now.",
		moorage.SharingEveryone: "All who may sign in may call %s now.",
	}[to])
}

// Add handles "POST /servers/:slug/sharing/add".
func (h sharing) Add(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	ctx, login := c.Request().Context(), clip(strings.TrimPrefix(strings.TrimSpace(c.FormValue("login")), "@"), maxLogin)
	complain := func(format string, args ...any) error {
		return h.fault(c, s, func(v *views.SharingView) { v.Login, v.LoginFault = login, fmt.Sprintf(format, args...) })
	}
	if login == "" {
		return complain("Give the login that they have at GitHub.")
	}
	with, err := h.kept.UserByLogin(ctx, login)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return complain("Nobody named %s has signed in to this Moorage yet. Ask them to sign in once.", login)
	case err != nil:
		return err
	case with.ID == s.OwnerID:
		return complain("%s owns this server.", with.Login)
	}
	err = h.kept.ShareServer(ctx, s.ID, with.ID)
	if moorage.ErrorCode(err) == moorage.Conflict {
		return complain("%s is in the list already.", with.Login)
	}
	if err != nil {
		return err
	}
	return h.done(c, s, with.Login+" may call %s now.")
}

// Remove handles "POST /servers/:slug/sharing/remove".
func (h sharing) Remove(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.kept.UnshareServer(ctx, s.ID, moorage.UserID(c.FormValue("user"))); err != nil {
		return err
	}
	if err := h.revoke(ctx, s.ID); err != nil {
		return err
	}
	return h.done(c, s, "They are off the list of those who may call %s.")
}

func (h sharing) fault(c echo.Context, s moorage.Server, mend func(*views.SharingView)) error {
	return h.settingsWith(c, http.StatusUnprocessableEntity, s, func(p *views.SettingsPage) { mend(&p.Sharing) })
}

func (h sharing) done(c echo.Context, s moorage.Server, sentence string) error {
	return done(c, serverPath(s.Slug)+"/settings#sharing", strings.ReplaceAll(sentence, "%s", serverTitle(s)))
}

// revoke ends the open sessions and requests of all who may not call a server as it is
// stored now. It is no use to half of them, so it does not end with the request.
func (h sharing) revoke(ctx context.Context, id moorage.ServerID) error {
	ctx = context.WithoutCancel(ctx)
	s, err := h.deployments.db.Server(ctx, id)
	if err != nil {
		return err
	}
	people, err := h.db.Users(ctx)
	if err != nil {
		return err
	}
	var may []moorage.UserID
	for _, u := range people {
		if auth.MayCall(u, s) {
			may = append(may, u.ID)
		}
	}
	gone := func(u moorage.UserID) bool { return !slices.Contains(may, u) }
	h.sessions.Revoke(id, gone)
	h.held.revoke(s.Slug, gone)
	return nil
}

func (h servers) sharingView(ctx context.Context, s moorage.Server) (views.SharingView, error) {
	v := views.SharingView{URL: serverPath(s.Slug) + "/sharing", Sharing: s.Sharing}
	people, err := h.db.Users(ctx)
	if err != nil {
		return v, err
	}
	for _, u := range people {
		switch {
		case u.ID == s.OwnerID:
			v.Owner = u.Login
		case slices.Contains(s.People, u.ID):
			v.People = append(v.People, views.SharedPerson{ID: u.ID, Login: u.Login, Name: u.Name, AvatarURL: u.AvatarURL, Admin: u.Role == moorage.RoleAdmin})
		}
	}
	return v, nil
}
