package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"moorage"
	"moorage/builder"
)

// previewWithin bounds how long a person waits for a plan.
const previewWithin = 2 * time.Minute

// Preview reads a source and says what would be done with it, before anything is.
type Preview struct {
	Builder   planner
	Tokens    githubTokens
	WorkDir   string
	GitHubURL string // the token of a person goes here and nowhere else
}

// planner is what a preview needs of the builder.
type planner interface {
	Fetch(ctx context.Context, f builder.Fetch, step int, p builder.Progress) (moorage.Commit, error)
	Plan(ctx context.Context, root *os.Root, subdir string) (moorage.Plan, error)
	Choose(ctx context.Context, root *os.Root, subdir, dockerfile string) (moorage.Plan, error)
}

// Plan fetches the source for the person and plans it. dockerfile is the one
// that they chose; "" leaves the choice to what is detected, and "generated"
// asks for the one that Moorage writes.
func (p Preview) Plan(ctx context.Context, s moorage.Source, dockerfile string, by moorage.UserID) (plan moorage.Plan, err error) {
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	defer cancel()
	dir, err := os.MkdirTemp(p.WorkDir, "plan-")
	if err != nil {
		return plan, fmt.Errorf("make room for a plan: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fetch := builder.Fetch{Source: s, Dir: dir}
	if sameOrigin(s.RepoURL, p.GitHubURL) {
		if fetch.Token, err = p.Tokens.GitHubToken(ctx, by); err != nil {
			return plan, err
		}
	}
	commit, err := p.Builder.Fetch(ctx, fetch, 0, unheard{})
	if err != nil {
		return plan, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return plan, fmt.Errorf("open the fetched tree: %w", err)
	}
	defer root.Close()
	if plan, err = p.plan(ctx, root, s.Subdir, dockerfile); err == nil {
		plan.Commit = commit
	}
	return plan, err
}

func (p Preview) plan(ctx context.Context, root *os.Root, subdir, dockerfile string) (moorage.Plan, error) {
	switch dockerfile {
	case "":
		return p.Builder.Plan(ctx, root, subdir)
	case "generated":
		return p.Builder.Choose(ctx, root, subdir, "")
	default:
		return p.Builder.Choose(ctx, root, subdir, dockerfile)
	}
}

// unheard is the Progress of work that nobody watches.
type unheard struct{}

func (unheard) Begin(string, time.Time) int                  { return 0 }
func (unheard) End(int, moorage.StepStatus, bool, time.Time) {}
func (unheard) Write(int, moorage.Stream, time.Time, []byte) {}
