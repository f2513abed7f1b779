package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// tokens serves a person's own API tokens.
type tokens struct {
	guard
	db   tokenStore
	base *url.URL
	now  clock
}

type tokenStore interface {
	APITokens(ctx context.Context, id moorage.UserID) ([]moorage.APIToken, error)
	DeleteAPIToken(ctx context.Context, user moorage.UserID, id moorage.TokenID) error
}

// List handles "GET /tokens".
func (h tokens) List(c echo.Context) error {
	return h.page(c, http.StatusOK, func(*views.TokensPage) {})
}

func (h tokens) page(c echo.Context, status int, mend func(*views.TokensPage)) error {
	all, err := h.db.APITokens(c.Request().Context(), user(c).ID)
	if err != nil {
		return err
	}
	page := views.TokensPage{Shell: shell(c, views.SectionTokens, "API tokens"), BaseURL: h.base.String()}
	for _, t := range all {
		page.Tokens = append(page.Tokens, views.TokenRow{
			ID: t.ID, Name: t.Name, Scope: t.Scope, Created: parts.MomentOf(t.CreatedAt, h.now()), Expires: parts.MomentOf(t.ExpiresAt, h.now()),
			Used: parts.MomentOf(t.LastUsedAt, h.now()), Expired: !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(h.now()),
		})
	}
	mend(&page)
	return render(c, status, views.Tokens(page), nil)
}

// Create handles "POST /tokens". The token stands in this one answer and
// nowhere else.
func (h tokens) Create(c echo.Context) error {
	name, text, end := c.FormValue("name"), c.FormValue("scope"), c.FormValue("days")
	faults := parts.Faults{}
	days, err := strconv.Atoi(end)
	if err != nil || days < 0 || days > 3650 {
		faults["days"] = "Choose one of the offered times."
	}
	scope, err := moorage.ParseScope(text)
	if err != nil {
		faults["scope"] = strings.TrimSpace(moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err))
	}
	var plain string
	if len(faults) == 0 {
		plain, err = h.auth.NewToken(c.Request().Context(), user(c), name, time.Duration(days)*24*time.Hour, scope)
		if moorage.ErrorCode(err) == moorage.Invalid {
			faults["name"] = moorage.ErrorMessage(err)
		} else if err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return h.page(c, http.StatusUnprocessableEntity, func(p *views.TokensPage) {
			p.Name, p.Scope, p.Days, p.Faults = clip(name, 200), clip(text, maxScopeText), end, faults
		})
	}
	return h.page(c, http.StatusOK, func(p *views.TokensPage) { p.Fresh = plain })
}

// maxScopeText is how many characters of a scope that does not fit are shown again.
const maxScopeText = 5000

// Revoke handles "POST /tokens/revoke".
func (h tokens) Revoke(c echo.Context) error {
	if err := h.db.DeleteAPIToken(c.Request().Context(), user(c).ID, moorage.TokenID(c.FormValue("id"))); err != nil {
		return err
	}
	return done(c, "/tokens", "The token is revoked. It opens nothing any more.")
}
