package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestAServerIsDeployedWithTheKeyboardAlone(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`CMD ["/mill", "serve", "1"]`))
	h.publish("windmill", mill(`CMD ["/mill", "serve", "2"]`))
	p.open("/repos")
	p.press("Refresh")
	p.seesIn("#repo-list", "octocat/mill")

	p.tabTo("the search", `document.activeElement.id === "repo-q"`)
	p.typeText("mill")
	p.until("the list is that of the search", `location.search.includes("q=mill")`)
	p.seesIn("#repo-list", "octocat/windmill")
	p.key(kb.ArrowDown)
	p.until("the first row has the focus", `document.activeElement.matches("#repo-list li:nth-child(1) a")`)
	p.key(kb.ArrowDown)
	p.until("the second row has the focus", `document.activeElement.matches("#repo-list li:nth-child(2) a")`)
	p.focusIsSeen()
	p.key(kb.Enter)
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.tabTo("the deploy button", `document.activeElement.innerText?.trim() === "Deploy" && document.activeElement.matches("#main button")`)
	p.focusIsSeen()
	p.key(kb.Enter)
	p.deploymentID()
	p.settled("live")
	p.tabTo("the tools", `document.activeElement.innerText?.trim() === "Open the tools"`)
	p.key(kb.Enter)
	p.seesIn("#session-state", "Connected")
	p.tabTo("a tool", `document.activeElement.matches(".offer") && document.activeElement.innerText.startsWith("echo")`)
	p.key(kb.Enter)
	p.tabTo("the text", `document.activeElement.labels?.[0]?.innerText.startsWith("text")`)
	p.typeText("by hand")
	p.tabTo("the call", `document.activeElement.innerText?.trim() === "Call"`)
	p.focusIsSeen()
	p.key(kb.Enter)
	p.seesIn("#result", "by hand")
}

// tabTo presses Tab until something has the focus.
func (p *page) tabTo(what, holds string) {
	p.t.Helper()
	for range 200 {
		if p.is(holds) {
			return
		}
		p.key(kb.Tab)
	}
	p.t.Fatalf("Tab does not come to %s", what)
}

// focusIsSeen wants what has the focus to look like it.
func (p *page) focusIsSeen() {
	p.t.Helper()
	p.until("the focus is to be seen", `(() => {
		const e = document.activeElement, s = getComputedStyle(e);
		return e.matches(":focus-visible") && (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none");
	})()`)
}

func TestEverythingUpToTheLogWorksWithoutScripts(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	b.arrive(h)
	h.publish("mill", mill(h.run("grind", "50", "0s"), `CMD ["/mill", "serve", "1"]`))
	p := b.stranger()
	p.withoutScripts()
	p.open("/")
	p.press("Continue with…")
	p.until("GitHub asks", `document.title.startsWith("Authorize ")`)
	p.touch("#authorize")
	p.until("the browser is back", "location.origin === "+quote(h.url))

	p.open("/repos")
	p.seesIn("#repo-list", "octocat/mill")
	p.fill("Search repositories", "mil")
	p.press("Search")
	p.until("the search was posted", `location.search.includes("q=mil")`)
	p.pressIn("#repo-list", "octocat/mill")
	p.press("Show the plan")
	p.until("there is a plan", `document.querySelector("#plan-form")`)
	p.shoot("plan-without-scripts")
	p.pressIn("#main", "Deploy")
	id := p.deploymentID()
	eventually(t, "a reload shows that it is live", func() bool {
		p.open("/deployments/" + id)
		return p.is(`document.querySelector("#deployment-head[data-settled]")`)
	})
	p.settled("live")
	everyGrainOnce(p, 50)
	p.pressIn("#steps", "5…")
	p.shoot("deployment-without-scripts")
	p.press("Open the tools")
	p.sees("Calling a tool needs JavaScript.")
	p.seesIn("#offers", "echo")
}
