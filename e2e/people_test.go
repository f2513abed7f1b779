package e2e

import (
	"strings"
	"testing"

	"moorage/github/githubtest"
)

// mills is how many servers of that name a list of servers shows.
const mills = `new Set([...document.querySelectorAll("#main a")].map((a) => a.pathname).filter((path) => /^\/servers\/mill[^/]*$/.test(path))).size`

func TestWhoMaySignInAndWhatTheySee(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	p.deploy("mill")
	p.settled("live")
	p.letIn("an organisation", "acme")
	p.shoot("people")

	h.github.AddUser("trudy", 3, "initech")
	h.github.SignInAs("trudy")
	q := b.stranger()
	q.allow(403)
	q.signIn(h)
	q.sees("You are not on the list")
	q.sees("trudy")
	q.sees("Ask octocat")
	q.shoot("not-allowed")
	q.open("/servers")
	if path := q.path(); !strings.HasPrefix(path, "/login") {
		t.Errorf("somebody who may not come in is at %s", path)
	}
	q.shoot("login")

	h.github.AddUser("mona", 2, "acme")
	h.github.SignInAs("mona")
	h.github.AddRepository("mona", "mill", mill(`CMD ["/mill", "serve", "mona"]`), githubtest.Repository{Private: true})
	h.github.Install("mona")
	m := b.stranger()
	m.signIn(h)
	m.open("/servers")
	if m.is(`document.querySelector("#main").innerText.includes("mill")`) {
		t.Error("a member sees somebody else's server")
	}
	m.open("/repos/mona/mill")
	m.until("there is a plan", `document.querySelector("#plan-form")`)
	m.pressIn("#main", "Deploy")
	m.deploymentID()
	m.settled("live")
	m.open("/servers")
	m.until("her own server is there, alone", mills+" === 1")
	m.allow(403)
	if status := m.fetch("GET", "/admin/people"); status != 403 {
		t.Errorf("a member gets %d for the pages of admins", status)
	}
	p.open("/servers")
	p.until("the admin sees both", mills+" === 2")
	p.shoot("servers")
}

func TestThePickerSaysWhatIsWrongWithGitHub(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	p.open("/repos")
	p.press("Refresh")
	p.seesIn("#repo-list", "octocat/mill")

	p.allow(401, 429, 503) // the badges of the rows ask too
	for _, row := range []struct {
		fault githubtest.Fault
		says  string
	}{
		{githubtest.Down, "GitHub has trouble of its own: it answers 503."},
		{githubtest.Limited, "GitHub answers no more requests of yours until"},
		{githubtest.Secondary, "GitHub asks us to slow down."},
		{githubtest.HalfBody, "GitHub's answer broke off or cannot be read."},
		{githubtest.Slow, "GitHub did not answer within 10 seconds."},
	} {
		h.github.Fail(row.fault, "/")
		p.press("Refresh")
		p.until("the list says what is wrong", `document.querySelector("#repo-list .trouble")`)
		words := look[string](p, `document.querySelector("#repo-list .trouble").innerText`)
		if !strings.Contains(words, row.says) || !strings.Contains(words, "any Git URL") {
			t.Errorf("%s: the picker says %q", row.fault, words)
		}
		p.shoot("repos-" + strings.ReplaceAll(string(row.fault), " ", "-"))
		h.github.Heal()
		p.pressIn("#repo-list", "Try again")
		p.seesIn("#repo-list", "octocat/mill")
	}

	h.github.Revoke("octocat")
	p.press("Refresh")
	p.seesIn("#repo-list .trouble", "Sign in")
	p.shoot("repos-revoked")
	p.pressIn("#repo-list", "Sign in with GitHub")
	p.until("GitHub asks", `document.title.startsWith("Authorize ")`)
	p.touch("#authorize")
	p.seesIn("#repo-list", "octocat/mill")
}
