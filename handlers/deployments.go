package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/feed"
	"moorage/views"
	"moorage/views/parts"
)

// deployments serves the pages of deployments: the list, one with its live
// log, and what can be done with it.
type deployments struct {
	guard
	db       deploymentStore
	pipeline pipeline
	feeds    *feed.Hub
	now      clock
}

type deploymentStore interface {
	watcher
	logReader
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
	CountDeployments(ctx context.Context, f moorage.DeploymentFilter) (int, error)
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
	Steps(ctx context.Context, id moorage.DeploymentID) ([]moorage.Step, error)
	SearchLog(ctx context.Context, id moorage.DeploymentID, query string, limit int) ([]moorage.LogLine, error)
	Variables(ctx context.Context, id moorage.ServerID) ([]moorage.Variable, error)
	Tools(ctx context.Context, id moorage.ServerID) ([]moorage.Offer, error)
}

type logReader interface {
	EachLogLine(ctx context.Context, id moorage.DeploymentID, do func(moorage.LogLine) error) error
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
	LastSeq(ctx context.Context, id moorage.DeploymentID) (int64, error)
}

// pipeline is what pages ask of the deployment pipeline.
type pipeline interface {
	pusher
	Place(ctx context.Context, o moorage.Order) (moorage.Deployment, error)
	SetVariables(ctx context.Context, id moorage.ServerID, given []moorage.Variable, by moorage.UserID) error
	NewHookSecret(ctx context.Context, id moorage.ServerID) (string, error)
	Enqueue(ctx context.Context, d moorage.Deployment) (moorage.Deployment, error)
	Anew(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error)
	Restart(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error)
	Rollback(ctx context.Context, id moorage.DeploymentID, by moorage.UserID) (moorage.Deployment, error)
	Cancel(ctx context.Context, id moorage.DeploymentID) error
	Delete(ctx context.Context, id moorage.ServerID) error
}

const pageSize = 50 // rows of a list

// List handles "GET /deployments".
func (h deployments) List(c echo.Context) error {
	status := moorage.DeploymentStatus(c.QueryParam("status"))
	f := moorage.DeploymentFilter{OwnerID: owned(c)}
	if status.Valid() {
		f.Statuses = []moorage.DeploymentStatus{status}
	}
	list, err := h.list(c, f)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Deployments(views.DeploymentsPage{
		Shell:    shell(c, views.SectionDeployments, "Deployments"),
		Statuses: statusOptions(status),
		List:     list,
	}), views.DeploymentList(list))
}

// list builds one page of deployments, of ?page=.
func (h deployments) list(c echo.Context, f moorage.DeploymentFilter) (views.DeploymentListView, error) {
	page := pageNumber(c)
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, err := h.db.DeploymentSummaries(c.Request().Context(), f)
	if err != nil {
		return views.DeploymentListView{}, err
	}
	total, err := h.db.CountDeployments(c.Request().Context(), f)
	if err != nil {
		return views.DeploymentListView{}, err
	}
	v := views.DeploymentListView{HideServer: f.ServerID != "", Empty: "Nothing was deployed yet.", Pager: pager(c, page, total)}
	if len(f.Statuses) > 0 {
		v.Empty = fmt.Sprintf("No deployment is %s.", f.Statuses[0])
	}
	for _, d := range rows {
		v.Rows = append(v.Rows, deploymentRow(d, h.now()))
	}
	return v, nil
}

// Show handles "GET /deployments/:id".
func (h deployments) Show(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	head, err := h.head(ctx, d.ID)
	if err != nil {
		return err
	}
	page := views.DeploymentPage{Head: head, SearchURL: deploymentPath(d.ID) + "/search", RawURL: deploymentPath(d.ID) + "/log.txt"}
	cursor, err := h.fillLog(ctx, &page, d.ID)
	if err != nil {
		return err
	}
	if !head.Status.Settled() {
		page.StreamURL = deploymentPath(d.ID) + "/log?after=" + url.QueryEscape(cursor.String())
	}
	page.Shell = shell(c, views.SectionDeployments, "Deployment",
		views.Crumb{Label: "Servers", URL: "/servers"}, views.Crumb{Label: head.ServerTitle, URL: head.ServerURL})
	page.Shell.Title = "Deployment of " + head.ServerTitle
	return render(c, http.StatusOK, views.Deployment(page), nil)
}

// fillLog puts the steps and lines that exist onto the page; the stream goes on
// from the cursor that it returns. Lines are read before steps, as in a round
// of the stream.
func (h deployments) fillLog(ctx context.Context, page *views.DeploymentPage, id moorage.DeploymentID) (feed.Cursor, error) {
	var cursor feed.Cursor
	byStep := map[int][]parts.LineView{}
	for {
		lines, err := h.db.LogLines(ctx, id, cursor.Seq, 5_000)
		if err != nil {
			return cursor, err
		}
		for _, l := range lines {
			byStep[l.Step] = append(byStep[l.Step], lineView(l))
			cursor.Seq = l.Seq
		}
		page.Lines += int64(len(lines))
		if len(lines) == 0 {
			break
		}
		if page.Lines >= maxPageLines {
			page.Cut = fmt.Sprintf("These are the first %d lines. The raw log has all of them.", page.Lines)
			break
		}
	}
	steps, err := h.db.Steps(ctx, id)
	for _, s := range steps {
		page.Steps = append(page.Steps, stepView(s, byStep[s.N]))
		cursor.Step = s.N
	}
	return cursor, err
}

// Cancel handles "POST /deployments/:id/cancel".
func (h deployments) Cancel(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	if err := h.pipeline.Cancel(c.Request().Context(), d.ID); err != nil {
		return err
	}
	return done(c, deploymentPath(d.ID), "The deployment is being cancelled.")
}

// Redeploy handles "POST /deployments/:id/redeploy": the source anew, or of
// one that failed what it did not get to.
func (h deployments) Redeploy(c echo.Context) error { return h.again(c, h.pipeline.Anew) }

// Rollback handles "POST /deployments/:id/rollback".
func (h deployments) Rollback(c echo.Context) error { return h.again(c, h.pipeline.Rollback) }

func (h deployments) again(c echo.Context, do func(context.Context, moorage.DeploymentID, moorage.UserID) (moorage.Deployment, error)) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	next, err := do(c.Request().Context(), d.ID, user(c).ID)
	if err != nil {
		return err
	}
	return see(c, deploymentPath(next.ID))
}

// load finds the deployment of the path, if who asks may
// manage its server.
func (h deployments) load(c echo.Context) (moorage.Deployment, error) {
	d, _, err := h.loadBoth(c)
	return d, err
}

// loadBoth finds the server, too.
func (h deployments) loadBoth(c echo.Context) (d moorage.Deployment, s moorage.Server, err error) {
	id, err := moorage.ParseDeploymentID(c.Param("id"))
	if err != nil {
		return d, s, err
	}
	if d, err = h.db.Deployment(c.Request().Context(), id); err != nil {
		return d, s, err
	}
	s, err = h.db.Server(c.Request().Context(), d.ServerID)
	if err == nil && !h.mayManage(c, s) {
		err = moorage.Errorf(moorage.NotFound, "There is no such deployment.")
	}
	return d, s, err
}

func deploymentRow(d moorage.DeploymentSummary, now time.Time) views.DeploymentRow {
	v := views.DeploymentRow{
		ID:          d.ID,
		URL:         deploymentPath(d.ID),
		Status:      d.Status,
		ServerTitle: d.ServerTitle,
		ServerURL:   serverPath(d.ServerSlug),
		Ref:         d.Source.Ref,
		Commit:      commitView(d.Deployment),
		StartedBy:   d.CreatedByLogin,
		Created:     parts.MomentOf(d.CreatedAt, now),
		Error:       d.Error,
	}
	v.StartedISO, v.Took = timing(d.StartedAt, d.FinishedAt, d.Status.Running())
	if d.Status == moorage.StatusRetired && d.Image.ID != "" {
		v.RollbackURL = v.URL + "/rollback"
	}
	return v
}

func statusOptions(chosen moorage.DeploymentStatus) []parts.Option {
	options := []parts.Option{{Value: "", Label: "Every status", Selected: chosen == ""}}
	for _, s := range []moorage.DeploymentStatus{moorage.StatusQueued, moorage.StatusBuilding, moorage.StatusLive, moorage.StatusRetired, moorage.StatusFailed, moorage.StatusCancelled, moorage.StatusSuperseded} {
		options = append(options, parts.Option{Value: string(s), Label: string(s), Selected: s == chosen})
	}
	return options
}
