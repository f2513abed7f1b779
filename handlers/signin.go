package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/views"
	"moorage/views/parts"
)

// signin serves the way in and out.
type signin struct {
	guard
	db        people
	githubURL string
}

// Login handles "GET /login".
func (h signin) Login(c echo.Context) error {
	page := views.LoginPage{Shell: shell(c, "", "Sign in"), Provider: providerName(h.githubURL)}
	if h.auth.Connected(c.Request().Context()) {
		page.SignInURL = "/auth/github?next=" + url.QueryEscape(localPath(c.QueryParam("next")))
	} else {
		page.Trouble = &parts.Trouble{
			Message: "This Moorage is not connected to GitHub yet, so nobody can sign in with it.",
			Next:    "On the machine that it runs on, “moorage setup-link” prints a link that makes you its operator.",
		}
	}
	return render(c, http.StatusOK, views.Login(page), nil)
}

// Begin handles "GET /auth/github": off to GitHub. The operator who has no
// GitHub account yet connects one instead of becoming somebody else.
func (h signin) Begin(c echo.Context) error {
	begin := h.auth.Begin
	if u := user(c); u.ID != "" && u.GitHubID == 0 {
		begin = h.auth.BeginLink
	}
	to, err := begin(c.Response(), c.Request(), localPath(c.QueryParam("next")))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// Finish handles "GET /auth/github/callback": back from GitHub.
func (h signin) Finish(c echo.Context) error {
	arrival, err := h.auth.Finish(c.Response(), c.Request())
	var refused *auth.NotAllowed
	switch {
	case errors.As(err, &refused):
		return h.notAllowed(c, refused.Login)
	case err != nil:
		return err
	case arrival.Linked:
		return done(c, arrival.Next, "Your GitHub account is connected.")
	}
	return see(c, arrival.Next)
}

func (h signin) notAllowed(c echo.Context, login string) error {
	page := views.NotAllowedPage{Shell: shell(c, "", "Not allowed"), Login: login}
	all, err := h.db.Users(c.Request().Context())
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.Role == moorage.RoleAdmin && u.GitHubID != 0 {
			page.Ask = append(page.Ask, u.Login)
		}
	}
	return render(c, http.StatusForbidden, views.NotAllowed(page), nil)
}

// Logout handles "POST /logout".
func (h signin) Logout(c echo.Context) error {
	if err := h.auth.SignOut(c.Response(), c.Request()); err != nil {
		return err
	}
	return see(c, "/login")
}

func providerName(web string) string {
	u, err := url.Parse(web)
	if err != nil || u.Host == "github.com" {
		return "GitHub"
	}
	return u.Host
}
