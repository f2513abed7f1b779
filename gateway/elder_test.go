package gateway

import (
	"net/http"
	"strings"
	"testing"

	"moorage/jsonrpc"
)

func TestASessionWithAServerOfTheOldTransport(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deployElder()
	c := d.client(ada, spec).hello(`{}`)
	c.greet("1", "Ada")
	d.client(bob, spec).hello(`{}`).greet("1", "Bob")
	if tools := c.post(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`).last(); !strings.Contains(string(tools.Result), `"countdown"`) {
		t.Errorf("it lists %s %+v", tools.Result, tools.Error)
	}
	r := c.post(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"countdown","arguments":{"from":2},"_meta":{"progressToken":"p"}}}`)
	if len(r.messages) != 3 || !strings.Contains(string(r.messages[1].Params), `"progressToken":"p"`) || !strings.Contains(string(r.last().Result), "Liftoff.") {
		t.Errorf("progress %+v", r.messages)
	}

	resp := c.do(http.MethodPost, `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"countdown","arguments":{},"_meta":{"progressToken":"q"}}}`)
	var last told
	for e := range events(t, resp.Body) {
		if last = e; e.Method == "notifications/progress" {
			c.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}`)
		}
	}
	if last.Result != nil {
		t.Errorf("a cancelled call ended with %s", last.Result)
	}
	for !strings.Contains(string(d.runner.Output(t.Context(), spec.Server, ada)), "elder: cancelled") {
	}
	if n := d.running(); n != 1 {
		t.Errorf("%d containers run", n)
	}

	if a := c.post(call("5", "die", `{}`)).last(); string(a.ID) != "5" || a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone {
		t.Errorf("in the middle of a call it ended: %s %+v", a.Result, a.Error)
	}
	c.greet("6", "Ada")
	for d.running() > 1 { // the network of one that ended by itself has to wait
	}
}

func TestClientsOfTheModernEraReachAServerOfTheOldTransport(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.deployElder())
	q := request{method: methodCallTool, params: `"name":"countdown","arguments":{"from":2}`, meta: `"progressToken":"p"`}
	r := c.over(q)
	if o := r.outcome(t); o.Type != "complete" || len(r.messages) != 3 || !strings.Contains(string(r.messages[0].Params), `"progressToken":"p"`) {
		t.Errorf("%+v %+v", o, r.messages)
	}
	asks := request{method: methodCallTool, params: `"name":"ask","arguments":{}`, able: everything}
	o := c.over(asks).outcome(t)
	if o.asks() != "elicitation/create" {
		t.Fatalf("it asks %+v", o)
	}
	for key := range o.Requests {
		asks = asks.with(`"inputResponses":{"` + key + `":{"action":"accept","content":{"name":"Ada"}}},"requestState":"` + o.State + `"`)
	}
	if a := c.over(asks).last(); !strings.Contains(string(a.Result), "Hello, Ada.") {
		t.Errorf("answered %s %+v", a.Result, a.Error)
	}
	if n := d.running(); n != 1 {
		t.Errorf("%d containers run", n)
	}
}
