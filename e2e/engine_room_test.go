package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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

func TestAPushThatFailsIsRetriedWithoutABuild(t *testing.T) {
	address := freeAddress(t)
	h := start(t, "MOORAGE_REGISTRY="+address+"/moorage")
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(h.run("grind", "3", "0s"), `CMD ["/mill", "serve", "1"]`))

	failed := p.deploy("mill")
	p.settled("failed")
	p.seesIn("#deployment-head .trouble", "The registry "+address+" cannot be reached.")
	p.seesIn("#deployment-head .trouble", "The image is kept")
	p.shoot("deployment-failed-push")
	if h.images("mill") == 0 {
		t.Error("the image is not kept")
	}

	startRegistry(t, address)
	p.press("Retry")
	p.until("another deployment", "!location.pathname.endsWith("+quote(failed)+")")
	id := p.deploymentID()
	p.settled("live")
	p.logSays("nothing is cloned and nothing is built")
	p.logSays("Pushed sha256:")
	d := h.deployment(id)
	if !strings.HasPrefix(d.Image.Digest, "sha256:") {
		t.Errorf("the digest is %q", d.Image.Digest)
	}
	reference, _, _ := strings.Cut(strings.TrimPrefix(d.Image.Ref, address+"/"), ":")
	if status := (&home{t: t, url: "http://" + address}).status("/v2/" + reference + "/manifests/" + d.Image.Digest); status != 200 {
		t.Errorf("the registry answers %d for what was pushed as %s", status, d.Image.Ref)
	}
	if got := p.call("mill", "version"); !strings.Contains(got, "This is mill 1.") {
		t.Errorf("what was pushed answers: %s", got)
	}
}

// startRegistry runs a real registry that keeps what it gets until the test ends.
func startRegistry(t *testing.T, address string) {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: %q}\n", dir, address)
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("docker-registry", "serve", file)
	log := &journal{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start docker-registry: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("The log of the registry:\n%s", log)
		}
	})
	r := &home{t: t, url: "http://" + address}
	eventually(t, "the registry answers", func() bool { return r.status("/v2/") == 200 })
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
