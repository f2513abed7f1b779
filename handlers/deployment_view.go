package handlers

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

const maxPageLines = 50_000 // lines that the page itself holds; the raw log has all

// head reads a deployment anew and builds the top of its page.
func (h deployments) head(ctx context.Context, id moorage.DeploymentID) (views.DeploymentHeadView, error) {
	d, err := h.db.Deployment(ctx, id)
	if err != nil {
		return views.DeploymentHeadView{}, err
	}
	s, err := h.db.Server(ctx, d.ServerID)
	if err != nil {
		return views.DeploymentHeadView{}, err
	}
	by, err := h.db.User(ctx, d.CreatedBy)
	if err != nil {
		return views.DeploymentHeadView{}, err
	}
	v := views.DeploymentHeadView{
		ID:          d.ID,
		Status:      d.Status,
		StatusNote:  statusNote(d),
		ServerTitle: serverTitle(s),
		ServerURL:   serverPath(s.Slug),
		Source:      sourceName(d.Source),
		Ref:         d.Source.Ref,
		Commit:      commitView(d),
		StartedBy:   by.Login,
		Trigger:     triggerWords(d),
		Created:     parts.MomentOf(d.CreatedAt, h.now()),
	}
	v.StartedISO, v.Took = timing(d.StartedAt, d.FinishedAt, d.Status.Running())
	if d.Image.ID != "" {
		v.Image = fmt.Sprintf("%s, %s", parts.Size(d.Image.Size), clip(d.Image.ID, len("sha256:")+12))
	}
	h.actions(&v, d, s)
	switch d.Status {
	case moorage.StatusFailed:
		v.Failure, err = h.failure(ctx, d, s)
	case moorage.StatusLive, moorage.StatusRetired:
		v.Live, err = h.liveView(ctx, d, s)
	}
	return v, err
}

// actions fills in what can be done with the deployment now.
func (h deployments) actions(v *views.DeploymentHeadView, d moorage.Deployment, s moorage.Server) {
	base := deploymentPath(d.ID)
	switch {
	case d.Status == moorage.StatusQueued || d.Status.Running():
		v.CancelURL = base + "/cancel"
	case d.Status == moorage.StatusRetired && d.Image.ID != "" && s.LiveDeploymentID != d.ID:
		v.RollbackURL, v.RetryURL = base+"/rollback", base+"/redeploy"
	default:
		v.RetryURL = base + "/redeploy"
	}
}

func (h deployments) failure(ctx context.Context, d moorage.Deployment, s moorage.Server) (*views.Failure, error) {
	f := &views.Failure{Message: d.Error, Next: d.ErrorNext}
	vars, err := h.db.Variables(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	for _, v := range vars {
		if !v.IsSet() && (v.Required || strings.Contains(d.Error, v.Name)) {
			f.Asks = append(f.Asks, v.Name)
		}
	}
	if len(f.Asks) > 0 {
		f.AsksURL = serverPath(s.Slug) + "/variables"
	}
	if strings.Contains(d.ErrorNext, "Settings") {
		f.FixURL, f.FixLabel = serverPath(s.Slug)+"/settings", "Open settings"
	}
	return f, h.firstErrorLine(ctx, d.ID, f)
}

// firstErrorLine finds where the log first speaks of an error in the step that
// failed.
func (h deployments) firstErrorLine(ctx context.Context, id moorage.DeploymentID, f *views.Failure) error {
	steps, err := h.db.Steps(ctx, id)
	if err != nil {
		return err
	}
	failed := 0
	for _, s := range steps {
		if s.Status == moorage.StepFailed {
			failed = s.N
			break
		}
	}
	hits, err := h.db.SearchLog(ctx, id, "error", maxHits)
	if err != nil {
		return err
	}
	for _, l := range hits {
		if l.Step == failed && l.Stream != moorage.StreamNote {
			f.Line, f.LineURL = clip(parts.Plain(l.Text), 300), fmt.Sprintf("#L%d", l.Seq)
			return nil
		}
	}
	return nil
}

func (h deployments) liveView(ctx context.Context, d moorage.Deployment, s moorage.Server) (*views.Live, error) {
	l := &views.Live{Endpoint: d.DeploymentURL, ToolsURL: serverPath(s.Slug) + "/tools"}
	if s.LiveDeploymentID != d.ID {
		return l, nil
	}
	tools, err := h.db.Tools(ctx, s.ID)
	for _, t := range tools {
		l.Tools = append(l.Tools, t.Name)
	}
	return l, err
}

// statusNote is the half-sentence beside the status.
func statusNote(d moorage.Deployment) string {
	switch d.Status {
	case moorage.StatusQueued:
		return "Waits for its turn"
	case moorage.StatusSuperseded:
		return "A newer deployment of the same branch took its place in the queue"
	case moorage.StatusRetired:
		return "Another deployment answers now"
	}
	return ""
}

func triggerWords(d moorage.Deployment) string {
	switch d.Trigger {
	case moorage.TriggerRedeploy:
		return "redeployed"
	case moorage.TriggerRollback:
		return "rolled back"
	case moorage.TriggerRecovery:
		return "deployed, and Moorage tried again after its restart"
	case moorage.TriggerPush:
		return "pushed by " + cmp.Or(d.PushedBy, "somebody")
	default:
		return "deployed"
	}
}

func stepView(s moorage.Step, lines []parts.LineView) parts.StepView {
	v := parts.StepView{N: s.N, Name: s.Name, Status: s.Status, Cached: s.Cached, Lines: lines}
	v.StartedISO, v.Took = timing(s.StartedAt, s.FinishedAt, s.Status == moorage.StepRunning)
	return v
}

// timing is since when something runs, or how long it took.
func timing(started, finished time.Time, running bool) (startedISO, took string) {
	switch {
	case started.IsZero():
		return "", ""
	case running:
		return started.UTC().Format(time.RFC3339Nano), ""
	case finished.IsZero():
		return "", ""
	default:
		return "", parts.Duration(finished.Sub(started))
	}
}

func commitView(d moorage.Deployment) views.CommitView {
	v := views.CommitView{Hash: d.Commit, Short: clip(d.Commit, 7), Message: d.CommitMessage, Author: d.CommitAuthor}
	if page := sourcePage(d.Source); page != "" && d.Commit != "" {
		v.URL = page + "/commit/" + d.Commit
	}
	return v
}

// sourceName is how a person calls a source: acme/weather for a URL of two
// words, else the host and path.
func sourceName(s moorage.Source) string {
	if name, ok := strings.CutPrefix(s.RepoURL, "example:"); ok {
		return "the " + name + " example"
	}
	u, err := moorage.ParseRepoURL(s.RepoURL)
	if err != nil {
		return s.RepoURL
	}
	name := strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	if strings.Count(name, "/") != 1 {
		name = path.Join(u.Host, name)
	}
	if s.Subdir != "" {
		name += "/" + s.Subdir
	}
	return name
}

// sourcePage is the page for people of a source that is on the web; "" for others.
func sourcePage(s moorage.Source) string {
	u, err := moorage.ParseRepoURL(s.RepoURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), ".git")
}

func deploymentPath(id moorage.DeploymentID) string { return "/deployments/" + string(id) }
func serverPath(slug string) string                 { return "/servers/" + slug }

func serverTitle(s moorage.Server) string {
	if s.Title != "" {
		return s.Title
	}
	return s.Slug
}
