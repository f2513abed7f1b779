package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"moorage/github/githubtest"
)

// populate fills the fake GitHub with what a person who has been there for years
// sees: more than a hundred repositories, their own and of two organisations.
func (h *home) populate() {
	h.t.Helper()
	h.github.AddUser("octocat", 1, "acme", "initech")
	h.github.SignInAs("octocat")
	old := time.Now().AddDate(-1, 0, 0)
	for n := range 130 {
		owner := []string{"octocat", "acme", "initech"}[n%3]
		h.github.AddRepository(owner, fmt.Sprintf("attic-%03d", n), nil, githubtest.Repository{
			Description: "Nobody has looked here for long.", Private: n%4 == 0, PushedAt: old.Add(time.Duration(n) * time.Hour),
		})
	}
}

// mill is a repository with the mill in it, built FROM scratch: what it does
// while it is built, and how it is started, as words of a Dockerfile.
func mill(lines ...string) map[string]string {
	return static("mill", millBinary, lines...)
}

// run is a line of a Dockerfile that runs the mill while the image is built. The
// engine has no result of it from an earlier test: nobody else says this word.
func (h *home) run(words ...string) string {
	h.t.Helper()
	line, err := json.Marshal(append(append([]string{"/mill"}, words...), h.word()))
	if err != nil {
		h.t.Fatal(err)
	}
	return "RUN " + string(line)
}

// word belongs to this data folder alone.
func (h *home) word() string { return "word-" + h.id() }

// with adds files to those of a repository.
func with(files map[string]string, more map[string]string) map[string]string {
	for path, content := range more {
		files[path] = content
	}
	return files
}

// becomeOperator opens the setup link and presses its button.
func (p *page) becomeOperator(h *home) {
	p.t.Helper()
	p.open(h.link)
	p.sees("Become the operator")
	p.press("Become the operator")
	p.sees("You are the operator")
}

// connectGitHub has GitHub make an App, and signs in with it.
func (p *page) connectGitHub(h *home) {
	p.t.Helper()
	p.press("Create the App on GitHub")
	p.until("GitHub asks", `document.title === "Create GitHub App"`)
	p.touch("#authorize")
	p.sees("Connected: ")
}

// signIn goes to GitHub and comes back, as who is signed in there.
func (p *page) signIn(h *home) {
	p.t.Helper()
	p.open("/auth/github?next=/")
	p.until("GitHub asks", `document.title.startsWith("Authorize ")`)
	p.touch("#authorize")
	p.until("the browser is back", "location.origin === "+quote(h.url))
}

// arrive is the first run in short: the operator, signed in with a GitHub that
// shows everything of octocat, acme and initech.
func (b *browser) arrive(h *home) *page {
	b.t.Helper()
	h.github.AddUser("octocat", 1, "acme", "initech")
	h.github.SignInAs("octocat")
	p := b.tab()
	p.becomeOperator(h)
	p.connectGitHub(h)
	for _, owner := range []string{"octocat", "acme", "initech"} {
		h.github.Install(owner)
	}
	p.signIn(h)
	return p
}

// publish makes a public repository of octocat, and gives the App access.
func (h *home) publish(name string, files map[string]string) {
	h.t.Helper()
	h.github.AddRepository("octocat", name, files, githubtest.Repository{})
	h.github.Install("octocat")
}

// deploy takes a repository of octocat as it is planned, and returns its
// deployment, whose page is open then.
func (p *page) deploy(name string) string {
	p.t.Helper()
	p.open("/repos/octocat/" + name)
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.pressIn("#main", "Deploy")
	return p.deploymentID()
}

// again commits to a repository of octocat and deploys its server again.
func (p *page) again(h *home, slug string, files map[string]string) string {
	p.t.Helper()
	h.github.Commit("octocat", slug, "main", "Change the mill", files)
	p.open("/servers/" + slug)
	p.press("Deploy again")
	return p.deploymentID()
}

// settled waits until the deployment on the page has come to its end, and wants
// it to be this one.
func (p *page) settled(status string) {
	p.t.Helper()
	within(p.t, 3*patience, "the deployment is settled", func() bool {
		return p.is(`document.querySelector("#deployment-head[data-settled]")`)
	})
	if is := look[string](p, `document.querySelector("#deployment-head").dataset.status`); is != status {
		p.t.Fatalf("The deployment is %s, not %s: %s", is, status, look[string](p, `document.querySelector("#deployment-head").innerText`))
	}
}

// deploymentID is that of the page.
func (p *page) deploymentID() string {
	p.t.Helper()
	p.until("the browser is at a deployment", `location.pathname.startsWith("/deployments/dep_")`)
	return strings.TrimPrefix(look[string](p, "location.pathname"), "/deployments/")
}

// call opens the tools of a server, calls one with values by label, and returns
// the words of the result.
func (p *page) call(slug, tool string, values ...string) string {
	p.t.Helper()
	p.open("/servers/" + slug + "/tools#tool=" + tool)
	return p.callHere(tool, values...)
}

// callHere calls a tool on a tools page that is open.
func (p *page) callHere(tool string, values ...string) string {
	p.t.Helper()
	p.seesIn("#session-state", "Connected")
	p.pressIn("#offers", tool+"…")
	for i := 0; i < len(values); i += 2 {
		p.fill(values[i], values[i+1])
	}
	calls := look[int](p, `document.querySelectorAll("#history .history-row").length`)
	p.pressIn("#workbench", "Call")
	p.until("the call is in the history", fmt.Sprintf(`document.querySelectorAll("#history .history-row").length > %d`, calls))
	return look[string](p, `document.querySelector("#result").innerText`)
}
