package gateway

import (
	"net/http"
	"strings"
	"testing"

	"moorage"
	"moorage/runner/runnertest"
	"moorage/runtime"
)

// isolated is deploy with an isolation.
func (d *dock) isolated(image string, i moorage.Isolation) runtime.Spec {
	spec := runnertest.Spec(image, moorage.TransportStdio)
	spec.Instance, spec.Run.Isolation = "", i
	d.live.Set(spec)
	return spec
}

func TestWhoSharesAServerIsItsOwnersChoice(t *testing.T) {
	image := runnertest.Image(t, greeter)
	for isolation, want := range map[moorage.Isolation]int{
		// Two alike of ada's, one of ada's that can be asked, one of bob's; calls of the modern era of both.
		moorage.IsolationAuto: 1 + 1 + 1 + 2, moorage.IsolationSession: 4 + 2, moorage.IsolationShared: 1 + 1,
	} {
		t.Run("isolation "+string(isolation), func(t *testing.T) {
			d := newDock(t, nil)
			spec := d.isolated(image, isolation)
			for _, c := range []*client{
				d.client(ada, spec).hello(`{}`), d.client(ada, spec).hello(`{}`), d.client(ada, spec).hello(`{"roots":{}}`), d.client(bob, spec).hello(`{}`),
			} {
				c.greet("1", string(c.who))
			}
			for _, who := range []moorage.UserID{ada, bob, ada} {
				r := d.client(who, spec).modern(methodCallTool, "greet").post(modernCall("1", "greet", `{"name":"`+string(who)+`"}`))
				if r.status != http.StatusOK || !strings.Contains(string(r.last().Result), string(who)) {
					t.Errorf("%s: %d %+v", who, r.status, r.last())
				}
			}
			if n := d.running(); n != want {
				t.Errorf("%d containers run instead of %d", n, want)
			}
		})
	}
}

func TestASharedServerAnswersEveryVersionThatWasAskedFor(t *testing.T) {
	d := newDock(t, nil)
	spec := d.isolated(runnertest.Image(t, greeter), moorage.IsolationShared)
	for _, version := range []string{"2025-11-25", "2025-06-18", "2025-11-25"} {
		r := d.client(ada, spec).post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + version + `","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
		if !strings.Contains(string(r.last().Result), `"protocolVersion":"`+version+`"`) {
			t.Errorf("asked for %s: %s", version, r.last().Result)
		}
	}
}
