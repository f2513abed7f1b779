package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"moorage"
)

// plan decides how the source is built when nobody has, and checks it either
// way, before the builder is called.
func (j *job) plan(ctx context.Context, n int) error {
	if j.Config.Build.Dockerfile != "" || j.Config.Build.Generated != "" {
		return j.checkBuild(n)
	}
	plan, err := j.Builder.Plan(ctx, j.root, j.Source.Subdir)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	for _, f := range plan.Findings {
		j.book.note(n, strings.TrimSpace(strings.TrimSuffix(f.What, ".")+". "+f.Why))
	}
	j.Config = merged(j.Config, plan.Config)
	j.asks = plan.Variables
	if err := j.checkBuild(n); err != nil {
		return err
	}
	if err := j.Database.SetConfig(ctx, j.ID, j.Config); err != nil {
		return fmt.Errorf("record the plan: %w", err)
	}
	return nil
}

// merged is the plan with what was already decided of it.
func merged(decided, planned moorage.Config) moorage.Config {
	build, run := planned.Build, decided.Run
	build.NoCache = decided.Build.NoCache
	if run.Transport == "" {
		run.Transport, run.Port, run.Path, run.Query = planned.Run.Transport, planned.Run.Port, planned.Run.Path, planned.Run.Query
	}
	if len(run.Command) == 0 {
		run.Command = planned.Run.Command
	}
	run.Network = cmp.Or(run.Network, planned.Run.Network)
	return moorage.Config{Build: build, Run: run}
}

// checkBuild fails early, and in words, when the Dockerfile or the context is
// not in the repository.
func (j *job) checkBuild(n int) error {
	build, file := j.Config.Build, "a Dockerfile that Moorage writes"
	if build.Dockerfile != "" {
		file = path.Clean(build.Dockerfile)
		if err := j.find("Dockerfile", file, fs.FileMode.IsRegular); err != nil {
			return err
		}
	}
	context := path.Clean(cmp.Or(build.Context, "."))
	if err := j.find("build context", context, fs.FileMode.IsDir); err != nil {
		return err
	}
	j.book.note(n, fmt.Sprintf("To be built: %s, with the context %s.", file, context))
	return nil
}

// find wants something of a kind at a path of the repository. Links are
// followed, but not out of it.
func (j *job) find(what, name string, isKind func(fs.FileMode) bool) error {
	info, err := j.root.Stat(name)
	switch {
	case err == nil && isKind(info.Mode()):
		return nil
	case err == nil:
		err = errors.New("something else is there")
	case !errors.Is(err, fs.ErrNotExist):
		return moorage.Errorf(moorage.Invalid, "The %s %s is outside the repository.", what, name).
			Try("Choose one inside the repository under Settings, then redeploy.").Because(err)
	}
	return moorage.Errorf(moorage.Invalid, "There is no %s %s in commit %.12s.", what, name, j.Commit).
		Try("Choose another one under Settings, or push it, then redeploy.").Because(err)
}
