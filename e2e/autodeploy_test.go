package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"moorage"
	"moorage/store"
)

func TestAPushGoesLiveAndGitHubIsToldHow(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.github.Grant("statuses", "write") // the App was made for an address that GitHub cannot reach
	h.github.Grant("deployments", "write")
	h.publish("mill", mill(`CMD ["/mill", "serve", "stdio", "1"]`))

	p.open("/repos/octocat/mill")
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.touch("#f-auto_deploy")
	p.pressIn("#main", "Deploy")
	first := p.deploymentID()
	p.settled("live")
	h.hook(p, "mill")

	good := h.github.Push("octocat", "mill", "main", "Grind finer", with(mill(`CMD ["/mill", "serve", "stdio", "2"]`), map[string]string{"README.md": "finer"}))
	id := h.deployedBy(good)
	p.open("/deployments/" + id)
	p.settled("live")
	p.sees("pushed by octocat")
	if d := h.deployment(id); d.Commit != good || d.Trigger != moorage.TriggerPush {
		t.Errorf("%s is of commit %s by %s", id, d.Commit, d.Trigger)
	}
	if d := h.deployment(first); d.Status != moorage.StatusRetired {
		t.Errorf("the first deployment is %s", d.Status)
	}
	h.toldOf(good, "pending", "success")

	bad := h.github.Push("octocat", "mill", "main", "Break the mill", with(mill(h.run("fail", "3"), `CMD ["/mill", "serve", "stdio", "3"]`), map[string]string{"README.md": "broken"}))
	broken := h.deployedBy(bad)
	p.open("/deployments/" + broken)
	p.settled("failed")
	h.toldOf(bad, "pending", "failure")
	all := h.github.Statuses("octocat", "mill")
	last := all[len(all)-1]
	if reason := h.deployment(broken).Error; last.Description == "" || !strings.HasPrefix(reason, strings.TrimSuffix(last.Description, "…")) || !strings.HasSuffix(last.TargetURL, "/deployments/"+broken) {
		t.Errorf("GitHub was told %+v, the page says %q", last, reason)
	}
	if d := h.deployment(id); d.Status != moorage.StatusLive {
		t.Errorf("what was live is %s", d.Status)
	}

	skipped := h.github.Push("octocat", "mill", "main", "Words [skip deploy]", map[string]string{"README.md": "words"})
	p.open("/servers/mill/settings#auto-deploy")
	p.seesIn("#auto-deploy", skipped[:7])
	p.seesIn("#auto-deploy", "says [skip deploy].")
	p.shoot("auto-deploy")
	p.open("about:blank")
	h.stop()
}

// hook makes the secret of a webhook on a server's page and sets the webhook up
// at GitHub, as the page says.
func (h *home) hook(p *page, slug string) {
	p.t.Helper()
	p.open("/servers/" + slug + "/settings")
	p.pressIn("#auto-deploy", "Make the secret")
	p.seesIn("#auto-deploy", "shown this once")
	secret := look[string](p, `document.querySelector("#auto-deploy .fresh code").innerText`)
	url := look[string](p, `[...document.querySelectorAll("#auto-deploy ol code")].find((c) => c.innerText.includes("/webhooks/")).innerText`)
	h.github.AddHook("octocat", slug, url, secret)
	if d := h.github.Deliveries(); d[len(d)-1].Status != http.StatusOK {
		p.t.Fatalf("the ping was answered %d %s", d[len(d)-1].Status, d[len(d)-1].Answer)
	}
}

// deployedBy is the deployment that the push of a commit queued.
func (h *home) deployedBy(commit string) string {
	h.t.Helper()
	var id moorage.DeploymentID
	h.inside(func(ctx context.Context, db *store.DB) error {
		all, err := db.Deployments(ctx, moorage.DeploymentFilter{})
		for _, d := range all {
			if d.PushedCommit == commit {
				id = d.ID
			}
		}
		return err
	})
	if id == "" {
		sent := h.github.Deliveries()
		h.t.Fatalf("the push deployed nothing: %d %s", sent[len(sent)-1].Status, sent[len(sent)-1].Answer)
	}
	return string(id)
}

// toldOf waits until the status of a commit has come to its end, and wants it to
// have begun and ended so, and GitHub's deployment likewise.
func (h *home) toldOf(commit, begins, ends string) {
	h.t.Helper()
	var states []string
	eventually(h.t, "the commit is "+ends+" at GitHub", func() bool {
		states = nil
		for _, s := range h.github.Statuses("octocat", "mill") {
			if s.Commit == commit && s.Context == "moorage/mill" {
				states = append(states, s.State)
			}
		}
		deployed := false
		for _, d := range h.github.Deployments("octocat", "mill") {
			deployed = deployed || d.Commit == commit && len(d.Statuses) > 0 && d.Statuses[len(d.Statuses)-1].State == ends
		}
		return deployed && len(states) > 0 && states[len(states)-1] == ends
	})
	for _, s := range states[:len(states)-1] {
		if s != begins {
			h.t.Errorf("the commit was told %v", states)
		}
	}
}
