package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"moorage"
	"moorage/github/githubtest"
	"moorage/store"
)

// truths are what GitHub has to show in the end: beside the commit, and as the
// state of the deployment there. What fails here fails because of a kill.
var truths = map[moorage.DeploymentStatus]struct{ commit, deployment string }{
	moorage.StatusLive:    {"success", "success"},
	moorage.StatusRetired: {"success", "inactive"},
	moorage.StatusFailed:  {"error", "error"},
}

// saidAtMost is how often the same may be said: each of the two kills of a round
// repeats it once.
const saidAtMost = 3

// told is what GitHub shows of the server that is pushed to. A run makes thousands
// of deployments: what belongs to one of them is found by its name.
type told struct {
	url         string // of Moorage
	statuses    []githubtest.Status
	deployments map[string][]githubtest.Deployment // by task
	of          map[string][]githubtest.Status     // by the address of the page
}

func (l *lane) told() told {
	at := told{l.url, l.github.Statuses("octocat", pushed), map[string][]githubtest.Deployment{}, map[string][]githubtest.Status{}}
	for _, d := range l.github.Deployments("octocat", pushed) {
		at.deployments[d.Task] = append(at.deployments[d.Task], d)
	}
	for _, s := range at.statuses {
		at.of[s.TargetURL] = append(at.of[s.TargetURL], s)
	}
	return at
}

// gitHubKnows wants GitHub to show the truth about each deployment of the server
// that is pushed to: all of them, each once, and none before the one before it.
func (l *lane) gitHubKnows(ctx context.Context, db *store.DB, all []moorage.Deployment) error {
	if l.targets[pushed] == "" {
		return nil
	}
	open, err := db.Unreported(ctx)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("GitHub was not told that %s is %s", open[0].Deployment.ID, open[0].Deployment.Status)
	}
	at := l.told()
	var errs []error
	arrivals := map[string]int{} // by the address of the page
	for n, d := range slices.Backward(all) {
		if d.ServerID != l.targets[pushed] {
			continue
		}
		arrivals[at.page(d)] = len(all) - n
		errs = append(errs, at.deploymentOf(d), at.statusOf(d))
	}
	for _, s := range at.statuses {
		if arrivals[s.TargetURL] == 0 || s.Context != "moorage/"+pushed {
			errs = append(errs, fmt.Errorf("GitHub shows %+v, which is of no deployment", s))
		}
	}
	for task, made := range at.deployments {
		if arrivals[l.url+"/deployments/"+strings.TrimPrefix(task, taskPrefix)] == 0 {
			errs = append(errs, fmt.Errorf("GitHub shows %+v, which is of no deployment", made))
		}
	}
	return errors.Join(append(errs, at.inOrder(arrivals))...)
}

// taskPrefix begins what GitHub calls a deployment of ours.
const taskPrefix = "deploy:"

func (at told) page(d moorage.Deployment) string { return at.url + "/deployments/" + string(d.ID) }

// deploymentOf wants one deployment at GitHub, which has come to the end of ours.
// There may be another of the commit that was pushed, when a newer one was
// cloned: that one is over.
func (at told) deploymentOf(d moorage.Deployment) error {
	commit := cmp.Or(d.Commit, d.PushedCommit)
	of := map[string]string{} // commit to its last state
	for _, made := range at.deployments[taskPrefix+string(d.ID)] {
		if _, twice := of[made.Commit]; twice {
			return fmt.Errorf("GitHub has two deployments of %s and commit %.7s", d.ID, made.Commit)
		}
		var states []string
		for _, s := range made.Statuses {
			if s.LogURL != at.page(d) {
				return fmt.Errorf("GitHub has %+v for %s", s, d.ID)
			}
			states = append(states, s.State)
		}
		if err := goesForward(states); err != nil {
			return fmt.Errorf("of %s, which is %s, GitHub's deployment %w", d.ID, d.Status, err)
		}
		of[made.Commit] = states[len(states)-1]
	}
	for other, last := range of {
		if other != commit && (other != d.PushedCommit || last != "inactive") {
			return fmt.Errorf("GitHub has a deployment of %s that is %s of commit %.7s, not %.7s", d.ID, last, other, commit)
		}
	}
	if want := truths[d.Status].deployment; of[commit] != want {
		return fmt.Errorf("%s is %s; GitHub's deployment is %q, not %q", d.ID, d.Status, of[commit], want)
	}
	return nil
}

// statusOf wants the last word on the commit to be the truth, and on the one that
// was pushed instead to be that it is over.
func (at told) statusOf(d moorage.Deployment) error {
	commit := cmp.Or(d.Commit, d.PushedCommit)
	on := map[string][]string{}
	for _, s := range at.of[at.page(d)] {
		on[s.Commit] = append(on[s.Commit], s.State)
	}
	for of, states := range on {
		want := "error"
		if of == commit {
			want = truths[d.Status].commit
		}
		if err := goesForward(states); err != nil {
			return fmt.Errorf("on %.7s the status of %s %w", of, d.ID, err)
		}
		if last := states[len(states)-1]; last != want {
			return fmt.Errorf("%s is %s; the commit %.7s shows %q, not %q", d.ID, d.Status, of, last, want)
		}
	}
	if len(on[commit]) == 0 {
		return fmt.Errorf("the commit %.7s shows nothing of %s, which is %s", commit, d.ID, d.Status)
	}
	return nil
}

// ranks are the states in the order in which a deployment comes to them.
var ranks = map[string]int{"queued": 1, "pending": 2, "in_progress": 2, "success": 3, "failure": 3, "error": 3, "inactive": 4}

// goesForward wants states never to go back, and none to be said more often than
// kills explain.
func goesForward(states []string) error {
	if len(states) == 0 {
		return errors.New("has no state")
	}
	times := map[string]int{}
	for n, s := range states {
		times[s]++
		if ranks[s] == 0 || n > 0 && ranks[s] < ranks[states[n-1]] || n > 0 && ranks[s] == 3 && ranks[states[n-1]] == 3 && s != states[n-1] {
			return fmt.Errorf("goes %v", states)
		}
	}
	for s, n := range times {
		if n > saidAtMost && ranks[s] > 2 {
			return fmt.Errorf("goes %v, %q %d times", states, s, n)
		}
	}
	return nil
}

// inOrder wants each commit to show the latest deployment of those that were of
// it, and their ends to have come in the order in which they were asked for.
func (at told) inOrder(arrivals map[string]int) error {
	ended, last, newest := map[string]int{}, map[string]int{}, map[string]int{}
	for _, s := range at.statuses {
		n := arrivals[s.TargetURL]
		last[s.Commit], newest[s.Commit] = n, max(newest[s.Commit], n)
		if s.State == "pending" {
			continue
		}
		if n < ended[s.Commit] {
			return fmt.Errorf("the commit %.7s was told the end of %s after that of a later one", s.Commit, s.TargetURL)
		}
		ended[s.Commit] = n
	}
	for commit, n := range last {
		if n != newest[commit] {
			return fmt.Errorf("the last word on commit %.7s is an older deployment's", commit)
		}
	}
	return nil
}
