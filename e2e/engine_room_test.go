package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"moorage"
)

func TestCancelEndsTheProcessOfTheBuild(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	word := h.word()
	h.publish("mill", mill(h.run("hang"), `CMD ["/mill", "serve", "1"]`))

	p.deploy("mill")
	p.logSays("About to hang for ever.")
	if !runsOnThisMachine(t, word) {
		t.Fatal("the process of the build is not to be seen: the engine is on another machine")
	}
	p.press("Cancel")
	eventually(t, "the process of the build is gone", func() bool { return !runsOnThisMachine(t, word) })
	p.settled("cancelled")
	p.logSays("Cancelled.")
	p.shoot("deployment-cancelled")

	h.github.Commit("octocat", "mill", "main", "Do not hang", map[string]string{"Dockerfile": mill(`CMD ["/mill", "serve", "2"]`)["Dockerfile"]})
	p.open("/servers/mill")
	p.press("Deploy again")
	p.settled("live")
	h.nothingRuns()
}

// runsOnThisMachine reports whether a process was started with a word: what
// BuildKit runs is no container that the engine would list.
func runsOnThisMachine(t *testing.T, word string) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		line, err := os.ReadFile(f)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
		if bytes.HasPrefix(line, []byte("/mill\x00")) && bytes.Contains(line, []byte(word)) {
			return true
		}
	}
	return false
}

func TestRollbackAnswersWithTheEarlierImage(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(h.run("grind", "3", "0s"), `CMD ["/mill", "serve", "1"]`))
	first := p.deploy("mill")
	p.settled("live")
	p.again(h, "mill", map[string]string{"Dockerfile": mill(`CMD ["/mill", "serve", "2"]`)["Dockerfile"]})
	p.settled("live")
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 2.") {
		t.Errorf("after the second deployment: %s", got)
	}
	p.open("/servers/mill/deployments")
	p.shoot("server-deployments")

	p.open("/deployments/" + first)
	p.settled("retired")
	p.press("Roll back to this")
	p.until("another deployment", "!location.pathname.endsWith("+quote(first)+")")
	id := p.deploymentID()
	p.settled("live")
	p.logSays("nothing is cloned and nothing is built")
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 1.") {
		t.Errorf("after the rollback: %s", got)
	}
	if a, b := h.deployment(first).Image.ID, h.deployment(id).Image.ID; a != b || a == "" {
		t.Errorf("the image of the rollback is %q, not %q", b, a)
	}
}

func TestTheLatestQueuedCommitWins(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(h.run("hang"), `CMD ["/mill", "serve", "1"]`))
	running := p.deploy("mill")
	p.logSays("About to hang for ever.")
	older := p.again(h, "mill", map[string]string{"Dockerfile": mill(`CMD ["/mill", "serve", "2"]`)["Dockerfile"]})
	p.seesIn("#deployment-head", "Queued")
	p.shoot("deployment-queued")
	newest := p.again(h, "mill", map[string]string{"Dockerfile": mill(`CMD ["/mill", "serve", "3"]`)["Dockerfile"]})
	p.open("/deployments/" + running)
	p.press("Cancel")
	p.settled("cancelled")
	p.open("/deployments/" + newest)
	p.settled("live")
	if s := h.deployment(older).Status; s != moorage.StatusSuperseded {
		t.Errorf("the older one is %s", s)
	}
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 3.") {
		t.Errorf("what answers: %s", got)
	}
}
