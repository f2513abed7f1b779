package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"moorage"
)

func TestASourceWithNothingToBuildFailsAtPlanning(t *testing.T) {
	r := newSourceRig(t, fstest.MapFS{"README.md": {Data: []byte("# Notes\n")}, "notes/today.txt": {Data: []byte("Rain.\n")}})
	r.configure(moorage.Config{})
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if at := r.failedAt(d.ID); at != "Plan" {
		t.Errorf("it failed at %q", at)
	}
	for _, name := range []string{"moorage.yaml", "smithery.yaml", "Dockerfile", "package.json", "pyproject.toml", "requirements.txt", "go.mod"} {
		if !strings.Contains(d.Error, name) {
			t.Errorf("it does not say that it looked for %s: %s", name, d.Error)
		}
	}
	if !strings.Contains(d.ErrorNext, "add a Dockerfile") {
		t.Errorf("what to do next is %q", d.ErrorNext)
	}
	if !strings.Contains(r.text(d.ID), d.Error) {
		t.Errorf("the log says:\n%s", r.text(d.ID))
	}
}

func TestARealServerThatMisbehavesFailsAtItsProbe(t *testing.T) {
	for how, c := range map[string]struct{ says, next string }{
		"crash":            {"The server ended with code 3. Its last words: about to crash", ""},
		"say nothing":      {"The server started, and never answered initialize.", "change the transport"},
		"answer garbage":   {"The server answered with something that is not MCP.", "logs belong on standard error"},
		"listen elsewhere": {"Nothing listens on port 8000 of the server, but something does on port 3000.", "Set the port 3000"},
	} {
		t.Run(how, func(t *testing.T) {
			r := newEngineRig(t, fmt.Sprintf("FROM scratch\nCOPY --chmod=755 server /server\nENTRYPOINT [\"/server\", \"misbehave\", %q]\n", how))
			r.pipeline.Deadlines.Probe = 3 * time.Second
			if how == "listen elsewhere" {
				r.configure(overHTTP())
			}
			r.run()
			d := r.deploy()
			r.wants(d, moorage.StatusFailed)
			if at := r.failedAt(d.ID); at != "Probe" {
				t.Errorf("it failed at %q", at)
			}
			if d.Error != c.says || !strings.Contains(d.ErrorNext, c.next) || d.ErrorNext == "" {
				t.Errorf("it says %q, %q", d.Error, d.ErrorNext)
			}
			if text := r.text(d.ID); !strings.Contains(text, "about to "+how+"\n") {
				t.Errorf("its own words are not in the log:\n%s", text)
			}
			r.stepsEnded(d.ID)
			left, err := r.pipeline.Runtime.List(r.ctx)
			must(t, err)
			if len(left) > 0 {
				t.Errorf("left in the engine: %v", left)
			}
		})
	}
}

// failedAt returns the name of the last step, if it failed.
func (r *rig) failedAt(id moorage.DeploymentID) string {
	r.t.Helper()
	steps, err := r.db.Steps(r.ctx, id)
	must(r.t, err)
	if last := steps[len(steps)-1]; last.Status == moorage.StepFailed {
		return last.Name
	}
	return ""
}
