package e2e

import (
	"fmt"
	"strings"
	"testing"

	"moorage/github/githubtest"
)

const smithery = `runtime: container
startCommand:
  type: stdio
  configSchema:
    type: object
    required: [millKey]
    properties:
      millKey:
        type: string
        description: What opens the mill.
  exampleConfig:
    millKey: abc
  commandFunction: |
    (config) => ({ command: "/mill", env: { MILL_KEY: config.millKey } })
`

func TestFromTheSetupLinkToACallAcrossARestart(t *testing.T) {
	h := start(t, "MOORAGE_IDLE_TIMEOUT=3s")
	h.populate()
	h.github.AddRepository("acme", "mill", with(
		mill(h.run("grind", "4000", "100ms"), `CMD ["/mill", "serve", "1"]`),
		map[string]string{"smithery.yaml": smithery},
	), githubtest.Repository{Private: true, Description: "Grinds what it is given."})
	b := openBrowser(t, h)
	p := b.tab()

	p.open(h.link)
	p.sees("Become the operator")
	p.shoot("setup-link")
	p.press("Become the operator")
	p.sees("You are the operator")
	p.shoot("setup")
	p.connectGitHub(h)
	p.shoot("setup-connected")
	p.signIn(h)

	pickAmongMany(h, p)
	p.open("/repos?q=mill")
	p.pressIn("#repo-list", "acme/mill")
	readPlan(p)
	p.pressIn("#main", "Deploy")

	id := p.deploymentID()
	second := watchInTheMiddle(b, p, id)
	p.settled("live")
	second.settled("live")
	for _, tab := range []*page{p, second} {
		everyGrainOnce(tab, 4000)
	}
	p.shoot("deployment-live")

	p.press("Open the tools")
	if got := p.callHere("echo", "text", "flour"); !strings.Contains(got, "flour") {
		t.Errorf("the result of echo: %s", got)
	}
	p.shoot("tools")
	if got := p.callHere("key_length"); !strings.Contains(got, "The key has 11 characters.") {
		t.Errorf("the result of key_length: %s", got)
	}

	p.open("about:blank")
	h.kill()
	h.restart()
	p.open("/deployments/" + id)
	p.settled("live")
	everyGrainOnce(p, 4000)
	if got := p.call("mill", "echo", "text", "bread"); !strings.Contains(got, "bread") {
		t.Errorf("the result of echo after the restart: %s", got)
	}
	p.open("/")
	p.shoot("home")
	p.open("about:blank") // nobody is left to see the process stop
	h.nothingRuns()
	h.stop()
}

// pickAmongMany gives the new App access as GitHub asks for it, and finds a
// repository among more than a hundred.
func pickAmongMany(h *home, p *page) {
	p.t.Helper()
	p.open("/repos")
	p.press("Configure access on GitHub")
	p.until("GitHub asks", `document.title.startsWith("Install ")`)
	p.touch("#authorize")
	p.until("it is installed", `document.title === "Installed"`)
	p.open("/repos")
	p.press("Refresh")
	p.seesIn("#repo-list", "131 repositories")
	p.until("the owners can be chosen by now", `document.querySelector("#repo-owner option[value=initech]") !== null`)
	p.shoot("repos")
	p.until("the newest push is first", `document.querySelector("#repo-list li a").innerText === "acme/mill"`)
	p.seesIn("#repo-list li", "private")
	p.seesIn("#repo-list li .repo-holds", "smithery.yaml")
	p.seesIn("#repo-list li .repo-holds", "Dockerfile")
	p.pressIn("#repo-list", "Show more")
	p.until("there are two pages of rows", `document.querySelectorAll("#repo-list .repo-row").length === 100`)

	p.open("/repos")
	look[bool](p, `window.sameDocument = true`)
	p.fill("Search repositories", "attic-11")
	p.seesIn("#repo-list", "10 of 131 repositories")
	p.choose("Owner", "initech")
	p.seesIn("#repo-list", "4 of 131 repositories")
	if !p.is(`window.sameDocument && [...document.querySelectorAll("#repo-list .row-title a")].every((a) => a.innerText.startsWith("initech/"))`) {
		p.t.Error("the search reloads the page, or the filter lets others through")
	}
}

// readPlan looks at what was found, and gives the key that is asked for.
func readPlan(p *page) {
	p.t.Helper()
	p.sees("What opens the mill.")
	p.seesIn("#plan", "smithery.yaml")
	p.seesIn("#plan", "Dockerfile")
	p.shoot("plan")
	if kind := look[string](p, "("+field("MILL_KEY")+")().type"); kind != "password" {
		p.t.Errorf("the key is asked for in a field of type %s", kind)
	}
	p.fill("MILL_KEY", "open sesame")
}

// watchInTheMiddle waits until the build prints, and opens it in a second tab.
func watchInTheMiddle(b *browser, p *page, id string) *page {
	p.t.Helper()
	p.until("lines come while it builds", `document.querySelectorAll("#steps .line").length > 300`)
	if p.is(`document.querySelector("#deployment-head[data-settled]")`) {
		p.t.Error("the log came at once, at the end")
	}
	second := b.tab()
	second.open("/deployments/" + id)
	if !second.is(`document.querySelectorAll("#steps .line").length > 300 && !document.querySelector("#deployment-head[data-settled]")`) {
		p.t.Error("the second tab does not begin with the lines that there are, while it builds")
	}
	second.shoot("deployment-building")
	return second
}

// everyGrainOnce wants every line of the grinding on the page: once, and in order.
func everyGrainOnce(p *page, many int) {
	p.t.Helper()
	p.until("all lines have come", fmt.Sprintf(`[...document.querySelectorAll("#steps .line")].filter((line) => line.lastChild.data?.startsWith("grain ")).length >= %d`, many))
	wrong := look[string](p, fmt.Sprintf(`(() => {
		const lines = [...document.querySelectorAll("#steps .line")].map((line) => line.lastChild.data ?? "").filter((s) => s.startsWith("grain "));
		if (lines.length !== %[1]d) return lines.length + " lines";
		const at = lines.findIndex((line, i) => line !== "grain " + String(i + 1).padStart(5, "0") + " of " + String(%[1]d).padStart(5, "0"));
		return at < 0 ? "" : "line " + at + " is " + lines[at];
	})()`, many))
	if wrong != "" {
		p.t.Errorf("the log on the page: %s", wrong)
	}
}
