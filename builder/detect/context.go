package detect

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// manifests are the files that make a folder a project of its own.
var manifests = []string{"package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml", "pom.xml",
	"build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "deno.json", "setup.py"}

// decideContext chooses the folder that a Dockerfile's COPY sources exist in:
// its own, or one above it up to the root.
func (d *draft) decideContext(file string, a *analysis) {
	meant := d.wish.dockerfile == file || d.wish.dockerfile == "" && path.Dir(d.wish.file) == path.Dir(file)
	if d.wish.context != "" && meant {
		a.context, a.why = d.wish.context, d.wish.file+" says so."
		a.problem = d.problemOf(missing(d.root.FS(), a.context, a.copies))
		return
	}
	candidates := above(path.Dir(file))
	if len(candidates) == 1 {
		a.context, a.why = ".", "It lies there."
		a.problem = d.problemOf(missing(d.root.FS(), ".", a.copies))
		return
	}
	best, bestMissing := "", []string(nil)
	for _, folder := range candidates {
		lacks := missing(d.root.FS(), folder, a.copies)
		better := best == "" || len(lacks) < len(bestMissing) ||
			len(lacks) == len(bestMissing) && !d.isProject(best) && d.isProject(folder)
		if better {
			best, bestMissing = folder, lacks
		}
	}
	a.context = best
	a.problem = d.problemOf(bestMissing)
	a.why = d.whyContext(best, path.Dir(file), a)
}

func (d *draft) whyContext(chosen, own string, a *analysis) string {
	switch {
	case len(a.copies) == 0:
		return "It copies nothing, so its own folder will do."
	case a.problem != "":
		return "Most of its COPY sources exist there."
	case chosen != own && len(missing(d.root.FS(), own, a.copies)) > 0:
		return fmt.Sprintf("Its COPY sources exist there, and not all of them in %s.", own)
	case chosen != own:
		return fmt.Sprintf("Its COPY sources exist there, and %s is no project of its own.", own)
	}
	return "Its COPY sources exist there."
}

// above lists a folder and all above it, the nearest first.
func above(folder string) []string {
	list := []string{folder}
	for folder != "." {
		folder = path.Dir(folder)
		list = append(list, folder)
	}
	return list
}

func (d *draft) isProject(folder string) bool {
	return slices.ContainsFunc(manifests, func(name string) bool { return d.has(path.Join(folder, name)) })
}

// missing lists the sources that a folder does not hold. A pattern that
// matches nothing is forgiven while another source of the same instruction is
// there, as BuildKit does.
func missing(files fs.FS, folder string, copies []copyOfFile) []string {
	var lacks []string
	for _, c := range copies {
		found := false
		var patterns []string
		for _, source := range c.sources {
			switch {
			case exists(files, folder, source):
				found = true
			case strings.ContainsAny(source, "*?["):
				patterns = append(patterns, source)
			default:
				lacks = append(lacks, source)
			}
		}
		if !found {
			lacks = append(lacks, patterns...)
		}
	}
	return lacks
}

func exists(files fs.FS, folder, source string) bool {
	p := path.Join(folder, source)
	if strings.ContainsAny(source, "*?[") {
		matches, err := fs.Glob(files, p)
		return err == nil && len(matches) > 0
	}
	if p != "." && !fs.ValidPath(p) {
		return false
	}
	_, err := fs.Stat(files, p)
	return err == nil
}

// results are folders that builds put things into.
var results = []string{"dist", "build", "out", "bin", "target", ".output", "publish", "release", "releases", "lib", "artifacts"}

// problemOf says why a Dockerfile cannot be built from the source alone.
func (d *draft) problemOf(lacks []string) string {
	if len(lacks) == 0 {
		return ""
	}
	first := lacks[0]
	shown := clip(first, 100)
	top, _, _ := strings.Cut(first, "/")
	release := d.firstIn(".", ".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml", ".github/goreleaser.yml")
	switch {
	case slices.Contains(results, top):
		return fmt.Sprintf("It copies “%s”, which is made before the image is built and is not in the repository.", shown)
	case release != "":
		return fmt.Sprintf("It copies “%s”, which only the release pipeline (%s) makes.", shown, release)
	case strings.HasPrefix(first, "linux/"):
		return fmt.Sprintf("It copies “%s”, which only a release pipeline makes.", shown)
	}
	return fmt.Sprintf("It copies “%s”, which the repository does not hold.", shown)
}
