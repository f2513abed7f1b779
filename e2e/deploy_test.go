package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
)

func TestAnHTTPServerIsDeployedCalledAndTakenUpAfterACrash(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(`EXPOSE 8080`, `CMD ["/mill", "serve", "http", "1"]`))

	id := p.deploy("mill")
	p.settled("live")
	if got := p.call("mill", "echo", "text", "flour"); !strings.Contains(got, "flour") {
		t.Errorf("the result of echo: %s", got)
	}
	before := h.engine.containers(h.id())
	if len(before) != 1 {
		t.Fatalf("%d containers run one HTTP server", len(before))
	}
	p.open("about:blank")
	h.kill()
	h.restart()

	p.open("/deployments/" + id)
	p.settled("live")
	if got := p.call("mill", "echo", "text", "bread"); !strings.Contains(got, "bread") {
		t.Errorf("the result of echo after the restart: %s", got)
	}
	if after := h.engine.containers(h.id()); !slices.Equal(before, after) {
		t.Errorf("the container was not taken up: before %v, after %v", before, after)
	}
	p.open("/servers/mill")
	p.shoot("server")
	p.press("Stop")
	h.nothingRuns()
	h.stop()
}

func TestAServerFromNPMIsBuiltAndCalled(t *testing.T) {
	h := start(t)
	if _, err := h.engine.ImageInspect(t.Context(), "moorage-test/node:20"); err != nil {
		t.Fatalf("The engine has no moorage-test/node:20: run make test, or scripts/images.sh. (%v)", err)
	}
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("everything", folder(t, "testdata/everything"))

	p.deploy("everything")
	p.settled("live")
	if got := p.call("everything", "echo", "message", "from npm"); !strings.Contains(got, "from npm") {
		t.Errorf("the result of echo: %s", got)
	}
	longOperation(p)
	p.open("about:blank")
	h.stop()
	h.nothingRuns()
}

// longOperation calls a tool that reports its progress.
func longOperation(p *page) {
	p.t.Helper()
	p.open("/servers/everything/tools#tool=trigger-long-running-operation")
	p.seesIn("#session-state", "Connected")
	p.pressIn("#offers", "trigger-long-running-operation…")
	p.fill("duration", "2")
	p.fill("steps", "4")
	p.pressIn("#workbench", "Call")
	p.until("the bar moves", `document.querySelector("#result progress")?.value > 0`)
	p.shoot("tools-progress")
	p.seesIn("#result", "Answered")
	p.seesIn("#result", "completed")
}

func TestTheExampleIsDeployedWithoutGitHub(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.tab()
	p.becomeOperator(h)
	p.press("Skip this step")
	p.until("the third step is the current one", `document.querySelector("[aria-current=step] h2")?.innerText.includes("Deploy the example")`)
	p.press("Deploy the example")
	p.deploymentID()
	p.settled("live")
	p.press("Open the tools")
	if got := p.callHere("greet", "name", "Ada"); !strings.Contains(got, "Hello, Ada.") {
		t.Errorf("the result of greet: %s", got)
	}
	p.open("/repos")
	p.sees("not connected")
	p.shoot("repos-not-connected")
	if asked := h.github.Requests(); len(asked) > 0 {
		t.Errorf("GitHub was asked although it is not connected: %v", asked)
	}
	p.open("/servers/greeter")
	p.press("Stop")
	h.nothingRuns()
	p.open("about:blank")
	h.stop()
}

// folder reads a folder as the files of a repository.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name()] = string(b)
	}
	return files
}

// images counts what the engine holds of one server's name.
func (h *home) images(slug string) int {
	h.t.Helper()
	found, err := h.engine.ImageList(h.t.Context(), image.ListOptions{})
	if err != nil {
		h.t.Fatalf("list the images: %v", err)
	}
	n := 0
	for _, i := range found {
		for _, tag := range i.RepoTags {
			if strings.Contains(tag, "/"+slug+":dep_") {
				n++
			}
		}
	}
	return n
}
