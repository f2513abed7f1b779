package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
)

const searchHits = 8

// search answers the box at the top of every page.
type search struct {
	db searchStore
}

type searchStore interface {
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
}

// Show handles "GET /search?q=".
func (h search) Show(c echo.Context) error {
	ctx := c.Request().Context()
	v := views.SearchResultsView{Query: clip(strings.TrimSpace(c.QueryParam("q")), maxQuery)}
	if v.Query == "" {
		return h.answer(c, v)
	}
	f := callable(c)
	f.Search, f.Limit = v.Query, searchHits
	servers, err := h.db.ServerSummaries(ctx, f)
	if err != nil {
		return err
	}
	for _, s := range servers {
		v.Servers = append(v.Servers, views.SearchHit{Label: serverTitle(s.Server), Note: sourceAt(s.Source), URL: serverPath(s.Slug)})
	}
	recent, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{OwnerID: owned(c), Limit: 500})
	if err != nil {
		return err
	}
	for _, d := range recent {
		text := strings.ToLower(strings.Join([]string{d.ServerTitle, d.ServerSlug, d.Commit, d.CommitMessage, d.Source.Ref, string(d.ID)}, "\n"))
		if strings.Contains(text, strings.ToLower(v.Query)) && len(v.Deployments) < searchHits {
			v.Deployments = append(v.Deployments, views.SearchHit{Label: d.ServerTitle + ", " + string(d.Status), Note: clip(d.CommitMessage, 80), URL: deploymentPath(d.ID)})
		}
	}
	return h.answer(c, v)
}

func (h search) answer(c echo.Context, v views.SearchResultsView) error {
	page := views.SearchPage{Shell: shell(c, "", "Search"), Results: v}
	return render(c, http.StatusOK, views.Search(page), views.SearchResults(v))
}
