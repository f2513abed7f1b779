package handlers

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// admin serves the pages of people who run this Moorage.
type admin struct {
	connection
	db people
}

// people is who is known, and who may come.
type people interface {
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
	Users(ctx context.Context) ([]moorage.User, error)
	UpdateUser(ctx context.Context, u moorage.User) error
	AccessRules(ctx context.Context) ([]moorage.AccessRule, error)
	AddAccessRule(ctx context.Context, r moorage.AccessRule) error
	RemoveAccessRule(ctx context.Context, kind moorage.AccessKind, name string) error
	CountServers(ctx context.Context, f moorage.ServerFilter) (int, error)
}

// GitHub's rule for logins and organisations; underscores are those of
// managed users of an enterprise.
var loginPattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$`)

// People handles "GET /admin/people".
func (h admin) People(c echo.Context) error {
	return h.peoplePage(c, http.StatusOK, func(*views.PeoplePage) {})
}

func (h admin) peoplePage(c echo.Context, status int, mend func(*views.PeoplePage)) error {
	ctx := c.Request().Context()
	page := views.PeoplePage{Shell: shell(c, views.SectionAdmin, "People", views.Crumb{Label: "Admin"}), Kind: moorage.AccessUser}
	all, err := h.db.Users(ctx)
	if err != nil {
		return err
	}
	logins := map[moorage.UserID]string{}
	for _, u := range all {
		logins[u.ID] = u.Login
		n, err := h.db.CountServers(ctx, moorage.ServerFilter{OwnerID: u.ID})
		if err != nil {
			return err
		}
		page.People = append(page.People, views.PersonRow{
			ID: u.ID, Login: u.Login, Name: u.Name, AvatarURL: u.AvatarURL, Role: u.Role, Servers: n,
			Seen: parts.MomentOf(u.LastSeenAt, h.now()), You: u.ID == user(c).ID, CanChange: u.ID != user(c).ID,
		})
	}
	rules, err := h.db.AccessRules(ctx)
	if err != nil {
		return err
	}
	for _, r := range rules {
		page.Rules = append(page.Rules, views.RuleRow{Kind: r.Kind, Name: r.Name, By: logins[r.CreatedBy], Added: parts.MomentOf(r.CreatedAt, h.now())})
	}
	mend(&page)
	return render(c, status, views.People(page), nil)
}

// SetRole handles "POST /admin/people/role". Nobody takes their own rights
// away, so that there is always an admin.
func (h admin) SetRole(c echo.Context) error {
	ctx, role := c.Request().Context(), moorage.Role(c.FormValue("role"))
	u, err := h.db.User(ctx, moorage.UserID(c.FormValue("user")))
	switch {
	case err != nil:
		return err
	case u.ID == user(c).ID:
		return moorage.Errorf(moorage.Forbidden, "You cannot change your own role.").Try("Ask another admin.")
	case role != moorage.RoleAdmin && role != moorage.RoleMember:
		return moorage.Errorf(moorage.Invalid, "There is no such role.").Try("Choose admin or member.")
	}
	u.Role = role
	if err := h.db.UpdateUser(ctx, u); err != nil {
		return err
	}
	return done(c, "/admin/people", fmt.Sprintf("%s is %s now.", u.Login, map[moorage.Role]string{moorage.RoleAdmin: "an admin", moorage.RoleMember: "a member"}[role]))
}

// Allow handles "POST /admin/access".
func (h admin) Allow(c echo.Context) error {
	r := moorage.AccessRule{Kind: moorage.AccessKind(c.FormValue("kind")), Name: strings.TrimPrefix(strings.TrimSpace(c.FormValue("name")), "@"), CreatedBy: user(c).ID, CreatedAt: h.now()}
	if !loginPattern.MatchString(r.Name) || r.Kind != moorage.AccessUser && r.Kind != moorage.AccessOrganisation {
		return h.peoplePage(c, http.StatusUnprocessableEntity, func(p *views.PeoplePage) {
			p.Kind, p.Name, p.Faults = r.Kind, clip(r.Name, 100), parts.Faults{"name": "Give the login of a person or an organisation at GitHub."}
		})
	}
	if err := h.db.AddAccessRule(c.Request().Context(), r); err != nil {
		return err
	}
	return done(c, "/admin/people", fmt.Sprintf("%s may sign in.", r.Name))
}

// Disallow handles "POST /admin/access/remove": whom only this rule let in is out.
func (h admin) Disallow(c echo.Context) error {
	ctx := c.Request().Context()
	r := moorage.AccessRule{Kind: moorage.AccessKind(c.FormValue("kind")), Name: c.FormValue("name")}
	if err := h.db.RemoveAccessRule(ctx, r.Kind, r.Name); err != nil {
		return err
	}
	if err := h.auth.EndAccess(ctx, r); err != nil {
		return err
	}
	return done(c, "/admin/people", fmt.Sprintf("The rule for %s is removed. Whom only it let in is signed out.", clip(r.Name, 100)))
}

// Connection handles "GET /admin/github".
func (h admin) Connection(c echo.Context) error {
	return h.connectionPage(c, http.StatusOK, nil)
}

func (h admin) connectionPage(c echo.Context, status int, fault error) error {
	page, err := h.view(c)
	if err != nil {
		return err
	}
	if page.Connected && !page.Fixed {
		page.DisconnectURL = "/admin/github/disconnect"
	}
	page.Shell, page.Trouble = shell(c, views.SectionAdmin, "GitHub", views.Crumb{Label: "Admin"}), h.trouble(c, fault)
	return render(c, status, views.Connection(page), nil)
}

// Connect handles "POST /admin/github".
func (h admin) Connect(c echo.Context) error {
	if err := h.connect(c); err != nil {
		return h.connectionPage(c, statusOf(err), err)
	}
	return done(c, "/admin/github", "GitHub is connected.")
}

// Disconnect handles "POST /admin/github/disconnect".
func (h admin) Disconnect(c echo.Context) error {
	if err := h.auth.Disconnect(c.Request().Context()); err != nil {
		return h.connectionPage(c, statusOf(err), err)
	}
	return done(c, "/admin/github", "GitHub is disconnected. Who is signed in stays so.")
}
