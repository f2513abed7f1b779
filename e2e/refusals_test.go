package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestARefusalSaysWhyAndLeavesWhatIsLive(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	p.deploy("mill")
	p.settled("live")
	stillAnswers := func() {
		t.Helper()
		if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 1.") {
			t.Errorf("what was live answers: %s", got)
		}
	}

	p.allow(422)
	for _, outside := range []string{"../Dockerfile", "/etc/passwd", "a/../../Dockerfile"} {
		p.open("/repos/octocat/mill")
		p.until("there is a plan", `document.querySelector("#plan-form [name=dockerfile]")`)
		look[bool](p, fmt.Sprintf(`(document.querySelector("#plan-form [name=dockerfile]").append(new Option("mine", %s, true, true)), true)`, quote(outside)))
		p.choose("Deploy to", "Deploy to mill")
		p.pressIn("#main", "Deploy")
		p.sees("Something in the form does not fit.")
		p.seesIn("#plan-form .fault", "Give a Dockerfile inside the repository")
	}
	p.shoot("plan-refused")
	stillAnswers()

	for _, row := range []struct {
		name, lines, says, next string
	}{
		{"a build that fails", "RUN [\"/mill\", \"jam\"]\nCMD [\"/mill\", \"serve\", \"2\"]", "the widget does not fit", "mend the Dockerfile"},
		{"a base that is nowhere", "FROM moorage-test/nowhere:1\nCMD [\"/mill\"]", "moorage-test/nowhere:1, which the Dockerfile builds on, could not be pulled.", ""},
		{"a Dockerfile with a typing error", "FORM scratch", "Dockerfile", ""},
		{"a key that is missing", `CMD ["/mill", "need", "MILL_KEY", "2"]`, "The server needs the variable MILL_KEY, which is not set.", "Set it under Variables"},
		{"a server that never answers", `CMD ["/mill", "mute"]`, "never answered", "change the transport"},
	} {
		p.again(h, "mill", map[string]string{"Dockerfile": mill(row.lines)["Dockerfile"]})
		p.settled("failed")
		for _, words := range []string{row.says, row.next} {
			if said := look[string](p, `document.querySelector("#deployment-head .trouble")?.innerText ?? ""`); !strings.Contains(said, words) {
				t.Errorf("%s: the page says %q, not %q", row.name, said, words)
			}
		}
		p.shoot("deployment-failed-" + strings.Fields(row.name)[1])
		stillAnswers()
	}
}

func TestAMissingKeyIsAskedForWhereTheServerDiedOfIt(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "need", "MILL_KEY", "1"]`))
	p.deploy("mill")
	p.settled("failed")
	p.seesIn("#deployment-head .trouble", "MILL_KEY")
	p.logSays("missing required environment variable MILL_KEY") // its own words
	p.seesIn("#deployment-head .trouble", "It asks for MILL_KEY")
	p.press("Give it")
	p.until("the variable has a field", "("+field("MILL_KEY")+")()")
	p.shoot("variables-asked")
	p.fill("MILL_KEY", "open sesame")
	p.press("Save")
	p.sees("The variables are saved.")
	p.open("/servers/mill")
	p.press("Deploy again")
	p.settled("live")
	if got := p.call("mill", "key_length"); !strings.Contains(got, "The key has 11 characters.") {
		t.Errorf("the result of key_length: %s", got)
	}
}

func TestALinkOutOfTheRepositoryIsNotFollowed(t *testing.T) {
	h := start(t, "MOORAGE_ALLOW_LOCAL_REPOS=true")
	b := openBrowser(t, h)
	p := b.tab()
	p.becomeOperator(h)
	repo := localRepository(t, mill(`CMD ["/mill", "serve", "1"]`))
	p.open("/repos")
	p.fill("Repository", "file://"+repo)
	p.press("Look into it")
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.fill("Endpoint name", "linked")
	p.sees("Free:")
	p.pressIn("#main", "Deploy")
	p.deploymentID()
	p.settled("live")

	outside := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(outside, []byte("FROM scratch\nCMD [\"/secret-of-the-machine\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	replaceByLink(t, repo, "Dockerfile", outside)
	p.open("/servers/linked")
	p.press("Deploy again")
	p.settled("failed")
	said := look[string](p, `document.querySelector("#deployment-head .trouble").innerText`)
	if !strings.Contains(said, "Dockerfile") || strings.Contains(said, "secret-of-the-machine") {
		t.Errorf("the page says: %s", said)
	}
	if got := p.call("linked", "version"); !strings.Contains(got, "This is mill 1.") {
		t.Errorf("what was live answers: %s", got)
	}
}

// localRepository makes a repository on this machine.
func localRepository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	commitAll(t, dir)
	return dir
}

// replaceByLink commits a symbolic link in the place of a file.
func replaceByLink(t *testing.T, repo, name, target string) {
	t.Helper()
	path := filepath.Join(repo, name)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	commitAll(t, repo)
}

func commitAll(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "add", "--all")
	git(t, dir, "-c", "user.name=Octo Cat", "-c", "user.email=octocat@example.com", "commit", "--quiet", "--message", "As it is")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", args[0], err, out)
	}
}

func TestNobodySeesWhatBelongsToSomebodyElse(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	id := p.deploy("mill")
	p.settled("live")
	h.github.AddUser("mona", 2)
	p.letIn("a person", "mona")

	h.github.SignInAs("mona")
	q := b.stranger()
	q.signIn(h)
	q.sees("mona")
	q.allow(404)
	for _, path := range []string{
		"/deployments/" + id, "/deployments/" + id + "/log", "/deployments/" + id + "/log.txt", "/deployments/" + id + "/search?q=a",
		"/servers/mill", "/servers/mill/tools", "/servers/mill/variables", "/servers/mill/settings", "/servers/mill/deployments", "/servers/mill/output",
	} {
		if status := q.fetch("GET", path); status != 404 {
			t.Errorf("GET %s of somebody else's: %d", path, status)
		}
	}
	for _, path := range []string{
		"/servers/mill/ticket", "/servers/mill/redeploy", "/servers/mill/stop", "/servers/mill/delete", "/servers/mill/variables", "/servers/mill/settings",
		"/deployments/" + id + "/cancel", "/deployments/" + id + "/redeploy", "/deployments/" + id + "/rollback",
	} {
		if status := q.fetch("POST", path); status != 404 {
			t.Errorf("POST %s of somebody else's: %d", path, status)
		}
	}
	token := h.token("-user", "mona")
	for _, path := range []string{"/api/deployments/" + id, "/api/deployments/" + id + "/log", "/ws?server=mill"} {
		if status, body := h.get(path, token); status != 404 || strings.Contains(body, "octocat") {
			t.Errorf("GET %s with somebody else's token: %d %s", path, status, body)
		}
		if status, _ := h.get(path, h.token()); status != 200 {
			t.Errorf("GET %s with the owner's token: %d", path, status)
		}
		if status, _ := h.get(path, ""); status != 401 {
			t.Errorf("GET %s without a token: %d", path, status)
		}
	}
	q.open("/servers")
	q.shoot("servers-empty")
	if q.is(`document.querySelector("#main").innerText.includes("mill")`) {
		t.Error("mona sees a server of octocat")
	}
	q.open("/deployments/" + id)
	q.shoot("not-found")
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 1.") {
		t.Errorf("what was live answers: %s", got)
	}
}

// letIn adds a rule about who may sign in.
func (p *page) letIn(kind, name string) {
	p.t.Helper()
	p.open("/admin/people")
	p.choose("Let in", kind)
	p.fill("Name at GitHub", name)
	p.press("Let in")
	p.sees(name + " may sign in.")
}

// fetch asks for a path with the cookies of the tab, and returns the status.
func (p *page) fetch(method, path string) int {
	p.t.Helper()
	status, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](
		fmt.Sprintf(`fetch(%s, { method: %s, headers: { Accept: "text/html" } }).then((r) => r.status)`, quote(path), quote(method)), chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("fetch %s %s: %v", method, path, err)
	}
	return status
}
