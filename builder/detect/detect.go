// Package detect reads a repository and says what Moorage would build and run
// from it, and why. It runs nothing of the repository and writes nothing.
//
// The order is that of Plan's table: moorage.yaml, smithery.yaml, a
// Dockerfile, server.json, then the manifest of a language, for which it
// writes a Dockerfile itself. A later file never overrules an earlier one but
// fills in what the earlier left open: a transport, a port, variables, a name.
package detect

import (
	"context"
	"os"
	"path"
	"slices"

	"moorage"
)

// Plan looks at the sub-folder of a repository; "" is its root. It returns a
// moorage.Error when there is nothing to build, or when a file names a path
// outside the repository.
func Plan(ctx context.Context, root *os.Root, subdir string, bases BaseImages) (moorage.Plan, error) {
	d, err := newDraft(ctx, root, subdir, bases)
	if err != nil {
		return moorage.Plan{}, err
	}
	return d.finish(d.chooseBuild)
}

// Choose is Plan with the build that a person picked: the path of a
// Dockerfile, or "" for the one that Moorage writes.
func Choose(ctx context.Context, root *os.Root, subdir, dockerfile string, bases BaseImages) (moorage.Plan, error) {
	d, err := newDraft(ctx, root, subdir, bases)
	if err != nil {
		return moorage.Plan{}, err
	}
	if dockerfile == "" {
		return d.finish(d.insistOnGenerated)
	}
	return d.finish(func() error { return d.insistOn(dockerfile) })
}

// newDraft reads what there is, without deciding anything.
func newDraft(ctx context.Context, root *os.Root, subdir string, bases BaseImages) (*draft, error) {
	subdir, err := checkSubdir(root, subdir)
	if err != nil {
		return nil, err
	}
	s, err := walk(ctx, root)
	if err != nil {
		return nil, err
	}
	d := &draft{survey: s, subdir: subdir, bases: bases.withDefaults()}
	for _, read := range []func() error{d.readMoorageFile, d.readSmitheryFile, d.readServerJSON, d.readManifest} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func checkSubdir(root *os.Root, subdir string) (string, error) {
	if subdir == "" || subdir == "." {
		return ".", nil
	}
	if err := CheckPath(root, subdir); err != nil {
		return "", err
	}
	subdir = path.Clean(subdir)
	if info, err := root.Stat(subdir); err != nil || !info.IsDir() {
		return "", moorage.Errorf(moorage.Invalid, "“%s” is not a folder.", clip(subdir, 100)).
			Try("Name the folder that the server lives in.").Because(err)
	}
	return subdir, nil
}

// finish makes the plan: the build first, then how it runs, then what it asks for.
func (d *draft) finish(choose func() error) (moorage.Plan, error) {
	if err := choose(); err != nil {
		return moorage.Plan{}, err
	}
	d.describeSource()
	d.describeBuild()
	d.decideRun()
	d.collectVariables()
	d.nameIt()
	return d.plan, nil
}

// chooseBuild decides what is built when nobody insisted on anything.
func (d *draft) chooseBuild() error {
	if named := d.wish.dockerfile; named != "" {
		if err := CheckPath(d.root, named); err != nil {
			return err
		}
		d.build = d.dockerfile(named)
		return nil
	}
	candidates := d.dockerfileOrder()
	first, clean := -1, -1
	for i, path := range candidates {
		if !d.worthChoosing(path) {
			continue
		}
		if first < 0 {
			first = i
		}
		sameFolder := first >= 0 && folderOf(path) == folderOf(candidates[first])
		if d.dockerfile(path).Problem == "" && (clean < 0 && sameFolder) {
			clean = i
		}
	}
	switch {
	case clean >= 0:
		d.build = d.dockerfile(candidates[clean])
	case d.generated != nil: // written for a language whose Dockerfile needs a release pipeline, or that has none
		d.build = *d.generated
	case first >= 0:
		d.build = d.dockerfile(d.firstWithoutProblem(candidates, candidates[first]))
	case len(candidates) > 0: // one for development is better than none
		d.build = d.dockerfile(candidates[0])
	default:
		return d.nothingFound()
	}
	return nil
}

func (d *draft) firstWithoutProblem(candidates []string, otherwise string) string {
	i := slices.IndexFunc(candidates, func(p string) bool { return d.worthChoosing(p) && d.dockerfile(p).Problem == "" })
	if i < 0 {
		return otherwise
	}
	return candidates[i]
}

func (d *draft) insistOn(dockerfile string) error {
	if err := CheckPath(d.root, dockerfile); err != nil {
		return err
	}
	d.build = d.dockerfile(path.Clean(dockerfile))
	return nil
}

func (d *draft) insistOnGenerated() error {
	if d.generated == nil {
		return moorage.Errorf(moorage.Invalid, "Moorage cannot write a Dockerfile for %s: it found no package.json, pyproject.toml, requirements.txt or go.mod that says how the server starts.", d.where()).
			Try("Choose a Dockerfile of the repository, or add one.")
	}
	d.build = *d.generated
	return nil
}

func (d *draft) nothingFound() error {
	if d.unreadable != "" {
		return moorage.Errorf(moorage.Invalid, "Nothing to build was found in %s: %s", d.where(), d.unreadable).
			Try("Add a Dockerfile to the repository, or say in the file how the server starts.")
	}
	return moorage.Errorf(moorage.Invalid, "Nothing to build was found in %s: no moorage.yaml, smithery.yaml, Dockerfile, package.json, pyproject.toml, requirements.txt or go.mod.", d.where()).
		Try("Choose the folder that the server lives in, or add a Dockerfile to it.")
}

func (d *draft) where() string {
	if d.subdir == "." {
		return "the repository's root"
	}
	return "“" + clip(d.subdir, 100) + "”"
}
