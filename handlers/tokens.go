package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
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
			ID: t.ID, Name: t.Name, Created: parts.MomentOf(t.CreatedAt, h.now()), Expires: parts.MomentOf(t.ExpiresAt, h.now()),
			Used: parts.MomentOf(t.LastUsedAt, h.now()), Expired: !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(h.now()),
		})
	}
	mend(&page)
	return render(c, status, views.Tokens(page), nil)
}

// Create handles "POST /tokens". The token stands in this one answer and
// nowhere else.
func (h tokens) Create(c echo.Context) error {
	days, err := strconv.Atoi(c.FormValue("days"))
	if err != nil || days < 0 || days > 3650 {
		return moorage.Errorf(moorage.Invalid, "A token lasts 0 to 3650 days; 0 means that it does not end.").Try("Choose one of the offered times.")
	}
	plain, err := h.auth.NewToken(c.Request().Context(), user(c), c.FormValue("name"), time.Duration(days)*24*time.Hour)
	if moorage.ErrorCode(err) == moorage.Invalid {
		return h.page(c, http.StatusUnprocessableEntity, func(p *views.TokensPage) {
			p.Name, p.Faults = clip(c.FormValue("name"), 200), parts.Faults{"name": moorage.ErrorMessage(err)}
		})
	}
	if err != nil {
		return err
	}
	return h.page(c, http.StatusOK, func(p *views.TokensPage) { p.Fresh = plain })
}

// Revoke handles "POST /tokens/revoke".
func (h tokens) Revoke(c echo.Context) error {
	if err := h.db.DeleteAPIToken(c.Request().Context(), user(c).ID, moorage.TokenID(c.FormValue("id"))); err != nil {
		return err
	}
	return done(c, "/tokens", "The token is revoked. It opens nothing any more.")
}
