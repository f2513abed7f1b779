package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
)

// Servers serves servers to programs, whether they are live or not.
type Servers struct {
	DB         serverStore
	Sees       func(c echo.Context) moorage.UserID          // whose servers the caller's list holds; "": everybody's
	LoadServer func(c echo.Context) (moorage.Server, error) // of the path, if the caller may see it
	Endpoint   func(slug string) string
}

type serverStore interface {
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	Tools(ctx context.Context, id moorage.ServerID) ([]moorage.Tool, error)
}

// Server is one server as JSON.
type Server struct {
	ID               moorage.ServerID     `json:"id"`
	Slug             string               `json:"slug"`
	Name             string               `json:"name"`
	Title            string               `json:"title"`
	Description      string               `json:"description"`
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

// ServerList is one page of servers, by slug.
type ServerList struct {
	Servers    []Server `json:"servers"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// List handles "GET /api/servers".
func (h Servers) List(c echo.Context) error {
	rows, next, err := h.page(c, moorage.ServerFilter{})
	if err != nil {
		return err
	}
	list := ServerList{Servers: []Server{}, NextCursor: next}
	for _, s := range rows {
		list.Servers = append(list.Servers, h.server(s.Server, s.Tools))
	}
	return c.JSON(http.StatusOK, list)
}

// page reads one page of the servers that the caller's list holds.
func (h Servers) page(c echo.Context, f moorage.ServerFilter) (rows []moorage.ServerSummary, next string, err error) {
	a, err := askOf(c)
	if err != nil {
		return nil, "", err
	}
	if a.cursor != "" && !moorage.ValidSlug(a.cursor) {
		return nil, "", badCursor()
	}
	f.OwnerID, f.Search, f.After, f.Limit = h.Sees(c), a.search, a.cursor, a.limit+1
	if rows, err = h.DB.ServerSummaries(c.Request().Context(), f); err != nil {
		return nil, "", err
	}
	rows, more := onePage(rows, a.limit)
	if more {
		next = rows[len(rows)-1].Slug
	}
	return rows, next, nil
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
	return c.JSON(http.StatusOK, h.server(s, len(tools)))
}

func (h Servers) server(s moorage.Server, tools int) Server {
	return Server{
		ID: s.ID, Slug: s.Slug, Name: s.Name, Title: s.Title, Description: s.Description, Status: s.Status,
		Repo: s.Source.RepoURL, Branch: s.Source.Ref, Subdir: s.Source.Subdir, Endpoint: h.Endpoint(s.Slug),
		LiveDeploymentID: s.LiveDeploymentID, Tools: tools, CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
}
