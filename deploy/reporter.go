package deploy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"moorage"
)

// Reporter tells GitHub how the deployments of servers went that follow a
// repository there. It compares: what the database says of a deployment with
// what GitHub was told last, so that a crash or a GitHub that does not answer
// costs a repetition at most, and nothing is said out of order.
type Reporter struct {
	ReporterOptions

	waits   map[moorage.ServerID]wait    // of servers about which GitHub could not be told
	limited map[moorage.UserID]time.Time // until when GitHub answers a person no more
}

// ReporterOptions are what a Reporter leans on. Fields without a remark are
// required.
type ReporterOptions struct {
	Database  reports
	GitHub    reportTaker
	Tokens    githubTokens
	PublicURL string
	Logger    *slog.Logger
	Now       func() time.Time
}

// reports knows what GitHub was not told yet.
type reports interface {
	Unreported(ctx context.Context) ([]moorage.Unreported, error)
	SetReported(ctx context.Context, r moorage.Reported) error
	SetReportTrouble(ctx context.Context, server moorage.ServerID, trouble, next string) error
	Watch(topics ...string) (bell <-chan struct{}, stop func())
}

// reportTaker is GitHub, as whoever the token is of.
type reportTaker interface {
	SetStatus(ctx context.Context, token string, r moorage.Report) error
	FindDeployment(ctx context.Context, token string, r moorage.Report) (int64, error)
	DeploymentFor(ctx context.Context, token string, r moorage.Report) (int64, error)
	SetDeploymentStatus(ctx context.Context, token string, r moorage.Report) error
}

// wait is how long a server's reports are left alone.
type wait struct {
	until    time.Time
	failures int
	told     bool // its owner was told what is missing, on the server's page
}

const (
	firstWait = 5 * time.Second
	longWait  = 15 * time.Minute
	toldWait  = time.Hour // for a person to act

	limitedAtMost = 2 * time.Hour // GitHub counts by the hour; its clock may be ahead of ours
)

// NewReporter returns a reporter that does nothing until Run is called.
func NewReporter(o ReporterOptions) *Reporter {
	return &Reporter{ReporterOptions: o, waits: make(map[moorage.ServerID]wait), limited: make(map[moorage.UserID]time.Time)}
}

// Run tells GitHub what changes, until ctx ends.
func (r *Reporter) Run(ctx context.Context) {
	bell, stop := r.Database.Watch("deployments")
	defer stop()
	for ctx.Err() == nil {
		alarm := time.NewTimer(r.pass(ctx))
		select {
		case <-ctx.Done():
		case <-bell:
		case <-alarm.C:
		}
		alarm.Stop()
	}
}

// pass tells all that is due, and returns how long the rest has to wait.
func (r *Reporter) pass(ctx context.Context) time.Duration {
	list, err := r.Database.Unreported(ctx)
	if err != nil && ctx.Err() == nil {
		r.Logger.Error("Reports unreadable", "err", err)
	}
	rest, stuck := lookAgainEvery, make(map[moorage.ServerID]bool)
	for _, u := range list {
		if !stuck[u.Follower.ID] && r.pause(u) <= 0 {
			stuck[u.Follower.ID] = !r.tell(ctx, u)
		}
		if left := r.pause(u); left > 0 {
			rest = min(rest, left)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rest
}

// pause is how long nothing is said about a server. All of its deployments wait
// for the first, so that an old one has never the last word.
func (r *Reporter) pause(u moorage.Unreported) time.Duration {
	now := r.Now()
	w := r.waits[u.Follower.ID]
	if w.told && u.Follower.AutoDeploy.Trouble == "" {
		w.until = now // its owner says that it is mended
	}
	return max(w.until.Sub(now), r.limited[u.Follower.OwnerID].Sub(now))
}

// tell says where a deployment stands, when GitHub was told otherwise. It
// reports whether the next one may be told.
func (r *Reporter) tell(ctx context.Context, u moorage.Unreported) bool {
	d, report, was := u.Deployment, r.report(u), u.Reported
	is := moorage.Reported{DeploymentID: d.ID, Status: d.Status, Commit: report.Commit, GitHubID: was.GitHubID}
	switch {
	case report.Commit == "" && !d.Status.Settled(), report.State == told(was, report):
		return true
	case report.Commit == "": // it ended before there was a commit to speak of
		if err := r.Database.SetReported(ctx, is); err != nil {
			r.again(u, err)
			return false
		}
		return true
	}
	token, err := r.token(ctx, u.Follower.OwnerID)
	if err == nil {
		was, err = r.recall(ctx, token, u, report)
	}
	if err == nil {
		is.GitHubID, err = r.send(ctx, token, report, was)
	}
	if err == nil {
		err = r.Database.SetReported(ctx, is)
	}
	return r.note(ctx, u, err)
}

// told is what GitHub was told last of the commit, "" for nothing.
func told(was moorage.Reported, report moorage.Report) moorage.ReportState {
	if was.Status == "" || was.Commit != report.Commit {
		return ""
	}
	return reportState(was.Status, "")
}

func (r *Reporter) token(ctx context.Context, owner moorage.UserID) (string, error) {
	token, err := r.Tokens.GitHubToken(ctx, owner)
	if err != nil {
		return "", fmt.Errorf("read the GitHub token: %w", err)
	}
	if token == "" {
		return "", errNoToken
	}
	return token, nil
}

// recall finds what GitHub was told without our recording it: its answer was lost,
// or this process ended in between. What was made of the commit that is deployed is
// found by begin; of one that was pushed before it, nobody else would ask.
func (r *Reporter) recall(ctx context.Context, token string, u moorage.Unreported, report moorage.Report) (moorage.Reported, error) {
	was, pushed := u.Reported, u.Deployment.PushedCommit
	if was.Commit != "" || pushed == "" || pushed == report.Commit {
		return was, nil
	}
	report.Commit = pushed
	id, err := r.GitHub.FindDeployment(ctx, token, report)
	if err != nil {
		return was, fmt.Errorf("look for the deployment at GitHub: %w", err)
	}
	if id != 0 {
		was.Commit, was.GitHubID = pushed, id
	}
	return was, nil
}

// send tells GitHub, and returns its number of the deployment.
func (r *Reporter) send(ctx context.Context, token string, report moorage.Report, was moorage.Reported) (int64, error) {
	if was.Commit != "" && was.Commit != report.Commit {
		if err := r.say(ctx, token, instead(report, was), true); err != nil {
			return 0, err
		}
		report.GitHubID = 0
	}
	if report.GitHubID == 0 {
		id, err := r.begin(ctx, token, report)
		if err != nil {
			return 0, err
		}
		report.GitHubID = id
	}
	stands := told(was, report) == moorage.ReportSuccess // on the commit, whatever became of the server since
	return report.GitHubID, r.say(ctx, token, report, !stands)
}

// begin makes the deployment at GitHub, and remembers which.
func (r *Reporter) begin(ctx context.Context, token string, report moorage.Report) (int64, error) {
	id, err := r.GitHub.DeploymentFor(ctx, token, report)
	if err != nil {
		return 0, fmt.Errorf("make the deployment at GitHub: %w", err)
	}
	return id, r.Database.SetReported(ctx, moorage.Reported{DeploymentID: report.DeploymentID, Commit: report.Commit, GitHubID: id})
}

func (r *Reporter) say(ctx context.Context, token string, report moorage.Report, onCommit bool) error {
	if onCommit {
		if err := r.GitHub.SetStatus(ctx, token, report); err != nil {
			return fmt.Errorf("set the status of a commit: %w", err)
		}
	}
	if err := r.GitHub.SetDeploymentStatus(ctx, token, report); err != nil {
		return fmt.Errorf("set the status of a deployment: %w", err)
	}
	return nil
}

var errNoToken = errors.New("the owner has no GitHub token")
