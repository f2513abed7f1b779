package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
	"moorage/runner/runnertest"
)

func TestAServerThatSpeaksHTTPAnswersInItsEra(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deployHTTP(runnertest.Image(t, greeter))
	for _, capabilities := range []string{`{}`, `{"roots":{}}`} {
		d.client(ada, spec).hello(capabilities).greet("1", "Ada")
	}
	// It speaks the legacy era alone, and says so itself: calls of the other go over the bridge.
	q := request{method: methodCallTool, params: `"name":"countdown","arguments":{"from":2,"pause":20}`, meta: `"progressToken":"p"`}
	r := d.client(ada, spec).over(q)
	if o := r.outcome(t); o.Type != "complete" || len(r.messages) != 3 || !strings.Contains(string(r.messages[0].Params), `"progressToken":"p"`) {
		t.Errorf("%+v %+v", o, r.messages)
	}
	if n := d.running(); n != 1 {
		t.Errorf("%d containers run", n)
	}
}

func TestATokenForSomeToolsSeesNoOthersOfAnHTTPServer(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deployHTTP(runnertest.Image(t, odd))
	d.scope = moorage.Scope{"it/echo"}
	list := d.client(ada, spec).modern(methodListTools, "").post(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + modernMeta + `}}`)
	if e := list.last().Error; e == nil || e.Code != jsonrpc.CodeServerGone {
		t.Errorf("a list that cannot be read reaches a token of one tool: %s", list.last().Result)
	}
}

func TestAServerGetsTheProtocolAndNothingOfTheCaller(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deployHTTP(runnertest.Image(t, odd))
	c := d.client(ada, spec).modern(methodCallTool, "mirror")
	for name, value := range map[string]string{
		"Cookie": "sid=secret", "Origin": d.o.Origin, "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "Mcp-Session-Id": "mine",
		"Mcp-Param-Region": "eu", "X-Api-Key": "secret",
	} {
		c.header.Set(name, value)
	}
	body := `{ "unknown":1, "jsonrpc":"2.0", "id":1,` + "\n" + `"method":"tools/call", "params":{"name":"mirror","arguments":{},` + modernMeta + `}}`
	r := c.post(body)
	var got struct {
		Headers http.Header
		Body    json.RawMessage
	}
	must(t, json.Unmarshal(r.last().Result, &got))
	names := []string{}
	for name := range got.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Accept", "Content-Length", "Content-Type", "Mcp-Method", "Mcp-Name", "Mcp-Param-Region", "Mcp-Protocol-Version", "User-Agent"}
	if !slices.Equal(names, want) {
		t.Errorf("headers %v", got.Headers)
	}
	m, err := jsonrpc.Parse([]byte(body))
	must(t, err)
	if string(got.Body) != string(m.Bytes()) {
		t.Errorf("body %s", got.Body)
	}
	for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin"} {
		if r.header.Get(name) != "" {
			t.Errorf("the client gets %s of the server", name)
		}
	}
}

func TestAServerDoesNotSendItsCallersElsewhere(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.deployHTTP(runnertest.Image(t, odd))).modern(methodCallTool, "away")
	if r := c.post(modernCall("1", "away", "{}")); r.status != http.StatusBadGateway || r.last().Error.Code != jsonrpc.CodeServerGone || r.header.Get("Location") != "" {
		t.Errorf("%d %+v", r.status, r.last().Error)
	}
}

func TestAnHTTPServerThatIdlesIsStartedByTheNextCall(t *testing.T) {
	d := newDock(t, func(_ *Options, r *runner.Options) { r.IdleTimeout = 20 * time.Millisecond })
	spec := d.deployHTTP(runnertest.Image(t, odd))
	for range 2 {
		r := d.client(ada, spec).modern(methodCallTool, "mirror").post(modernCall("1", "mirror", "{}"))
		if r.status != http.StatusOK || r.last().Result == nil {
			t.Fatalf("%d %+v", r.status, r.last())
		}
		for d.running() > 0 { // until it has idled out
		}
	}
}
