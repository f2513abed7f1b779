package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"moorage"
)

func TestASecondProcessOnTheSameDataIsToldWhoHoldsIt(t *testing.T) {
	h := start(t)
	_, stderr, status := h.moorage([]string{"MOORAGE_ADDR=127.0.0.1:0"}, "serve")
	if holder := fmt.Sprintf("process %d", h.cmd.Process.Pid); status != 75 || !strings.Contains(stderr, holder) || !strings.Contains(stderr, h.data) {
		t.Errorf("exit status %d, saying %q", status, stderr)
	}
	if h.status("/healthz") != http.StatusOK {
		t.Error("the first one was disturbed")
	}
}

func TestASetupLinkIsMadeBesideARunningProcess(t *testing.T) {
	h := start(t)
	out, stderr, status := h.moorage([]string{"MOORAGE_URL=" + h.url}, "setup-link")
	link := strings.TrimSpace(out)
	if status != 0 || !strings.HasPrefix(link, h.url+"/setup?code=") || link == h.link {
		t.Fatalf("exit status %d, printing %q and saying %q", status, out, stderr)
	}
	p := openBrowser(t, h).tab()
	p.open(link)
	p.press("Become the operator")
	p.sees("You are the operator")

	q := p.stranger()
	q.allow(401, 403, 404, 410, 422)
	q.open(link)
	q.sees("link") // it says what is wrong with it
	if q.is(`document.body.innerText.includes("You are the operator")`) {
		t.Error("a link makes two operators")
	}
	q.shoot("setup-link-used")
}

func TestEveryFaultOfTheConfigurationIsSaidAtOnce(t *testing.T) {
	h := start(t)
	_, stderr, status := h.moorage([]string{
		"MOORAGE_DATA=" + t.TempDir(), "MOORAGE_ADDR=nonsense", "MOORAGE_BUILD_CONCURRENCY=0", "MOORAGE_IDLE_TIMEOUT=soon",
		"MOORAGE_REGISTRY_USER=ada", "MOORAGE_GITHUB_CLIENT_ID=abc", "MOORAGE_ADMINS=-",
	}, "serve")
	if status != 1 {
		t.Errorf("exit status %d", status)
	}
	for _, name := range []string{"MOORAGE_ADDR", "MOORAGE_BUILD_CONCURRENCY", "MOORAGE_IDLE_TIMEOUT", "MOORAGE_REGISTRY_USER", "MOORAGE_GITHUB_CLIENT_SECRET", "MOORAGE_ADMINS"} {
		if !strings.Contains(stderr, name) {
			t.Errorf("nothing is said about %s: %s", name, stderr)
		}
	}
}

func TestASignalStopsGracefullyInTheMiddleOfABuild(t *testing.T) {
	h := start(t)
	b := openBrowser(t, h)
	p := b.arrive(h)
	h.publish("mill", mill(h.run("hang"), `CMD ["/mill", "serve", "1"]`))
	id := p.deploy("mill")
	p.logSays("About to hang for ever.")
	res, err := http.Get(h.url + "/login") // a connection that is kept
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	p.open("about:blank")

	h.stop()
	eventually(t, "the process of the build is gone", func() bool { return !runsOnThisMachine(t, h.word()) })
	h.restart()
	p.open("/deployments/" + id)
	p.settled("failed")
	p.seesIn("#deployment-head .trouble", "Moorage restarted while this deployment was building.")
	p.shoot("deployment-restarted")

	p.open("/deployments")
	p.until("it is tried again", `document.querySelectorAll("#main a[href^='/deployments/dep_']").length > 1`)
	p.shoot("deployments")
	again := look[string](p, `[...document.querySelectorAll("#main a[href^='/deployments/dep_']")].map((a) => a.pathname).find((path) => !path.endsWith(`+quote(id)+`))`)
	p.open(again)
	p.logSays("About to hang for ever.")
	p.press("Cancel")
	p.settled("cancelled")
	if d := h.deployment(strings.TrimPrefix(again, "/deployments/")); d.Trigger != moorage.TriggerRecovery {
		t.Errorf("it was tried again as %s", d.Trigger)
	}
}
