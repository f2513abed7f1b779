//go:build conformance

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"gopkg.in/yaml.v3"
)

// fromNPM is the folder that scripts/conformance.sh fills by its lock file.
const fromNPM = "../conformance"

// suite is one of the official ones, and how many scenarios of it count: an
// update that counts others is then noticed.
type suite struct {
	module   string // of @modelcontextprotocol
	revision string // of the protocol; "": what the suite calls active
	scores   int
	beyond   []string // scenarios that what is asked cannot pass: the server behind, or an endpoint that does not offer such a thing
}

var (
	suite2025   = suite{"conformance", "2025-11-25", 30, nil}
	suite2026   = suite{"conformance", "2026-07-28", 37, nil}
	suiteStable = suite{"conformance-stable", "", 30, nil}
	suiteLogin  = suite{"conformance", "", 2, nil}
)

func (s suite) String() string { return strings.TrimSpace(s.module + " " + s.revision) }

func (s suite) folder() string {
	return filepath.Join(fromNPM, "node_modules/@modelcontextprotocol", s.module)
}

// check is one thing that a scenario has looked at.
type check struct {
	ID, Status, Description, ErrorMessage string
}

// verdict is what came of a scenario. It passes when one of its checks does and
// none fails.
type verdict struct {
	scenario string
	scored   bool
	passed   int
	faults   []string
}

func (v verdict) ok() bool { return v.passed > 0 && len(v.faults) == 0 }

// against runs the suite against an endpoint, prints a line for each scenario,
// and wants each that counts to pass.
func (s suite) against(t *testing.T, endpoint string) {
	t.Helper()
	out := t.TempDir()
	args := []string{filepath.Join(s.folder(), "dist/index.js"), "server", "--url", endpoint, "--output-dir", out}
	if s.revision != "" {
		args = append(args, "--requirements", s.revision)
	}
	said, failed := node(t, 10*time.Minute, nil, args...)
	s.judge(t, s.verdicts(t, out), said, failed)
}

// judge prints what came of a run, and wants each scenario that counts to pass.
func (s suite) judge(t *testing.T, verdicts []verdict, said string, failed error) {
	t.Helper()
	t.Log(table(s, verdicts))
	counted := 0
	for _, v := range verdicts {
		if v.scored {
			counted++
		}
		if v.scored && !v.ok() && !slices.Contains(s.beyond, v.scenario) {
			t.Errorf("%s: %s fails; %d of its checks pass:\n\t%s", s, v.scenario, v.passed, strings.Join(v.faults, "\n\t"))
		}
	}
	if counted != s.scores {
		t.Errorf("%s counts %d scenarios, not %d", s, counted, s.scores)
	}
	if failed != nil && s.beyond == nil && !t.Failed() {
		t.Errorf("%s: every scenario passes, and yet it ends with %v:\n%s", s, failed, said)
	}
}

// of is the folder that a scenario leaves: its name is in between.
var of = regexp.MustCompile(`^(?:authorization-)?server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$`)

// verdicts reads what the suite has written, in the order of the suite where it
// has one.
func (s suite) verdicts(t *testing.T, out string) []verdict {
	t.Helper()
	ran := map[string]verdict{}
	found, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range found {
		if m := of.FindStringSubmatch(folder.Name()); m != nil {
			ran[m[1]] = s.verdict(t, m[1], filepath.Join(out, folder.Name(), "checks.json"))
		}
	}
	var all []verdict
	for _, name := range s.required(t, ran) {
		v, ok := ran[name]
		if !ok {
			v = verdict{scenario: name, faults: []string{"it was not run"}}
		}
		v.scored = true
		all = append(all, v)
		delete(ran, name)
	}
	rest := len(all)
	for _, v := range ran {
		all = append(all, v)
	}
	slices.SortFunc(all[rest:], func(a, b verdict) int { return strings.Compare(a.scenario, b.scenario) })
	return all
}

func (s suite) verdict(t *testing.T, scenario, file string) verdict {
	t.Helper()
	v := verdict{scenario: scenario}
	var checks []check
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) { // the scenario broke off
		v.faults = append(v.faults, "it has no result")
		return v
	}
	if err == nil {
		err = json.Unmarshal(text, &checks)
	}
	if err != nil {
		t.Fatalf("read the result of %s: %v", scenario, err)
	}
	for _, c := range checks {
		switch c.Status {
		case "SUCCESS":
			v.passed++
		case "FAILURE":
			v.faults = append(v.faults, fmt.Sprintf("%s: %s (%s)", c.ID, c.ErrorMessage, c.Description))
		}
	}
	return v
}

// required are the scenarios that count. The suite says which: in a list for a
// revision, and otherwise by running those alone.
func (s suite) required(t *testing.T, ran map[string]verdict) []string {
	t.Helper()
	var list struct{ Server []string }
	if s.revision == "" {
		for name := range ran {
			list.Server = append(list.Server, name)
		}
		slices.Sort(list.Server)
		return list.Server
	}
	text, err := os.ReadFile(filepath.Join(s.folder(), "requirements", s.revision+".yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatalf("read what %s requires: %v", s, err)
	}
	return list.Server
}

func table(s suite, verdicts []verdict) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", s)
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		mark, counts := "pass", "scored"
		if len(v.faults) > 0 {
			mark = "FAIL"
		} else if v.passed == 0 {
			mark = "none"
		}
		if !v.scored {
			counts = "not scored"
		}
		fmt.Fprintf(w, "  %s\t%s\t%d passed\t%d failed\t%s\n", mark, v.scenario, v.passed, len(v.faults), counts)
	}
	w.Flush()
	return text.String()
}

// node runs a script with the pinned Node.js and nothing of this process's
// environment, and returns what it printed to standard output.
func node(t *testing.T, limit time.Duration, env []string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := nodeCommand(ctx, t, env, args...)
	var trouble journal
	cmd.Stderr = &trouble
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, trouble.String())
	}
	return string(out), err
}

func nodeCommand(ctx context.Context, t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, nodeBinary(t), args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NO_COLOR=1"}, env...)
	return cmd
}

func nodeBinary(t *testing.T) string {
	t.Helper()
	arch, ok := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	path, err := filepath.Abs(filepath.Join(fromNPM, "node_modules/node-linux-"+arch+"/bin/node"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if !ok || err != nil {
		t.Fatalf("The pinned Node.js is not there: run make conformance. (%v)", err)
	}
	return path
}
