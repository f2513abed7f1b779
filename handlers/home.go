package handlers

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/sse"
	"moorage/views"
	"moorage/views/parts"
)

const homeRows = 12

// home answers: is all well?
type home struct {
	guard
	db       homeStore
	servers  servers
	backups  backups
	engine   engine
	room     func(ctx context.Context) error
	now      clock
	stopping <-chan struct{}
}

type homeStore interface {
	watcher
	HasAdmin(ctx context.Context) (bool, error)
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
}

// Show handles "GET /".
func (h home) Show(c echo.Context) error {
	now, err := h.state(c.Request().Context(), c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Home(views.HomePage{Shell: shell(c, views.SectionHome, "Home"), StreamURL: "/stream", Now: now}), nil)
}

// Stream handles "GET /stream": the page's live part, again whenever it changed.
func (h home) Stream(c echo.Context) error {
	ctx := c.Request().Context()
	wake, stop := h.db.Watch("deployments", "servers")
	defer stop()
	stream, err := sse.Start(c.Response())
	if err != nil {
		return nil
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	for last := ""; ; {
		if last, err = h.send(ctx, c, stream, last); err != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.stopping:
			return nil
		case <-wake:
		case <-beat.C:
			if err := stream.Ping(); err != nil || !h.stillMay(c) {
				return nil
			}
		}
	}
}

// send renders the live part and sends it if it looks different from last.
func (h home) send(ctx context.Context, c echo.Context, stream *sse.Stream, last string) (string, error) {
	now, err := h.state(ctx, c)
	if err != nil {
		return last, err
	}
	var b bytes.Buffer
	if err := views.StreamHome(now).Render(ctx, &b); err != nil || b.String() == last {
		return last, err
	}
	return b.String(), stream.Send("", "", b.String())
}

func (h home) state(ctx context.Context, c echo.Context) (views.HomeNowView, error) {
	var v views.HomeNowView
	active, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{OwnerID: owned(c), Limit: homeRows, Statuses: moorage.Unsettled()})
	if err != nil {
		return v, err
	}
	for _, d := range active {
		v.Deploying = append(v.Deploying, deploymentRow(d, h.now()))
	}
	all, err := h.db.ServerSummaries(ctx, callable(c))
	if err != nil {
		return v, err
	}
	h.sort(c, &v, all)
	v.Attention = slices.Concat(h.backups.attention(user(c)), v.Attention)
	if _, err := describe(ctx, h.engine); err != nil {
		v.Attention = slices.Insert(v.Attention, 0, lookAgain(err))
	} else if err := h.room(ctx); err != nil {
		v.Attention = slices.Insert(v.Attention, 0, lookAgain(err))
	}
	if len(v.Running) == 0 {
		v.FirstSteps = h.firstSteps(ctx, c, all)
	}
	return v, nil
}

// lookAgain is trouble that is mended elsewhere.
func lookAgain(err error) views.Attention {
	return views.Attention{What: moorage.ErrorMessage(err), Why: moorage.ErrorNext(err), URL: "/", Do: "Look again"}
}

// sort puts servers under running and under what needs attention.
func (h home) sort(c echo.Context, v *views.HomeNowView, all []moorage.ServerSummary) {
	for _, s := range all {
		if s.Status == moorage.ServerLive && len(v.Running) < homeRows {
			v.Running = append(v.Running, h.servers.row(c, s))
		}
		if s.LastStatus == moorage.StatusFailed && h.mayManage(c, s.Server) && len(v.Attention) < homeRows {
			v.Attention = append(v.Attention, views.Attention{
				What: "The last deployment of " + serverTitle(s.Server) + " failed.", Why: s.LastError,
				URL: deploymentPath(s.LastID), Do: "Open the log", When: parts.MomentOf(s.UpdatedAt, h.now()),
			})
		}
	}
}

func (h home) firstSteps(ctx context.Context, c echo.Context, all []moorage.ServerSummary) []views.FirstStep {
	steps := []views.FirstStep{{Label: "Sign in", Text: "You are here.", Done: true}}
	if user(c).Role == moorage.RoleAdmin {
		steps = append(steps, views.FirstStep{
			Label: "Connect GitHub", Text: "So that you can pick from your repositories, and others can sign in.", URL: "/setup", Done: h.auth.Connected(ctx),
		}, views.FirstStep{
			Label: "Deploy the example", Text: "A small server that Moorage carries. It needs no network.", URL: "/setup?skip=github",
		})
	}
	return append(steps, views.FirstStep{Label: "Deploy a repository", Text: "Pick one of yours, or give any Git URL.", URL: "/repos", Done: slices.ContainsFunc(all, func(s moorage.ServerSummary) bool { return s.OwnerID == user(c).ID })})
}
