package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
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
	return h.streamOf(c, h.db, h.stopping, func() (templ.Component, error) {
		now, err := h.state(c.Request().Context(), c)
		return views.StreamHome(now), err
	}, "deployments", "servers")
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
		if s.Health.State.Bad() && h.mayManage(c, s.Server) && len(v.Attention) < homeRows {
			v.Attention = append(v.Attention, healthAttention(s, h.now()))
		}
		if s.Held > 0 && h.mayManage(c, s.Server) && len(v.Attention) < homeRows {
			v.Attention = append(v.Attention, heldAttention(s))
		}
		if s.LastStatus == moorage.StatusFailed && h.mayManage(c, s.Server) && len(v.Attention) < homeRows {
			v.Attention = append(v.Attention, views.Attention{
				What: "The last deployment of " + serverTitle(s.Server) + " failed.", Why: s.LastError,
				URL: deploymentPath(s.LastID), Do: "Open the log", When: parts.MomentOf(s.UpdatedAt, h.now()),
			})
		}
	}
}

// heldAttention asks the owner of a server to look at what is held of it.
func heldAttention(s moorage.ServerSummary) views.Attention {
	a := views.Attention{
		What: "1 offer of " + serverTitle(s.Server) + " is held back.", Why: "It is new or has changed, and is not offered until you approve it.",
		URL: changesPath(s.Slug), Do: "Look at the changes",
	}
	if s.Held > 1 {
		a.What = fmt.Sprintf("%d offers of %s are held back.", s.Held, serverTitle(s.Server))
		a.Why = "They are new or have changed, and are not offered until you approve them."
	}
	return a
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
