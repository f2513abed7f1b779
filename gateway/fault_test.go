package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

func TestWhateverAServerDoesTheCallerIsAnsweredAndTheNextCallWorks(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, odd))
	own, shared := d.client(ada, spec).hello(`{"roots":{}}`), d.client(ada, spec).hello(`{}`)
	for fault, works := range map[string]bool{
		"exit": false, "endless": true, "nul": true, "half": true, "twice": true, "others": true, "unasked": true, "silent": false, "slow": true,
	} {
		for kind, c := range map[string]*client{"own": own, "shared": shared} {
			patience := d.o.CallTimeout
			if fault == "silent" {
				d.o.CallTimeout = 300 * time.Millisecond
			}
			r := c.post(call(`"`+fault+`"`, fault, `{"text":"mine"}`))
			d.o.CallTimeout = patience
			a := r.last()
			switch {
			case string(a.ID) != `"`+fault+`"`:
				t.Errorf("%s, %s: answered as %s", fault, kind, a.ID)
			case works && !strings.Contains(string(a.Result), `"mine"`):
				t.Errorf("%s, %s: %s %+v", fault, kind, a.Result, a.Error)
			case !works && (a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone):
				t.Errorf("%s, %s: %s %+v", fault, kind, a.Result, a.Error)
			}
			if r := c.post(call("2", "echo", `{"text":"next"}`)); r.status != http.StatusOK || !strings.Contains(string(r.last().Result), `"next"`) {
				t.Errorf("after %s, %s: %d %s %+v", fault, kind, r.status, r.last().Result, r.last().Error)
			}
		}
	}
}

func TestACancelledCallEndsItsStream(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.deploy(runnertest.Image(t, greeter))).hello(`{}`)
	done := make(chan reply)
	resp := c.do(http.MethodPost, `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"countdown","arguments":{"from":100,"pause":1000},"_meta":{"progressToken":"p"}}}`)
	go func() {
		var r reply
		for e := range events(t, resp.Body) {
			if r.messages = append(r.messages, e); len(r.messages) == 1 {
				c.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`)
			}
		}
		done <- r
	}()
	if a := (<-done).last(); a.Result != nil {
		t.Errorf("a cancelled call ended with %s", a.Result)
	}
	c.greet("5", "Ada")
}
