package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
)

// render answers with the page or, when htmx asked for a part of one, with the
// fragment; a nil fragment means that there is none. A history miss restores
// the whole page although htmx asks for it.
func render(c echo.Context, status int, page, fragment templ.Component) error {
	h := c.Response().Header()
	h.Add("Vary", headerHTMX+", "+headerRequestType)
	h.Set("Content-Type", "text/html; charset=utf-8")
	if fragment != nil && wantsFragment(c) {
		page = fragment
	}
	c.Response().WriteHeader(status)
	return page.Render(c.Request().Context(), c.Response())
}

func wantsFragment(c echo.Context) bool {
	h := c.Request().Header
	return h.Get(headerRequestType) == "partial" && h.Get("HX-History-Restore-Request") == ""
}

// readForm reads what was posted.
func readForm(c echo.Context) (url.Values, error) {
	form, err := c.FormParams()
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		err = moorage.Errorf(moorage.Invalid, "This form cannot be read.").Try("Go back, reload the page, and send it again.").Because(err)
	}
	return form, err
}

// see sends the browser to another page after a form was posted.
func see(c echo.Context, path string) error { return c.Redirect(http.StatusSeeOther, path) }

// done does the same and leaves a sentence for the next page's toast.
func done(c echo.Context, path, sentence string) error {
	c.SetCookie(&http.Cookie{
		Name: toastCookie, Value: url.QueryEscape(sentence), Path: "/", MaxAge: 30, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: c.Scheme() == "https",
	})
	return see(c, path)
}

const (
	toastCookie = "toast"
	maxToast    = 300 // characters
)

// shell builds what surrounds a page. The last crumb is the page itself.
func shell(c echo.Context, section views.Section, title string, crumbs ...views.Crumb) views.Shell {
	u := user(c)
	s := views.Shell{Title: title, Section: section, Toast: takeToast(c)}
	if len(crumbs) > 0 {
		s.Crumbs = append(crumbs, views.Crumb{Label: title})
	}
	if u.ID != "" {
		s.Person = views.Person{Login: u.Login, Name: u.Name, AvatarURL: u.AvatarURL, Admin: u.Role == moorage.RoleAdmin}
	}
	return s
}

func takeToast(c echo.Context) string {
	cookie, err := c.Cookie(toastCookie)
	if err != nil {
		return ""
	}
	c.SetCookie(&http.Cookie{Name: toastCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	text, err := url.QueryUnescape(cookie.Value)
	if err != nil || len(text) > maxToast {
		return ""
	}
	return text
}

// clock tells the time; tests set it.
type clock func() time.Time
