package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// autoDeploy serves how a server follows the pushes to its repository.
type autoDeploy struct {
	servers
	github repositoryReader
	people githubPeople
}

type autoDeployStore interface {
	AutoDeploy(ctx context.Context, id moorage.ServerID) (moorage.AutoDeploy, error)
	SetAutoDeploy(ctx context.Context, a moorage.AutoDeploy) error
	Decisions(ctx context.Context, id moorage.ServerID) ([]moorage.Decision, error)
}

// Save handles "POST /servers/:slug/auto-deploy".
func (h autoDeploy) Save(c echo.Context) error {
	s, form, err := h.formToManage(c)
	if err != nil {
		return err
	}
	ctx, faults := c.Request().Context(), parts.Faults{}
	a, err := h.db.AutoDeploy(ctx, s.ID)
	if err != nil {
		return err
	}
	was := a.Enabled
	a.Enabled, a.WatchPaths = form.Get("enabled") == "on", readWatchPaths(form, faults)
	if a.Enabled && (!was || a.RepositoryID == 0) {
		if a.RepositoryID, err = h.lookUp(ctx, s.Source, s.OwnerID); err != nil {
			faults["enabled"] = strings.TrimSpace(moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err))
		}
	}
	if len(faults) > 0 {
		return h.settingsWith(c, http.StatusUnprocessableEntity, s, func(p *views.SettingsPage) {
			p.AutoDeploy.Enabled, p.AutoDeploy.WatchPaths, p.AutoDeploy.Faults = a.Enabled, form.Get("watch_paths"), faults
		})
	}
	if err := h.db.SetAutoDeploy(ctx, a); err != nil {
		return err
	}
	return done(c, serverPath(s.Slug)+"/settings#auto-deploy", map[bool]string{
		true:  fmt.Sprintf("Every push to %s deploys %s from now on.", branchWords(s.Source), serverTitle(s)),
		false: "Auto-deploy is switched off.",
	}[a.Enabled])
}

// NewSecret handles "POST /servers/:slug/auto-deploy/secret". The secret stands
// in this one answer and nowhere else.
func (h autoDeploy) NewSecret(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	secret, err := h.pipeline.NewHookSecret(c.Request().Context(), s.ID)
	if err != nil {
		return err
	}
	return h.settingsWith(c, http.StatusOK, s, func(p *views.SettingsPage) { p.AutoDeploy.FreshSecret = secret })
}

// lookUp asks GitHub for the number of a repository, as its owner here.
func (h autoDeploy) lookUp(ctx context.Context, s moorage.Source, owner moorage.UserID) (int64, error) {
	account, name, found := h.onGitHub(s)
	if !found {
		return 0, moorage.Errorf(moorage.Invalid, "Only a repository on %s can be followed.", h.githubURL).
			Try("Deploy other sources by hand.")
	}
	token, err := h.people.GitHubToken(ctx, owner)
	if err != nil {
		return 0, err
	}
	repo, err := h.github.Repository(ctx, token, account, name)
	switch {
	case err != nil:
		return 0, err
	case repo.Fork:
		return 0, moorage.Errorf(moorage.Invalid, "%s is a fork, and a push to a fork deploys nothing.", repo.FullName()).
			Try("Deploy it by hand.")
	}
	return repo.ID, nil
}

// onGitHub splits the address of a repository on the configured GitHub.
func (h servers) onGitHub(s moorage.Source) (owner, name string, found bool) {
	rest, found := strings.CutPrefix(s.RepoURL, strings.TrimSuffix(h.githubURL, "/")+"/")
	if !found || s.Origin != moorage.OriginRepo {
		return "", "", false
	}
	owner, name, found = strings.Cut(strings.TrimSuffix(strings.TrimSuffix(rest, "/"), ".git"), "/")
	return owner, name, found && !strings.Contains(name, "/")
}

// autoDeployView is how a server follows its repository, as its page shows it.
func (h servers) autoDeployView(ctx context.Context, s moorage.Server) (views.AutoDeployView, error) {
	v := views.AutoDeployView{URL: serverPath(s.Slug) + "/auto-deploy", Branch: branchWords(s.Source), GitHubURL: h.githubURL}
	if _, _, v.Possible = h.onGitHub(s.Source); !v.Possible {
		return v, nil
	}
	v.HooksURL = sourcePage(s.Source) + "/settings/hooks/new"
	a, err := h.db.AutoDeploy(ctx, s.ID)
	if err != nil {
		return v, err
	}
	v.Enabled, v.HasSecret, v.WatchPaths = a.Enabled, a.HookSecret != nil, strings.Join(a.WatchPaths, "\n")
	v.PayloadURL = h.base.JoinPath(hookPath, string(s.ID)).String()
	if a.Trouble != "" {
		v.Trouble = &parts.Trouble{Message: a.Trouble, Next: a.TroubleNext}
	}
	secret, err := h.auth.HookSecret(ctx)
	if err != nil {
		return v, err
	}
	v.AppHears, v.Hidden = secret != nil, loopbackHost(h.base.Hostname())
	decisions, err := h.db.Decisions(ctx, s.ID)
	for _, d := range decisions {
		v.Decisions = append(v.Decisions, decisionRow(d, h.now))
	}
	return v, err
}

func decisionRow(d moorage.Decision, now clock) views.DecisionRow {
	row := views.DecisionRow{
		Reason: d.Reason, At: parts.MomentOf(d.At, now()), By: d.By, Commit: clip(d.Commit, 7),
		Ref: strings.TrimPrefix(strings.TrimPrefix(d.Ref, "refs/heads/"), "refs/"),
	}
	if d.Deploys() {
		row.DeploymentURL = deploymentPath(d.Deployment)
	}
	return row
}

// branchWords says which branch a server follows.
func branchWords(s moorage.Source) string {
	if s.Ref == "" {
		return "the default branch"
	}
	return s.Ref
}

const (
	maxWatchPaths = 20
	maxWatchPath  = 200 // bytes
)

// readWatchPaths reads patterns, one a line.
func readWatchPaths(form url.Values, faults parts.Faults) []string {
	patterns := readLines(form.Get("watch_paths"))
	if len(patterns) > maxWatchPaths {
		faults["watch_paths"] = fmt.Sprintf("Give at most %d patterns.", maxWatchPaths)
		return nil
	}
	for _, p := range patterns {
		_, err := path.Match(p, "")
		if err != nil || len(p) > maxWatchPath || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "!") || strings.Contains(p, "..") {
			faults["watch_paths"] = fmt.Sprintf("%s is no pattern of paths in the repository, such as server/** or *.md.", clip(p, 60))
		}
	}
	return patterns
}
