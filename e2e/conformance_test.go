//go:build conformance

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestConformanceOfTheFixtureAlone is the control: what the suites say of the
// server that the other tests put behind Moorage, without Moorage.
func TestConformanceOfTheFixtureAlone(t *testing.T) {
	fixture := buildEverything(t)
	for _, row := range []struct {
		suite suite
		flag  string
	}{
		{suite2025, "-stateless=false"},
		{suite2026, "-stateless=true"},
		{suiteStable, "-stateless=false"},
	} {
		t.Run(row.suite.String(), func(t *testing.T) {
			addr := freeAddress(t)
			launched(t, fixture, "-http", addr, row.flag)
			eventually(t, "the fixture listens", func() bool { return listens(addr) })
			row.suite.against(t, bearing(t, "http://"+addr+"/mcp", "nobody looks at it"))
		})
	}
}

func TestConformanceOfAStdioServer(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("everything", everything(t, `CMD ["/everything-server"]`))
	for _, s := range []suite{suite2025, suite2026, suiteStable} {
		t.Run(s.String(), func(t *testing.T) { s.against(t, bearing(t, h.endpoint("everything"), p.token)) })
	}
}

func TestConformanceOfAnHTTPServer(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("stateful", everything(t, "EXPOSE 8080", `CMD ["/everything-server", "-http", ":8080", "-stateless=false"]`))
	p.deployed("stateless", everything(t, "EXPOSE 8080", `CMD ["/everything-server", "-http", ":8080"]`))
	for _, row := range []struct {
		suite suite
		slug  string
	}{
		{suite2025, "stateful"},
		{suite2026, "stateless"},
		{suiteStable, "stateful"},
	} {
		t.Run(row.suite.String(), func(t *testing.T) { row.suite.against(t, bearing(t, h.endpoint(row.slug), p.token)) })
	}
}

// buildEverything builds the Go SDK's own fixture for the suites, of the version
// that go.mod names.
func buildEverything(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "everything-server")
	if err := goBuild(to, "github.com/modelcontextprotocol/go-sdk/conformance/everything-server"); err != nil {
		t.Fatal(err)
	}
	return to
}

// everything is a repository with the fixture in it, built FROM scratch.
func everything(t *testing.T, lines ...string) map[string]string {
	t.Helper()
	binary, err := os.ReadFile(buildEverything(t))
	if err != nil {
		t.Fatal(err)
	}
	return static("everything-server", binary, lines...)
}

// launched runs a program until the test ends.
func launched(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it may have ended
		cmd.Wait()         // with whatever status
	})
}

// The fixture with sessions speaks the legacy era alone: calls of the other one go
// over the bridge. It answers unknown methods with no message, names its questions
// by no key, and asks a legacy client once.
func TestConformanceOfTheBridge(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("stateful", everything(t, "EXPOSE 8080", `CMD ["/everything-server", "-http", ":8080", "-stateless=false"]`))
	over := suite2026
	over.beyond = []string{"server-stateless", "input-required-result-basic-elicitation", "input-required-result-multi-round"}
	over.against(t, bearing(t, h.endpoint("stateful"), p.token))
}
