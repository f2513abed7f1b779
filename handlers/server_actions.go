package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views/parts"
)

// Redeploy handles "POST /servers/:slug/redeploy": the newest commit of what
// the server tracks, with its settings as they are now.
func (h servers) Redeploy(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	d, err := h.pipeline.Enqueue(c.Request().Context(), moorage.Deployment{
		ServerID: s.ID, Source: s.Source, Config: s.Config, Trigger: moorage.TriggerRedeploy, CreatedBy: user(c).ID,
	})
	if err != nil {
		return err
	}
	return see(c, deploymentPath(d.ID))
}

// Stop handles "POST /servers/:slug/stop": nothing answers until it is deployed again.
func (h servers) Stop(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	if _, err := h.db.StopServer(c.Request().Context(), s.ID); err != nil {
		return err
	}
	if err := h.runner.Stop(c.Request().Context(), s.ID); err != nil {
		return err
	}
	return done(c, serverPath(s.Slug), fmt.Sprintf("%s is stopped.", serverTitle(s)))
}

// Start handles "POST /servers/:slug/start": what was live last answers again,
// without a build.
func (h servers) Start(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	if s.Status == moorage.ServerLive {
		return moorage.Errorf(moorage.Conflict, "%s is live already.", serverTitle(s))
	}
	rows, err := h.db.DeploymentSummaries(c.Request().Context(), moorage.DeploymentFilter{
		ServerID: s.ID, Statuses: []moorage.DeploymentStatus{moorage.StatusRetired}, Limit: 1,
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return h.Redeploy(c)
	}
	d, err := h.pipeline.Rollback(c.Request().Context(), rows[0].ID, user(c).ID)
	if err != nil {
		return err
	}
	return see(c, deploymentPath(d.ID))
}

// Delete handles "POST /servers/:slug/delete".
func (h servers) Delete(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	if c.FormValue("confirm") != s.Slug {
		return h.settingsPage(c, http.StatusUnprocessableEntity, s, runForm(s.Config.Run), parts.Faults{"confirm": fmt.Sprintf("Type %s to delete it.", s.Slug)})
	}
	ctx := c.Request().Context()
	if err := h.runner.Stop(ctx, s.ID); err != nil {
		return err
	}
	if err := h.pipeline.Delete(ctx, s.ID); err != nil {
		return err
	}
	return done(c, "/servers", fmt.Sprintf("%s is deleted.", serverTitle(s)))
}
