package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth/oauth"
	"moorage/views"
	"moorage/views/parts"
)

// clients serves the MCP clients that a person has let in.
type clients struct {
	db  clientStore
	now clock
}

type clientStore interface {
	OAuthGrants(ctx context.Context, user moorage.UserID) ([]moorage.OAuthGrant, error)
	EndOAuthGrant(ctx context.Context, user moorage.UserID, id moorage.GrantID) error
}

// List handles "GET /clients".
func (h clients) List(c echo.Context) error {
	given, err := h.db.OAuthGrants(c.Request().Context(), user(c).ID)
	if err != nil {
		return err
	}
	page := views.ClientsPage{Shell: shell(c, views.SectionClients, "Connected clients")}
	for _, g := range given {
		page.Clients = append(page.Clients, h.row(g))
	}
	return render(c, http.StatusOK, views.Clients(page), nil)
}

func (h clients) row(g moorage.OAuthGrant) views.ClientRow {
	v := views.ClientRow{
		ID: g.ID, Name: g.ClientName, From: g.ClientHost, Resource: g.Resource,
		Since: parts.MomentOf(g.CreatedAt, h.now()), Used: parts.MomentOf(g.LastUsedAt, h.now()), Ends: parts.MomentOf(g.ExpiresAt, h.now()),
	}
	if v.From == "" {
		v.From, v.Local = oauth.Place(g.RedirectURI)
	}
	if u, err := url.Parse(g.Resource); err == nil {
		if slug, one := strings.CutPrefix(u.Path, mcpPath); one {
			v.Server = slug
		}
	}
	return v
}

// Revoke handles "POST /clients/revoke": everything of the grant ends at once.
func (h clients) Revoke(c echo.Context) error {
	if err := h.db.EndOAuthGrant(c.Request().Context(), user(c).ID, moorage.GrantID(c.FormValue("id"))); err != nil {
		return err
	}
	return done(c, "/clients", "The client is disconnected. It can call nothing any more.")
}
