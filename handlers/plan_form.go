package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

const (
	choiceGenerated = "generated" // of the field dockerfile
	maxDockerfile   = 64 << 10    // bytes of a generated one, as edited
)

// form fills the form of a plan page with what was found.
func (h plans) form(ctx context.Context, s moorage.Source, p moorage.Plan, by moorage.User) (views.PlanForm, error) {
	f := views.PlanForm{
		RepoURL: s.RepoURL, Origin: s.Origin, Ref: s.Ref, Subdir: s.Subdir, Commit: p.Commit.Hash,
		Title:   cmp.Or(p.Name, path.Base(strings.TrimSuffix(strings.TrimSuffix(s.RepoURL, "/"), ".git"))),
		Context: p.Config.Build.Context, Run: runForm(p.Config.Run),
	}
	_, _, f.CanFollow = h.autoDeploy.onGitHub(s)
	for _, d := range p.Dockerfiles {
		f.Dockerfiles = append(f.Dockerfiles, dockerfileChoice(d, p.Config.Build))
		if d.Path == "" {
			f.Generated = d.Generated
		}
	}
	for _, v := range p.Variables {
		f.Variables = append(f.Variables, views.VariableField{
			Name: v.Name, Description: v.Description, Value: v.Default, Secret: v.Secret, Required: v.Required, Choices: v.Choices, From: v.From,
		})
	}
	if err := h.freeSlug(ctx, &f); err != nil {
		return f, err
	}
	return f, h.fillExisting(ctx, &f, s, by)
}

func dockerfileChoice(d moorage.Dockerfile, chosen moorage.BuildConfig) views.DockerfileChoice {
	if d.Path == "" {
		return views.DockerfileChoice{Value: choiceGenerated, Label: "A Dockerfile that Moorage writes", Context: d.Context, Problem: d.Problem, Selected: chosen.Dockerfile == ""}
	}
	return views.DockerfileChoice{Value: d.Path, Label: d.Path, Context: d.Context, Problem: d.Problem, Selected: d.Path == chosen.Dockerfile}
}

// freeSlug suggests a name that nobody has.
func (h plans) freeSlug(ctx context.Context, f *views.PlanForm) (err error) {
	base := moorage.SlugFrom(f.Title)
	for n := 1; n < 100; n++ {
		slug := base
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", moorage.SlugFrom(clip(base, 44)), n)
		}
		if f.Check, err = h.checkSlug(ctx, slug); err != nil || f.Check.Free {
			f.Slug = slug
			return err
		}
	}
	return nil
}

// fillExisting offers the person's servers of the same source, so that a
// second visit need not make a second server.
func (h plans) fillExisting(ctx context.Context, f *views.PlanForm, s moorage.Source, by moorage.User) error {
	mine, err := h.db.Servers(ctx, moorage.ServerFilter{OwnerID: by.ID})
	if err != nil {
		return err
	}
	for _, m := range mine {
		if strings.EqualFold(m.Source.RepoURL, s.RepoURL) && m.Source.Subdir == s.Subdir {
			f.Existing = append(f.Existing, parts.Option{Value: string(m.ID), Label: "Deploy to " + serverTitle(m)})
		}
	}
	if len(f.Existing) > 0 {
		f.Existing = append([]parts.Option{{Label: "Make a new server", Selected: true}}, f.Existing...)
	}
	return nil
}

// Deploy handles "POST /deployments": makes or updates the server, keeps its
// variables, and puts a deployment into the queue.
func (h plans) Deploy(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	faults := parts.Faults{}
	s, vars := h.read(form, faults)
	if err := h.find(c, form, &s, faults); err != nil {
		return err
	}
	follow := h.readFollow(c.Request().Context(), form, s, user(c), faults)
	if len(faults) > 0 {
		return h.sayFaults(c, form, s, vars, faults)
	}
	d, err := h.pipeline.Place(c.Request().Context(), moorage.Order{Server: s, Variables: plainVariables(vars), Follow: follow, By: user(c).ID})
	if s.ID == "" && moorage.ErrorCode(err) == moorage.Conflict { // taken since it was checked
		faults["slug"] = slugTaken
		return h.sayFaults(c, form, s, vars, faults)
	}
	if err != nil {
		return err
	}
	return see(c, deploymentPath(d.ID))
}

const slugTaken = "Another server has this name."

// readFollow looks up the repository whose pushes are to deploy the server; 0
// when the person did not ask for that.
func (h plans) readFollow(ctx context.Context, form url.Values, s moorage.Server, by moorage.User, faults parts.Faults) int64 {
	if form.Get("auto_deploy") != "on" || len(faults) > 0 {
		return 0
	}
	id, err := h.autoDeploy.lookUp(ctx, s.Source, cmp.Or(s.OwnerID, by.ID))
	if err != nil {
		faults["auto_deploy"] = strings.TrimSpace(moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err))
	}
	return id
}

// read turns the form into a server and its variables.
func (h plans) read(form url.Values, faults parts.Faults) (moorage.Server, []givenVariable) {
	s := moorage.Server{
		Slug: strings.TrimSpace(form.Get("slug")), Title: clip(strings.TrimSpace(form.Get("title")), 100),
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: strings.TrimSpace(form.Get("repo_url")), Ref: readRef(form, faults), Subdir: readFolder(form, "subdir", faults)},
	}
	if _, err := moorage.ParseRepoURL(s.Source.RepoURL); err != nil {
		faults["repo_url"] = moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err)
	}
	s.Config = moorage.Config{Build: readBuild(form, faults), Run: readRun(form, faults)}
	vars := readVariables(form)
	if fault := firstVariableFault(vars); fault != "" {
		faults["variables"] = fault
	}
	return s, vars
}

func readBuild(form url.Values, faults parts.Faults) moorage.BuildConfig {
	b := moorage.BuildConfig{Context: cmp.Or(readFolder(form, "context", faults), "."), NoCache: form.Get("no_cache") == "on"}
	switch chosen := form.Get("dockerfile"); chosen {
	case choiceGenerated:
		b.Generated = strings.ReplaceAll(form.Get("generated"), "\r\n", "\n")
		if strings.TrimSpace(b.Generated) == "" || len(b.Generated) > maxDockerfile {
			faults["generated"] = "Write a Dockerfile of at most 64 kB, or choose one of the repository's."
		}
	default:
		b.Dockerfile = readFolder(form, "dockerfile", faults)
		if b.Dockerfile == "" {
			faults["dockerfile"] = "Choose what is built."
		}
	}
	return b
}

// find completes s with the server that is deployed to, when there is one.
func (h plans) find(c echo.Context, form url.Values, s *moorage.Server, faults parts.Faults) error {
	ctx := c.Request().Context()
	if id := moorage.ServerID(form.Get("server")); id != "" {
		old, err := h.db.Server(ctx, id)
		if err == nil && !h.mayManage(c, old) {
			err = moorage.Errorf(moorage.NotFound, "There is no such server.")
		}
		old.Source, old.Config = s.Source, s.Config
		*s = old
		return err
	}
	check, err := h.checkSlug(ctx, s.Slug)
	if check.Problem != "" {
		faults["slug"] = check.Problem
	}
	return err
}

func sortedKeys[M ~map[string]string](m M) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
