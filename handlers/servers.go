package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// servers serves the pages of servers: the list, the overview, deployments,
// and what an owner does with one.
type servers struct {
	guard
	db          serverStore
	deployments deployments
	pipeline    pipeline
	runner      serverRunner
	base        *url.URL
	githubURL   string
	now         clock
	stopping    <-chan struct{}
}

type serverStore interface {
	autoDeployStore
	watcher
	changeReader
	approver
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
	ServerBySlug(ctx context.Context, slug string) (moorage.Server, error)
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	CountServers(ctx context.Context, f moorage.ServerFilter) (int, error)
	UpdateServer(ctx context.Context, s moorage.Server) error
	StopServer(ctx context.Context, id moorage.ServerID) (moorage.DeploymentID, error)
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
	Users(ctx context.Context) ([]moorage.User, error)
	Variables(ctx context.Context, id moorage.ServerID) ([]moorage.Variable, error)
	Readme(ctx context.Context, id moorage.DeploymentID) (string, error)
	Tools(ctx context.Context, id moorage.ServerID) ([]moorage.Offer, error)
	Instances(ctx context.Context, id moorage.ServerID) ([]moorage.Instance, error)
	Health(ctx context.Context, id moorage.ServerID) (moorage.Health, error)
	HealthChecks(ctx context.Context, id moorage.ServerID) ([]moorage.HealthCheck, error)
}

// serverRunner is what pages ask of the runner about one server.
type serverRunner interface {
	Stop(ctx context.Context, id moorage.ServerID) error
}

// List handles "GET /servers".
func (h servers) List(c echo.Context) error {
	list, err := h.list(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Servers(views.ServersPage{
		Shell: shell(c, views.SectionServers, "Servers"), Query: list.Query, List: list,
	}), views.ServerList(list))
}

// ListStream handles "GET /stream/servers": the rows of a page of the list, again
// whenever they changed.
func (h servers) ListStream(c echo.Context) error {
	return h.streamOf(c, h.db, h.stopping, func() (templ.Component, error) {
		list, err := h.list(c)
		return views.StreamServers(list), err
	}, "servers")
}

// list is the page of the list that the request asks for.
func (h servers) list(c echo.Context) (list views.ServerListView, err error) {
	ctx, query, page := c.Request().Context(), clip(c.QueryParam("q"), maxQuery), pageNumber(c)
	f := callable(c)
	f.Search, f.Limit, f.Offset = query, pageSize, (page-1)*pageSize
	rows, err := h.db.ServerSummaries(ctx, f)
	if err != nil {
		return list, err
	}
	total, err := h.db.CountServers(ctx, f)
	if err != nil {
		return list, err
	}
	list = views.ServerListView{Query: query, Pager: pager(c, page, total)}
	list.StreamURL = "/stream/servers?" + url.Values{"q": {query}, "page": {strconv.Itoa(page)}}.Encode()
	for _, s := range rows {
		list.Rows = append(list.Rows, h.row(c, s))
	}
	return list, nil
}

func (h servers) row(c echo.Context, s moorage.ServerSummary) views.ServerRow {
	if !h.mayManage(c, s.Server) {
		s.LastStatus = "" // how its deployments go is its owner's
	}
	note, failing := serverNote(s)
	v := views.ServerRow{
		Title:       serverTitle(s.Server),
		Slug:        s.Slug,
		URL:         serverPath(s.Slug),
		Description: s.Description,
		Status:      s.Status,
		StatusNote:  note,
		Failing:     failing,
		Health:      s.Health.State,
		Tools:       s.Tools,
		Endpoint:    endpoint(h.base, s.Slug),
		Source:      sourceAt(s.Source),
		Updated:     parts.MomentOf(s.UpdatedAt, h.now()),
	}
	if s.OwnerID != user(c).ID {
		v.Owner = s.Owner
	}
	return v
}

// Show handles "GET /servers/:slug".
func (h servers) Show(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if s.Config.Run, err = h.runs(ctx, s); err != nil {
		return err
	}
	page, err := h.live(c, s)
	if err != nil {
		return err
	}
	page.Shell, page.StreamURL = serverShell(c, s, views.TabOverview), serverPath(s.Slug)+"/stream"
	page.Source, page.SourceURL, page.Created = sourceAt(s.Source), sourcePage(s.Source), parts.MomentOf(s.CreatedAt, h.now())
	page.Transport, page.Network, page.Limits = transportWords(s.Config.Run), networkWords(s.Config.Run.Network), limitWords(s.Config.Run.Limits)
	if err := h.fillOverview(ctx, &page, s); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Server(page), nil)
}

func (h servers) fillOverview(ctx context.Context, page *views.ServerPage, s moorage.Server) error {
	owner, err := h.db.User(ctx, s.OwnerID)
	if err != nil {
		return err
	}
	page.Owner = owner.Login
	if page.Says, page.Readme, err = h.says(ctx, s); err != nil {
		return err
	}
	tools, err := h.db.Tools(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, t := range tools {
		page.Tools = append(page.Tools, toolSummary(s.Slug, t))
	}
	if !page.Head.CanManage {
		return nil
	}
	return h.fillBehind(ctx, page, s)
}

// fillBehind puts onto the overview what is only for who manages the server.
func (h servers) fillBehind(ctx context.Context, page *views.ServerPage, s moorage.Server) error {
	if err := h.fillDeployments(ctx, page, s); err != nil {
		return err
	}
	vars, err := h.db.Variables(ctx, s.ID)
	for _, v := range vars {
		if v.Required && !v.IsSet() {
			page.Asks = append(page.Asks, v.Name)
		}
	}
	return err
}

func (h servers) fillDeployments(ctx context.Context, page *views.ServerPage, s moorage.Server) error {
	newest, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{ServerID: s.ID, Limit: 1})
	if err != nil {
		return err
	}
	for _, d := range newest {
		if d.ID != s.LiveDeploymentID {
			row := deploymentRow(d, h.now())
			page.Last = &row
		}
	}
	live, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{ServerID: s.ID, Statuses: []moorage.DeploymentStatus{moorage.StatusLive}, Limit: 1})
	if err != nil {
		return err
	}
	for _, d := range live {
		row := deploymentRow(d, h.now())
		page.Deployment = &row
	}
	return nil
}

// says is what the live deployment says of the server, and its README.
func (h servers) says(ctx context.Context, s moorage.Server) (info, readme string, err error) {
	if s.LiveDeploymentID == "" {
		return "", "", nil
	}
	d, err := h.db.Deployment(ctx, s.LiveDeploymentID)
	if err != nil {
		return "", "", err
	}
	readme, err = h.db.Readme(ctx, d.ID)
	return serverInfoWords(d.ServerInfo), readme, err
}

// head is the top of every page of one server.
func (h servers) head(c echo.Context, s moorage.Server, tab views.ServerTab) (views.ServerHeadView, error) {
	ctx, manages := c.Request().Context(), h.mayManage(c, s)
	owner, err := h.db.User(ctx, s.OwnerID)
	if err != nil {
		return views.ServerHeadView{}, err
	}
	rows, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{ServerID: s.ID, Limit: 1})
	if err != nil {
		return views.ServerHeadView{}, err
	}
	instances, err := h.db.Instances(ctx, s.ID)
	if err != nil {
		return views.ServerHeadView{}, err
	}
	now, err := h.db.Health(ctx, s.ID)
	if err != nil {
		return views.ServerHeadView{}, err
	}
	sum := moorage.ServerSummary{Server: s, Instances: len(instances), Health: now}
	v := views.ServerHeadView{
		Title: serverTitle(s), Slug: s.Slug, URL: serverPath(s.Slug), Tab: tab,
		Description: s.Description, Status: s.Status, Health: now.State, Endpoint: endpoint(h.base, s.Slug),
		CanManage: manages, CanStop: manages && s.Status == moorage.ServerLive, CanStart: manages && s.Status == moorage.ServerStopped,
	}
	if s.OwnerID != user(c).ID {
		v.Owner = owner.Login
	}
	if len(rows) > 0 && manages {
		sum.LastStatus = rows[0].Status
		if !rows[0].Status.Settled() {
			v.Deploying = deploymentPath(rows[0].ID)
		}
	}
	v.StatusNote, v.Failing = serverNote(sum)
	return v, nil
}

// Deployments handles "GET /servers/:slug/deployments".
func (h servers) Deployments(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	head, err := h.head(c, s, views.TabDeployments)
	if err != nil {
		return err
	}
	list, err := h.deployments.list(c, moorage.DeploymentFilter{ServerID: s.ID})
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.ServerDeployments(views.ServerDeploymentsPage{
		Shell: serverShell(c, s, views.TabDeployments), Head: head, List: list,
	}), views.DeploymentList(list))
}

func serverShell(c echo.Context, s moorage.Server, tab views.ServerTab) views.Shell {
	crumbs := []views.Crumb{{Label: "Servers", URL: "/servers"}}
	if tab == views.TabOverview {
		return shell(c, views.SectionServers, serverTitle(s), crumbs...)
	}
	name := strings.ToUpper(string(tab[:1])) + string(tab[1:])
	sh := shell(c, views.SectionServers, name, append(crumbs, views.Crumb{Label: serverTitle(s), URL: serverPath(s.Slug)})...)
	sh.Title = name + ": " + serverTitle(s)
	return sh
}
