package handlers

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage/auth/oauth"
	"moorage/views"
)

// consent asks a person whether a client may call servers as them.
type consent struct {
	server *oauth.Server
}

// Ask handles "GET /oauth/authorize" (RFC 6749, section 3.1). Who agreed before
// goes on at once.
func (h consent) Ask(c echo.Context) error {
	r, gone, err := h.read(c, c.QueryParams())
	if err != nil || gone {
		return err
	}
	known, err := h.server.Remembered(c.Request().Context(), user(c), r)
	if err != nil {
		return err
	}
	if known {
		return h.allow(c, r, false)
	}
	return h.page(c, r)
}

// Answer handles "POST /oauth/authorize": the person has decided. The request
// comes with the form and is checked again; it counts only if who posts is whom
// the page had asked.
func (h consent) Answer(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	r, gone, err := h.read(c, form)
	if err != nil || gone {
		return err
	}
	switch decision := form.Get("decision"); {
	case form.Get("person") != string(user(c).ID):
		return h.page(c, r)
	case decision == "allow":
		return h.allow(c, r, true)
	case decision == "deny":
		return see(c, h.server.Refuse(r, oauth.Deny()))
	}
	return h.page(c, r)
}

// read checks a request; gone tells that the browser was sent back to the client
// with what is wrong.
func (h consent) read(c echo.Context, form url.Values) (r oauth.Request, gone bool, err error) {
	r, err = h.server.Read(c.Request().Context(), user(c), form)
	var why *oauth.Refusal
	if errors.As(err, &why) {
		return r, true, see(c, h.server.Refuse(r, why))
	}
	return r, false, err
}

func (h consent) allow(c echo.Context, r oauth.Request, asked bool) error {
	to, err := h.server.Allow(c.Request().Context(), user(c), r, asked)
	if err != nil {
		return err
	}
	return see(c, to)
}

func (h consent) page(c echo.Context, r oauth.Request) error {
	allowFormTo(c, oauth.Source(r.RedirectURI))
	page := views.ConsentPage{
		Shell: views.Shell{Title: "Let a client in"}, Login: user(c).Login, PersonID: string(user(c).ID),
		Client: r.Client.Title(), VouchedBy: r.Client.Host, Server: r.Slug,
	}
	page.GoesTo, page.Local = oauth.Place(r.RedirectURI)
	form := r.Form()
	for _, name := range slices.Sorted(maps.Keys(form)) {
		page.Request = append(page.Request, views.HiddenValue{Name: name, Value: form.Get(name)})
	}
	return render(c, http.StatusOK, views.Consent(page), nil)
}

// allowFormTo lets the form of this one page end at another origin: browsers hold
// the redirects that follow a form against form-action, too.
func allowFormTo(c echo.Context, source string) {
	rules := strings.Split(c.Response().Header().Get(headerCSP), "; ")
	for i, rule := range rules {
		if strings.HasPrefix(rule, "form-action ") {
			rules[i] = "form-action 'self' " + source
		}
	}
	c.Response().Header().Set(headerCSP, strings.Join(rules, "; "))
}
