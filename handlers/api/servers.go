package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
)

// Servers serves servers to programs, whether they are live or not.
type Servers struct {
	DB         serverStore
	Who        func(c echo.Context) moorage.Caller
	Sees       func(c echo.Context) moorage.ServerFilter    // the servers that the caller's person may call
	LoadServer func(c echo.Context) (moorage.Server, error) // of the path, if the caller may call it
	Endpoint   func(slug string) string
}

type serverStore interface {
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	Tools(ctx context.Context, id moorage.ServerID) ([]moorage.Offer, error)
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
}

// Server is one server as JSON.
type Server struct {
	ID               moorage.ServerID     `json:"id"`
	Slug             string               `json:"slug"`
	Name             string               `json:"name"`
	Title            string               `json:"title"`
	Description      string               `json:"description"`
	Owner            string               `json:"owner"` // login
	Status           moorage.ServerStatus `json:"status"`
	Repo             string               `json:"repo"`
	Branch           string               `json:"branch"`
	Subdir           string               `json:"subdir"`
	Endpoint         string               `json:"endpoint"`
	LiveDeploymentID moorage.DeploymentID `json:"live_deployment_id,omitempty"`
	Tools            int                  `json:"tools"` // how many it has
	CreatedAt        time.Time            `json:"created_at"`
	UpdatedAt        time.Time            `json:"updated_at"`
}

// ServerList is one page of servers: the caller's own, then the others, by slug.
type ServerList struct {
	Servers    []Server `json:"servers"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// List handles "GET /api/servers".
func (h Servers) List(c echo.Context) error {
	rows, next, err := h.page(c, false)
	if err != nil {
		return err
	}
	list := ServerList{Servers: []Server{}, NextCursor: next}
	for _, s := range rows {
		list.Servers = append(list.Servers, h.server(s.Server, s.Owner, s.Tools))
	}
	return c.JSON(http.StatusOK, list)
}

// page reads one page of the servers that the caller may call. A scope keeps
// some of what is read off it, so that it is read until the page is full.
func (h Servers) page(c echo.Context, live bool) (rows []moorage.ServerSummary, next string, err error) {
	a, err := askOf(c)
	if err != nil {
		return nil, "", err
	}
	f, scope := h.Sees(c), h.Who(c).Scope
	if f.After, err = placeOf(a.cursor); err != nil {
		return nil, "", err
	}
	f.Search, f.Live, f.Limit = a.search, live, a.limit+1
	for len(rows) <= a.limit {
		batch, err := h.DB.ServerSummaries(c.Request().Context(), f)
		if err != nil {
			return nil, "", err
		}
		for _, s := range batch {
			if scope.Reaches(s.Slug) {
				rows = append(rows, s)
			}
			f.After = moorage.Place{Others: s.OwnerID != f.First, Slug: s.Slug}
		}
		if len(batch) < f.Limit {
			break
		}
	}
	rows, more := onePage(rows, a.limit)
	if more {
		last := rows[len(rows)-1]
		next = cursorAt(moorage.Place{Others: last.OwnerID != f.First, Slug: last.Slug})
	}
	return rows, next, nil
}

// others stands before the slug in the cursor of a list that has come to
// servers of others.
const others = "others."

func cursorAt(p moorage.Place) string {
	if p.Others {
		return others + p.Slug
	}
	return p.Slug
}

func placeOf(cursor string) (p moorage.Place, err error) {
	p.Slug, p.Others = strings.CutPrefix(cursor, others)
	if cursor != "" && !moorage.ValidSlug(p.Slug) {
		err = badCursor()
	}
	return p, err
}

// Show handles "GET /api/servers/:slug".
func (h Servers) Show(c echo.Context) error {
	s, err := h.LoadServer(c)
	if err != nil {
		return err
	}
	tools, err := h.DB.Tools(c.Request().Context(), s.ID)
	if err != nil {
		return err
	}
	owner, err := h.DB.User(c.Request().Context(), s.OwnerID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.server(s, owner.Login, len(tools)))
}

func (h Servers) server(s moorage.Server, owner string, tools int) Server {
	return Server{
		ID: s.ID, Slug: s.Slug, Name: s.Name, Title: s.Title, Description: s.Description, Owner: owner, Status: s.Status,
		Repo: s.Source.RepoURL, Branch: s.Source.Ref, Subdir: s.Source.Subdir, Endpoint: h.Endpoint(s.Slug),
		LiveDeploymentID: s.LiveDeploymentID, Tools: tools, CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
}
