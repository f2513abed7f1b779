package aggregate

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"moorage"
)

// deploymentKeeper is what is known of deployments.
type deploymentKeeper interface {
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
	LastSeq(ctx context.Context, id moorage.DeploymentID) (int64, error)
}

// deploymentWords is a deployment as one row of a list says it.
type deploymentWords struct {
	ID      moorage.DeploymentID     `json:"deployment"`
	Server  string                   `json:"server"`
	Status  moorage.DeploymentStatus `json:"status"`
	Live    bool                     `json:"answers_calls,omitempty"`
	Branch  string                   `json:"branch,omitempty"`
	Commit  string                   `json:"commit,omitempty"`
	Message string                   `json:"commit_message,omitempty"`
	Trigger moorage.Trigger          `json:"trigger"`
	Error   string                   `json:"error,omitempty"`
	Next    string                   `json:"what_to_try,omitempty"`
	Created time.Time                `json:"created_at"`
	Ended   time.Time                `json:"finished_at,omitzero"`
}

func deploymentOf(d moorage.Deployment, s moorage.Server) deploymentWords {
	return deploymentWords{
		ID: d.ID, Server: s.Slug, Status: d.Status, Live: s.LiveDeploymentID == d.ID, Branch: d.Source.Ref, Commit: d.Commit, Message: clip(d.CommitMessage, maxDescription),
		Trigger: d.Trigger, Error: d.Error, Next: d.ErrorNext, Created: d.CreatedAt.UTC(), Ended: utc(d.FinishedAt),
	}
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func listDeployments(ctx context.Context, a *asking, raw json.RawMessage) (any, error) {
	var asked struct {
		Server, Before string
		Limit          int
	}
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	s, err := a.managed(ctx, asked.Server)
	if err != nil {
		return nil, err
	}
	f := moorage.DeploymentFilter{ServerID: s.ID, Limit: atMost(asked.Limit, 10, 50)}
	if asked.Before != "" {
		d, _, err := a.deployment(ctx, asked.Before)
		if err != nil {
			return nil, err
		}
		f.Before = d.ID
	}
	rows, err := a.view.a.o.Store.DeploymentSummaries(ctx, f)
	if err != nil {
		return nil, err
	}
	said := []deploymentWords{}
	for _, d := range rows {
		said = append(said, deploymentOf(d.Deployment, s))
	}
	return map[string]any{"deployments": said}, nil
}

// managed is a server by its name, if the caller may manage it.
func (a *asking) managed(ctx context.Context, slug string) (moorage.Server, error) {
	s, err := a.serverOf(ctx, slug)
	if err != nil {
		return s, err
	}
	if !a.view.a.o.Manage(a.caller.User, s) {
		return s, moorage.Errorf(moorage.Forbidden, "You may call %s, and not see or change what is behind it.", s.Slug).Try("Ask its owner.")
	}
	return s, a.caller.Scope.CheckWhole(s.Slug)
}

// deployment is a deployment by its id, if the caller may manage its server.
func (a *asking) deployment(ctx context.Context, id string) (d moorage.Deployment, s moorage.Server, err error) {
	parsed, err := moorage.ParseDeploymentID(id)
	if err == nil {
		d, err = a.view.a.o.Store.Deployment(ctx, parsed)
	}
	if err == nil {
		s, err = a.view.a.o.Store.Server(ctx, d.ServerID)
	}
	if moorage.ErrorCode(err) == moorage.NotFound || moorage.ErrorCode(err) == moorage.Invalid || err == nil && !a.mayManage(s) {
		err = moorage.Errorf(moorage.NotFound, "There is no deployment %s here, or none that you may see.", clipped(id)).Try("List them with %s.", toolDeployments)
	}
	return d, s, err
}

// deployAgain queues a deployment of a server's source as it is now.
func deployAgain(ctx context.Context, a *asking, raw json.RawMessage) (any, error) {
	if !mayDeploy(a.caller.Scope) {
		return nil, moorage.Errorf(moorage.Forbidden, "A token with a scope may not deploy.").Try("Use one without.")
	}
	var asked struct{ Server string }
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	s, err := a.managed(ctx, asked.Server)
	if err != nil {
		return nil, err
	}
	d, err := a.view.a.o.Deploy.Enqueue(ctx, moorage.Deployment{
		ServerID: s.ID, Source: s.Source, Config: s.Config, Trigger: moorage.TriggerRedeploy, CreatedBy: a.caller.User.ID,
	})
	if err != nil {
		return nil, err
	}
	return deploymentOf(d, s), nil
}

// Caps on what one reading of a log holds, in bytes: a line, and all of them.
const (
	maxLine = 2 << 10
	maxLog  = 64 << 10
)

// logLine is one line of a log.
type logLine struct {
	N    int64  `json:"n"`
	Step int    `json:"step"`
	Text string `json:"text"`
}

// readLog reads the last lines of a log, or those behind one. The status was read
// before the lines, so that with a settled one come the last.
func readLog(ctx context.Context, a *asking, raw json.RawMessage) (any, error) {
	var asked struct {
		Deployment string
		After      *int64
		Limit      int
	}
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	d, _, err := a.deployment(ctx, asked.Deployment)
	if err != nil {
		return nil, err
	}
	last, err := a.view.a.o.Store.LastSeq(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	most := atMost(asked.Limit, 100, 500)
	after := max(last-int64(most), 0)
	if asked.After != nil {
		after = max(*asked.After, 0)
	}
	lines, err := a.view.a.o.Store.LogLines(ctx, d.ID, after, most)
	if err != nil {
		return nil, err
	}
	said := struct {
		Status  moorage.DeploymentStatus `json:"status"`
		Settled bool                     `json:"settled"`
		Lines   []logLine                `json:"lines"`
		After   int64                    `json:"after"`
	}{Status: d.Status, Lines: []logLine{}, After: after}
	size := 0
	for _, l := range lines {
		line := logLine{l.Seq, l.Step, clip(escapes.ReplaceAllString(l.Text, ""), maxLine)}
		if size += len(line.Text); size > maxLog && len(said.Lines) > 0 {
			break
		}
		said.Lines, said.After = append(said.Lines, line), l.Seq
	}
	said.Settled = d.Status.Settled() && said.After >= last
	return said, nil
}

// escapes are the colours of a terminal (ECMA-48, section 5.4), which say nothing
// to a model.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]`)
