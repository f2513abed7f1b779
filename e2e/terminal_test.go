package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// terminal is what somebody has who works from a terminal, or a build server:
// where Moorage is, and a token.
func (h *home) terminal() []string {
	h.t.Helper()
	return []string{"MOORAGE_URL=" + h.url, "MOORAGE_TOKEN=" + h.token("--operator")}
}

// wants runs a command and compares its exit status and words of what it prints.
func (h *home) wants(env []string, exit int, out, said string, args ...string) (stdout string) {
	h.t.Helper()
	stdout, stderr, status := h.moorage(env, args...)
	if status != exit || !strings.Contains(stdout, out) || !strings.Contains(stderr, said) {
		h.t.Errorf("moorage %s: exit status %d, want %d, with %q and %q:\n%s\n%s", strings.Join(args, " "), status, exit, out, said, stdout, stderr)
	}
	return stdout
}

func TestFromNothingToACallWithoutABrowser(t *testing.T) {
	h := start(t)
	env := h.terminal()
	h.publish("mill", mill(`CMD ["/mill", "serve", "7"]`))
	h.wants(env, 0, "", "There are no servers yet.", "servers")
	h.wants(append(env, "MILL_KEY=hunter2222"), 0, "It answers. Its tools: ", "Live at "+h.url, "deploy", h.github.URL+"/octocat/mill", "--follow", "--secret", "MILL_KEY")
	table := h.wants(env, 0, "mill", "", "servers")
	if !regexp.MustCompile(`(?m)^mill +\S+ +live +3 `).MatchString(table) {
		t.Errorf("the table of servers:\n%s", table)
	}
	h.wants(env, 0, "Says what it is told.", "", "call", "mill")
	h.wants(env, 0, "ho ho!\n", "", "call", "mill", "echo", `{"text": "ho", "times": 2, "loudly": true}`)
	h.wants(env, 0, "The key has 10 characters.\n", "", "call", "mill", "key_length")
	h.wants(env, 0, `"text": "This is mill 7."`, "", "call", "mill", "version", "--json")
	h.wants(env, 1, "", "version", "call", "mill", "vresion")
	h.wants(env, 1, "", "text", "call", "mill", "echo", `{"text": 5}`)
	h.wants(env, 2, "", "a JSON object", "call", "mill", "echo", "ho")

	h.wants(env, 0, "", "Live at ", "deploy", "example:greeter", "--follow")
	h.wants(env, 1, "", "Something went wrong, as asked.", "call", "greeter", "fail")
}

func TestABuildThatFailsFailsTheCommand(t *testing.T) {
	h := start(t)
	env := h.terminal()
	h.publish("mill", mill("COPY millstone /", `CMD ["/mill"]`))
	h.wants(env, 1, "millstone", "not found", "deploy", "--follow", h.github.URL+"/octocat/mill")
}

func TestAnInterruptEndsTheWatchingOnly(t *testing.T) {
	h := start(t)
	env := h.terminal()
	h.publish("mill", mill(`CMD ["/mill", "mute"]`))
	watcher := exec.Command(moorageBinary, "deploy", "--follow", h.github.URL+"/octocat/mill")
	watcher.Env = h.environment(env...)
	watcher.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, said := &journal{}, &bytes.Buffer{}
	watcher.Stdout, watcher.Stderr = log, said
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is started", func() bool { return strings.Contains(log.String(), "About to mute for ever.") })
	if err := watcher.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	watcher.Wait() // its status is compared below
	id := regexp.MustCompile(`moorage cancel (dep_\w+)`).FindStringSubmatch(said.String())
	if watcher.ProcessState.ExitCode() != 130 || id == nil {
		t.Fatalf("%s: %s", watcher.ProcessState, said)
	}
	if s := h.deployment(id[1]).Status; s.Settled() {
		t.Errorf("the deployment is %s", s)
	}
	h.wants(env, 0, "", "cancelled", "cancel", id[1])
	h.wants(env, 1, "About to mute for ever.", "The deployment is cancelled.", "logs", id[1], "--follow")
}

func TestTheDoctorSaysWhatIsWrong(t *testing.T) {
	h := start(t)
	well := h.wants(nil, 0, "engine       Docker ", "", "doctor")
	for _, line := range []string{`ok +registry +No registry`, `ok +data folder `, `ok +disk .* free for data`, `ok +master key `, `ok +database +Both files are whole`, `ok +clock +The clock goes with that of the engine and GitHub`, `ok +git `} {
		if !regexp.MustCompile(`(?m)^` + line).MatchString(well) {
			t.Errorf("no line %q:\n%s", line, well)
		}
	}
	address := freeAddress(t)
	h.wants([]string{"MOORAGE_REGISTRY=" + address + "/team"}, 1, "The registry "+address+" cannot be reached.", "", "doctor")
	startRegistry(t, address)
	h.wants([]string{"MOORAGE_REGISTRY=" + address + "/team"}, 0, "The engine may sign in to "+address+"/team.", "", "doctor")
	h.wants([]string{"DOCKER_HOST=unix://" + filepath.Join(t.TempDir(), "gone.sock")}, 1, "Docker does not answer at ", "", "doctor")
	h.wants([]string{"MOORAGE_GITHUB_API_URL=http://" + freeAddress(t)}, 0, "GitHub cannot be reached", "", "doctor")
}

func TestATokenOfTheOperatorBeginsAMoorage(t *testing.T) {
	h := start(t)
	fresh := filepath.Join(t.TempDir(), "fresh")
	out, said, status := h.moorage([]string{"MOORAGE_DATA=" + fresh}, "token", "create", "--operator", "--name", "ci")
	if status != 0 || !regexp.MustCompile(`^moor_\w+\n$`).MatchString(out) || said != fmt.Sprintf("A new data folder was begun in %s.\n", fresh) {
		t.Fatalf("%d %q %q", status, out, said)
	}
	other := &home{t: t, engine: h.engine, github: h.github, data: fresh, log: &journal{}}
	t.Cleanup(other.tearDown)
	other.serve("127.0.0.1:0")
	env := []string{"MOORAGE_URL=" + other.url, "MOORAGE_TOKEN=" + strings.TrimSpace(out)}
	other.wants(env, 0, "", "Live at ", "deploy", "example:greeter", "--follow")
	h.wants(env, 0, "Hello, Ada.", "", "call", "greeter", "greet", `{"name":"Ada"}`)
	h.wants(append(env, "MOORAGE_URL="+h.url), 1, "", "does not know the token", "servers")
}
