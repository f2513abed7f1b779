package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// faults are what a wreck does in the middle of a call, and whether the call is
// answered all the same.
var faults = []struct {
	name     string
	survives bool
}{
	{"100 MB without a newline", true},
	{"NUL", true},
	{"half a frame", true},
	{"answers twice", true},
	{"answers others", true},
	{"asks unasked", true},
	{"sinks within a frame", false},
	{"sinks", false},
}

func TestWhateverAServerDoesItsCallersAreAnsweredAndTheNextCallWorks(t *testing.T) {
	h := start(t, "MOORAGE_IDLE_TIMEOUT=2s")
	p := program{t, h, h.token()}
	// A client without capabilities shares a server with others of its person;
	// one that can be asked has its own. Each kind has a wreck: one that ends too
	// often by itself is left alone for longer and longer.
	kinds := map[string]string{"shared": `{}`, "own": `{"roots":{},"sampling":{}}`}
	wreck := wreckBinary(t)
	for kind := range kinds {
		p.deployed(kind, static("wreck", wreck, `CMD ["/wreck"]`))
	}
	client := &http.Client{Transport: &http.Transport{}}
	before := h.settledMeasures()
	for kind, capabilities := range kinds {
		d := &dialogue{http: client, endpoint: h.endpoint(kind), token: p.token}
		if err := d.hello(t.Context(), capabilities); err != nil {
			t.Fatalf("%s: hello: %v", kind, err)
		}
		for _, fault := range faults {
			d.suffers(t, kind, fault.name, fault.survives)
		}
		d.isKilled(t, h, kind)
		d.isLeftWaiting(t, kind)
		if err := d.bye(t.Context()); err != nil {
			t.Errorf("%s: bye: %v", kind, err)
		}
	}
	client.CloseIdleConnections()
	h.nothingRuns()
	h.backTo(before)
}

// suffers has the server do a fault, and wants an answer: the right one, or an
// error when nobody is left to give it.
func (d *dialogue) suffers(t *testing.T, kind, fault string, survives bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text := kind + " " + fault
	answer, err := d.call(ctx, "sail", fmt.Sprintf(`{"fault":%q,"text":%q}`, fault, text))
	switch {
	case err != nil:
		t.Errorf("%s: %s: %v", kind, fault, err)
	case survives && answer.text() != text:
		t.Errorf("%s: %s: the call is answered with %q %+v", kind, fault, answer.text(), answer.Error)
	case !survives && answer.Error == nil:
		t.Errorf("%s: %s: the call of a server that has gone is answered with %q", kind, fault, answer.text())
	}
	d.sails(t, kind+", after "+fault)
}

// sails makes a call that nothing is wrong with.
func (d *dialogue) sails(t *testing.T, when string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := d.call(ctx, "sail", fmt.Sprintf(`{"text":%q}`, when))
	if err != nil || answer.text() != when {
		t.Errorf("%s: the next call is answered with %q %+v %v", when, answer.text(), answer.Error, err)
	}
}

// isKilled ends the container while a call waits in it.
func (d *dialogue) isKilled(t *testing.T, h *home, kind string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := d.begin(ctx, "sail", `{"fault":"drifts"}`)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	defer res.Body.Close()
	var answer said
	err = d.read(res, func(s said) bool {
		if s.Method == "notifications/progress" {
			if err := h.engine.ContainerKill(ctx, s.Params.Message, "KILL"); err != nil {
				t.Errorf("kill the container %q: %v", s.Params.Message, err)
			}
			return true
		}
		answer = s
		return false
	})
	if err != nil || answer.Error == nil {
		t.Errorf("%s: a call in a container that is killed is answered with %q %v", kind, answer.text(), err)
	}
	d.sails(t, kind+", after the container was killed")
}

// isLeftWaiting goes away from a server that says nothing. The gateway waits
// longer; how it ends that is a test of its own room.
func (d *dialogue) isLeftWaiting(t *testing.T, kind string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if answer, err := d.call(ctx, "sail", `{"fault":"drifts"}`); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: a server that says nothing is heard: %q %v", kind, answer.text(), err)
	}
	d.sails(t, kind+", after a call without an answer")
}

func wreckBinary(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wreck")
	if err := goBuild(path, "moorage/e2e/testdata/wreck"); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}
