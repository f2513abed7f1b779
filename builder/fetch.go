package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"moorage"
	"moorage/builder/clone"
)

// CloneWorker is what a process started with the argument clone.WorkerArgument
// does, and all it does; main hands over its streams and exits with the result.
func CloneWorker(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) int {
	return clone.Worker(ctx, stdin, stdout, stderr)
}

// Fetch writes the files of one commit of the source into f.Dir. What Git and
// Moorage say on the way goes to the step, which the caller began and ends.
func (e *Engine) Fetch(ctx context.Context, f Fetch, step int, p Progress) (moorage.Commit, error) {
	out := &stepWriter{step: step, p: p}
	if name, ok := strings.CutPrefix(f.Source.RepoURL, examplePrefix); ok {
		return e.fetchExample(ctx, name, f.Dir)
	}
	gitDir, err := os.MkdirTemp(e.options.TempDir, "moorage-clone-")
	if err != nil {
		return moorage.Commit{}, fmt.Errorf("make a folder for the clone: %w", err)
	}
	defer func() {
		if err := os.RemoveAll(gitDir); err != nil {
			e.log.ErrorContext(ctx, "Clone folder not removed", "err", err)
		}
	}()
	ref := f.Source.Ref
	if ref == "" {
		ref = "the default branch"
	}
	out.note("Cloning %s at %s", f.Source.RepoURL, ref)
	commit, err := clone.Run(ctx, clone.Request{
		URL: f.Source.RepoURL, Ref: f.Source.Ref, Token: f.Token,
		Dir: f.Dir, GitDir: gitDir,
		GitHubURL: e.options.GitHubURL, AllowLocal: e.options.AllowLocal, Limits: e.options.CloneLimits,
	}, out)
	if err != nil {
		return moorage.Commit{}, err
	}
	out.note("Commit %s: %s", commit.Hash, commit.Message)
	return commit, nil
}

// stepWriter writes to one step.
type stepWriter struct {
	step int
	p    Progress
}

func (w *stepWriter) Write(chunk []byte) (int, error) {
	w.p.Write(w.step, moorage.StreamStderr, time.Now(), chunk)
	return len(chunk), nil
}

// note writes a line of our own.
func (w *stepWriter) note(format string, args ...any) {
	w.p.Write(w.step, moorage.StreamNote, time.Now(), fmt.Appendf(nil, format+"\n", args...))
}
