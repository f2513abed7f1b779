package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/feed"
)

// Deployments serves deployments and their logs to programs.
type Deployments struct {
	DB       deploymentStore
	Pipeline pipeline
	Who      func(c echo.Context) moorage.Caller
	Sees     func(c echo.Context) moorage.UserID                              // whose deployments the caller's person sees; "": everybody's
	May      func(c echo.Context, s moorage.Server) bool                      // see and change what is behind the server
	Load     func(c echo.Context) (moorage.Deployment, moorage.Server, error) // of the path, if the caller may
	StillMay func(c echo.Context) bool                                        // asked again while a stream lasts
	Text     echo.HandlerFunc                                                 // the log as text
	Feeds    *feed.Hub
}

type deploymentStore interface {
	logStore
	orderStore
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
}

// pipeline is what programs ask of the deployment pipeline.
type pipeline interface {
	Place(ctx context.Context, o moorage.Order) (moorage.Deployment, error)
	Anew(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error)
	Rollback(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error)
	Cancel(ctx context.Context, id moorage.DeploymentID) error
}

// List handles "GET /api/deployments".
func (h Deployments) List(c echo.Context) error {
	a, err := askOf(c)
	if err != nil {
		return err
	}
	f := moorage.DeploymentFilter{OwnerID: h.Sees(c), Limit: a.limit + 1, Before: moorage.DeploymentID(a.cursor)}
	if a.status != "" {
		f.Statuses = []moorage.DeploymentStatus{a.status}
	}
	ctx := c.Request().Context()
	if a.server != "" {
		s, err := h.DB.ServerBySlug(ctx, a.server)
		if err == nil && !h.May(c, s) {
			err = noServer()
		}
		if err != nil {
			return err
		}
		f.ServerID = s.ID
	}
	if err := h.checkCursor(c, f.Before); err != nil {
		return err
	}
	rows, err := h.read(ctx, f, h.Who(c).Scope)
	if err != nil {
		return err
	}
	rows, more := onePage(rows, a.limit)
	list := DeploymentList{Deployments: []Deployment{}}
	for _, d := range rows {
		list.Deployments = append(list.Deployments, deploymentOf(d.Deployment, d.ServerSlug))
	}
	if more {
		list.NextCursor = string(rows[len(rows)-1].ID)
	}
	return c.JSON(http.StatusOK, list)
}

// read reads one page and the row behind it: of the servers that a scope
// reaches whole.
func (h Deployments) read(ctx context.Context, f moorage.DeploymentFilter, scope moorage.Scope) (rows []moorage.DeploymentSummary, err error) {
	for len(rows) < f.Limit {
		batch, err := h.DB.DeploymentSummaries(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range batch {
			if scope.Whole(d.ServerSlug) {
				rows = append(rows, d)
			}
			f.Before = d.ID
		}
		if len(batch) < f.Limit {
			break
		}
	}
	return rows, nil
}

// checkCursor refuses a cursor of what is not there, or not the caller's: such
// a list would end without a word.
func (h Deployments) checkCursor(c echo.Context, at moorage.DeploymentID) error {
	if at == "" {
		return nil
	}
	ctx := c.Request().Context()
	d, err := h.DB.Deployment(ctx, at)
	var s moorage.Server
	if err == nil {
		s, err = h.DB.Server(ctx, d.ServerID)
	}
	if moorage.ErrorCode(err) == moorage.NotFound || err == nil && !h.May(c, s) {
		return badCursor()
	}
	return err
}

// Show handles "GET /api/deployments/:id".
func (h Deployments) Show(c echo.Context) error {
	d, s, err := h.Load(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, deploymentOf(d, s.Slug))
}

// Cancel handles "POST /api/deployments/:id/cancel".
func (h Deployments) Cancel(c echo.Context) error {
	d, s, err := h.Load(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.Pipeline.Cancel(ctx, d.ID); err != nil {
		return err
	}
	if d, err = h.DB.Deployment(ctx, d.ID); err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, deploymentOf(d, s.Slug))
}

// Redeploy handles "POST /api/deployments/:id/redeploy": the source anew, or
// of one that failed what it did not get to.
func (h Deployments) Redeploy(c echo.Context) error { return h.again(c, h.Pipeline.Anew) }

// Rollback handles "POST /api/deployments/:id/rollback".
func (h Deployments) Rollback(c echo.Context) error { return h.again(c, h.Pipeline.Rollback) }

func (h Deployments) again(c echo.Context, do func(context.Context, moorage.DeploymentID, moorage.UserID) (moorage.Deployment, error)) error {
	d, s, err := h.Load(c)
	if err != nil {
		return err
	}
	next, err := do(c.Request().Context(), d.ID, h.Who(c).User.ID)
	if err != nil {
		return err
	}
	return created(c, next, s.Slug)
}

// created answers with a deployment that was just queued.
func created(c echo.Context, d moorage.Deployment, slug string) error {
	c.Response().Header().Set("Location", path(d.ID))
	return c.JSON(http.StatusCreated, deploymentOf(d, slug))
}

func noServer() error { return moorage.Errorf(moorage.NotFound, "There is no such server.") }
