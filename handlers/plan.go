package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// plans serves the page that says what will happen, and begins it.
type plans struct {
	guard
	autoDeploy autoDeploy
	db         planStore
	github     repositoryReader
	people     githubPeople
	pipeline   pipeline
	planner    planner
	base       *url.URL
	githubURL  string
}

type planStore interface {
	serverLister
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	SlugFree(ctx context.Context, slug string) (bool, error)
	Variables(ctx context.Context, id moorage.ServerID) ([]moorage.Variable, error)
}

// planner reads a source and says what would be done with it.
type planner interface {
	Plan(ctx context.Context, s moorage.Source, dockerfile string, by moorage.UserID) (moorage.Plan, error)
}

type repositoryReader interface {
	Repository(ctx context.Context, token, owner, name string) (moorage.Repository, error)
	Refs(ctx context.Context, token, owner, name string) ([]moorage.Ref, error)
}

// sourceAsk is the source that a plan page is about.
type sourceAsk struct {
	source     moorage.Source
	dockerfile string // chosen by hand; "": as detected
	refs       []views.RefChoice
	planURL    string
	keep       []parts.Option
}

// Repository handles "GET /repos/:owner/:name".
func (h plans) Repository(c echo.Context) error {
	owner, name := c.Param("owner"), c.Param("name")
	ask := sourceAsk{
		source:  moorage.Source{Origin: moorage.OriginRepo, RepoURL: h.githubURL + "/" + url.PathEscape(owner) + "/" + url.PathEscape(name) + ".git"},
		planURL: "/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name),
	}
	if h.shown(c) {
		if err := h.fillRefs(c.Request().Context(), user(c).ID, owner, name, &ask); err != nil {
			return h.answer(c, ask, views.PlanPage{}, err)
		}
	}
	return h.show(c, ask)
}

// AnyURL handles "GET /plan?url=".
func (h plans) AnyURL(c echo.Context) error {
	raw := strings.TrimSpace(c.QueryParam("url"))
	if _, err := moorage.ParseRepoURL(raw); err != nil {
		return see(c, "/repos?"+url.Values{"url": {clip(raw, maxRepoURL)}}.Encode()) // says there what is wrong
	}
	return h.show(c, sourceAsk{
		source:  moorage.Source{Origin: moorage.OriginRepo, RepoURL: raw},
		planURL: "/plan", keep: []parts.Option{{Value: raw, Label: "url"}},
	})
}

// shown reports whether this request reads the repository. The first one of a
// browser does not: it shows the page, which asks for the rest.
func (h plans) shown(c echo.Context) bool { return c.QueryParam("wait") != "" }

// waitURL is the request again, willing to wait for the repository to be read.
func waitURL(c echo.Context) string {
	q := c.QueryParams()
	q.Set("wait", "1")
	return c.Request().URL.Path + "?" + q.Encode()
}

func (h plans) show(c echo.Context, ask sourceAsk) error {
	faults := parts.Faults{}
	query := c.QueryParams()
	ask.source.Ref, ask.source.Subdir = cmp.Or(readRef(query, faults), ask.source.Ref), readFolder(query, "subdir", faults)
	ask.dockerfile = query.Get("dockerfile")
	if !h.shown(c) {
		return h.answer(c, ask, views.PlanPage{LoadURL: waitURL(c)}, nil)
	}
	for _, field := range []string{"ref", "subdir"} {
		if faults[field] != "" {
			return h.answer(c, ask, views.PlanPage{}, moorage.Errorf(moorage.Invalid, "%s", faults[field]))
		}
	}
	plan, err := h.planner.Plan(c.Request().Context(), ask.source, ask.dockerfile, user(c).ID)
	if err != nil {
		return h.answer(c, ask, views.PlanPage{}, err)
	}
	page := views.PlanPage{Commit: planCommit(ask.source, plan.Commit), Lines: planLines(plan)}
	if page.Form, err = h.form(c.Request().Context(), ask.source, plan, user(c)); err != nil {
		return err
	}
	return h.answer(c, ask, page, nil)
}

// answer completes the page with what is known of its source.
func (h plans) answer(c echo.Context, ask sourceAsk, page views.PlanPage, err error) error {
	page.SourceName, page.SourceURL = sourceName(moorage.Source{RepoURL: ask.source.RepoURL}), sourcePage(ask.source)
	page.PlanURL, page.PlanKeep, page.Refs, page.Ref, page.Subdir = ask.planURL, ask.keep, ask.refs, ask.source.Ref, ask.source.Subdir
	page.Shell = shell(c, views.SectionDeploy, page.SourceName, views.Crumb{Label: "Deploy", URL: "/repos"})
	if err != nil {
		page.Trouble = h.trouble(c, err, parts.Link{Label: "Try again", URL: c.Request().URL.RequestURI()}, parts.Link{Label: "Choose another repository", URL: "/repos"})
	}
	return render(c, http.StatusOK, views.Plan(page), views.PlanBody(page))
}

// fillRefs asks GitHub for the branches and tags to choose from, and for the
// default one.
func (h plans) fillRefs(ctx context.Context, id moorage.UserID, owner, name string, ask *sourceAsk) error {
	token, err := h.people.GitHubToken(ctx, id)
	if err != nil {
		return err
	}
	repo, err := h.github.Repository(ctx, token, owner, name)
	if err != nil {
		return err
	}
	refs, err := h.github.Refs(ctx, token, owner, name)
	if err != nil {
		return err
	}
	ask.source.Ref = repo.DefaultBranch
	for _, r := range refs {
		note := "branch"
		switch {
		case r.Tag:
			note = "tag"
		case r.Name == repo.DefaultBranch:
			note = "default branch"
		}
		ask.refs = append(ask.refs, views.RefChoice{Name: r.Name, Note: note})
	}
	return nil
}

func planCommit(s moorage.Source, k moorage.Commit) views.CommitView {
	return commitView(moorage.Deployment{Source: s, Commit: k.Hash, CommitMessage: k.Message, CommitAuthor: k.Author})
}

func planLines(p moorage.Plan) []views.PlanLine {
	var lines []views.PlanLine
	for _, topic := range []moorage.Topic{moorage.TopicSource, moorage.TopicBuild, moorage.TopicRun} {
		for _, f := range p.Findings {
			if f.Topic == topic {
				lines = append(lines, views.PlanLine{Topic: f.Topic, What: f.What, Why: f.Why})
			}
		}
	}
	return lines
}

// SlugCheck handles "GET /servers/name?slug=".
func (h plans) SlugCheck(c echo.Context) error {
	v, err := h.checkSlug(c.Request().Context(), strings.TrimSpace(c.QueryParam("slug")))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.SlugCheck(v), nil)
}

func (h plans) checkSlug(ctx context.Context, slug string) (views.SlugCheckView, error) {
	v := views.SlugCheckView{Slug: clip(slug, 60), Endpoint: endpoint(h.base, slug)}
	if err := moorage.CheckSlug(slug); err != nil {
		v.Problem = moorage.ErrorMessage(err)
		return v, nil
	}
	free, err := h.db.SlugFree(ctx, slug)
	if v.Free = free; err == nil && !free {
		v.Problem = slugTaken
	}
	return v, err
}
