package e2e

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"moorage"
	"moorage/secrets"
	"moorage/store"
)

// pushed is the server that no person deploys: GitHub tells of a push, and is
// told how that went. It is not among the servers of each lane.
const pushed = "pushed"

// push is one push to it.
type push struct {
	commit   string
	delivery string // GitHub's, of the webhook
}

// follow adds the server and its webhook to a lane, and has the first push
// deployed. Moorage does not run before nor after.
func (l *lane) follow() {
	l.t.Helper()
	const secret = "the words of the webhook"
	l.publish(pushed, map[string]string{"Dockerfile": l.dockerfile(pushed), "README.md": "# The mill\n"})
	l.inside(func(ctx context.Context, db *store.DB) error {
		id, err := l.addServer(ctx, db, pushed)
		if err != nil {
			return err
		}
		l.targets[pushed] = id
		a := moorage.AutoDeploy{ServerID: id, Enabled: true, RepositoryID: l.github.RepositoryID("octocat", pushed)}
		box, err := secrets.OpenBox(filepath.Join(l.data, "master.key"))
		if err != nil {
			return err
		}
		if a.HookSecret, err = box.Seal([]byte(secret), "server/"+string(id)+"/hook_secret"); err != nil {
			return err
		}
		token, err := box.Seal([]byte(l.github.Token("octocat")), "user/"+string(l.owner)+"/github_token")
		if err != nil {
			return err
		}
		if err := db.SetGitHubToken(ctx, l.owner, token); err != nil {
			return err
		}
		return db.SetAutoDeploy(ctx, a)
	})
	l.github.AddHook("octocat", pushed, l.url+"/webhooks/github/"+string(l.targets[pushed]), secret)
	first := &expectation{server: l.targets[pushed], push: l.push(false)}
	l.restart()
	l.taken(first)
	within(l.t, 2*patience, "the first push is settled", func() bool { return l.unsettled() == 0 })
	l.kill()
}

// push pushes a commit, of which a Moorage that does not run hears nothing, and
// when it is overtaken commits a newer one that no push is told of.
func (l *lane) push(overtaken bool) *push {
	l.t.Helper()
	change := func(n int) map[string]string {
		return map[string]string{"README.md": fmt.Sprintf("# The mill after %d kills and %d commits\n", l.kills, n)}
	}
	p := &push{commit: l.github.Push("octocat", pushed, "main", "Grind on", change(1))}
	sent := l.github.Deliveries()
	p.delivery = sent[len(sent)-1].ID
	if overtaken {
		l.github.Commit("octocat", pushed, "main", "Grind faster", change(2))
	}
	return p
}

// deliver has GitHub send a push again as soon as Moorage listens, as somebody
// does who sees there that nobody has answered. It returns the answer: 0 for none.
func (l *lane) deliver(p *push) int {
	l.t.Helper()
	eventually(l.t, "Moorage listens", func() bool {
		select {
		case <-l.exited:
			return true // killed by then
		default:
			return l.status("/healthz") == http.StatusOK
		}
	})
	return l.github.Redeliver(p.delivery).Status
}

// taken delivers a push to a Moorage that runs, whether or not it has it already,
// and wants it to have asked for a deployment then.
func (l *lane) taken(want *expectation) {
	l.t.Helper()
	if answer := l.deliver(want.push); answer != http.StatusAccepted {
		l.t.Errorf("The webhook is answered %d.", answer)
	}
	if want.asked = l.askedBy(want.push); want.asked == "" {
		l.t.Fatal("The push is lost.")
	}
}

// askedBy is the deployment that a push has asked for, "" for none.
func (l *lane) askedBy(p *push) (id moorage.DeploymentID) {
	l.t.Helper()
	l.inside(func(ctx context.Context, db *store.DB) error {
		all, err := db.Deployments(ctx, moorage.DeploymentFilter{ServerID: l.targets[pushed]})
		for _, d := range all {
			if d.PushedCommit != p.commit || d.Trigger != moorage.TriggerPush {
				continue
			}
			if id != "" {
				l.t.Errorf("One push has asked for %s and for %s.", d.ID, id)
			}
			id = d.ID
		}
		return err
	})
	return id
}

// reports says whether a request to GitHub tells how a deployment of the server
// went that is pushed to.
func (l *lane) reports(asked string) bool {
	if l.targets[pushed] == "" {
		return false
	}
	path, posts := strings.CutPrefix(asked, fmt.Sprintf("POST /repositories/%d/", l.github.RepositoryID("octocat", pushed)))
	return posts && (strings.HasPrefix(path, "statuses/") || strings.HasPrefix(path, "deployments"))
}
