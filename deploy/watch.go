package deploy

import (
	"fmt"
	"path"
	"strings"

	"moorage"
)

// watchedPaths are the patterns that a change has to match: those of its owner,
// else the folder that the server is built from, when it is built from one.
func watchedPaths(f moorage.Follower) []string {
	if len(f.AutoDeploy.WatchPaths) > 0 {
		return f.AutoDeploy.WatchPaths
	}
	subdir, context := f.Source.Subdir, f.Config.Build.Context
	if subdir != "" && (context == subdir || strings.HasPrefix(context, subdir+"/")) {
		return []string{subdir + "/**"}
	}
	return nil
}

// watched says whether a push changed something that matches a pattern. When
// GitHub does not say all that changed, it may have.
func watched(patterns []string, push moorage.Push) (deploys bool, reason string) {
	if len(patterns) == 0 {
		return true, fmt.Sprintf("%s has commit %.7s now.", push.Branch(), push.Commit)
	}
	for _, changed := range push.Paths {
		for _, pattern := range patterns {
			if matches(pattern, changed) {
				return true, fmt.Sprintf("It changed %s.", clipped(changed))
			}
		}
	}
	if !push.Complete {
		return true, "GitHub did not say all that it changed, so it may be something that is watched."
	}
	return false, fmt.Sprintf("It changed nothing that is watched: %s.", clipped(strings.Join(patterns, ", ")))
}

// matches reports whether a pattern names a path, or a folder that it is in.
// Both are slash-separated and begin at the repository's root; ** stands for
// any number of folders, and within one name *, ? and […] are those of path.Match.
func matches(pattern, name string) bool {
	return matchParts(strings.Split(strings.Trim(pattern, "/"), "/"), strings.Split(name, "/"))
}

// matchParts goes through the pattern once and keeps every place in the name
// that it may have come to: no pattern takes more than their product.
func matchParts(pattern, name []string) bool {
	at := make([]bool, len(name)+1)
	at[0] = true
	for _, p := range pattern {
		next := make([]bool, len(name)+1)
		reached := false
		for i := range at {
			switch {
			case p == "**":
				reached = reached || at[i]
				next[i] = reached
			case at[i] && i < len(name):
				ok, err := path.Match(p, name[i])
				next[i+1] = ok && err == nil
			}
		}
		at = next
	}
	for _, ok := range at[1:] {
		if ok {
			return true
		}
	}
	return false
}

// clipped keeps a text of somebody else short.
func clipped(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
