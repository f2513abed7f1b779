package gateway

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// pull is events of a response, one at a time.
func pull(t *testing.T, resp *http.Response) (func() (told, bool), func()) {
	t.Helper()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	return iter.Pull(events(t, resp.Body))
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	must(t, json.Unmarshal([]byte(a), &x))
	must(t, json.Unmarshal([]byte(b), &y))
	one, _ := json.Marshal(x)
	two, _ := json.Marshal(y)
	return string(one) == string(two)
}

func TestLogMessagesComeToWhoAskedForThem(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	for level, want := range map[string][]string{"": nil, "debug": {"debug", "info", "error"}, "notice": {"error"}, "alert": nil} {
		q := tool("log", "", everything)
		if level != "" {
			q.meta = `"io.modelcontextprotocol/logLevel":"` + level + `"`
		}
		var got []string
		r := c.over(q)
		for _, m := range r.messages[:len(r.messages)-1] {
			var p struct{ Level string }
			must(t, json.Unmarshal(m.Params, &p))
			got = append(got, p.Level)
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %q: %v", level, got)
		}
		if level != "" && !strings.Contains(c.heard(), `"method":"logging/setLevel","params":{"level":"`+level+`"}`) {
			t.Errorf("the server was not told of %q", level)
		}
	}
	q := tool("log", "", everything)
	q.meta = `"io.modelcontextprotocol/logLevel":"loud"`
	c.over(q).refused(t, "a level that is none", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
}

func TestLogMessagesOfSeveralCallsComeToNobody(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.StreamAfter = time.Millisecond })
	c := d.client(ada, d.asker())
	const info = `"io.modelcontextprotocol/logLevel":"info"`
	waits, logs := tool("wait", "", everything), tool("log", "", everything)
	waits.meta, logs.meta = info, info
	resp := c.send(waits)
	if r := c.over(logs); len(r.messages) != 1 {
		t.Errorf("with two that have asked: %+v", r.messages)
	}
	resp.Body.Close()
	for !strings.Contains(c.heard(), methodCancelled) {
	}
	if r := c.over(logs); len(r.messages) != 3 {
		t.Errorf("with one: %+v", r.messages)
	}
}

func TestProgressHasTheTokenOfItsCall(t *testing.T) {
	d := newDock(t, nil)
	q := tool("progress", "", "")
	q.meta = `"progressToken":"theirs"`
	r := d.client(ada, d.asker()).over(q)
	if len(r.messages) != 2 || !strings.Contains(string(r.messages[0].Params), `"progressToken":"theirs"`) {
		t.Errorf("%+v", r.messages)
	}
}

func TestABridgedClientThatGoesHasCancelled(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.StreamAfter = time.Millisecond })
	c := d.client(ada, d.asker())
	for _, able := range []string{"", everything} {
		c.send(tool("wait", "", able)).Body.Close()
		for !strings.Contains(string(c.over(tool("heard", "", able)).last().Result), methodCancelled) {
		}
	}
}

func TestABridgedServerThatSaysNothingIsGivenUp(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	c.heard() // it has started
	patience := d.o.CallTimeout
	d.o.CallTimeout = 50 * time.Millisecond
	e := c.over(tool("wait", "", everything)).last().Error
	d.o.CallTimeout = patience
	if e == nil || e.Code != jsonrpc.CodeServerGone || !strings.Contains(e.Message, "did not answer within 50ms") {
		t.Errorf("%+v", e)
	}
	for !strings.Contains(c.heard(), methodCancelled) {
	}
}

// annotatedTools are tools of which one has a parameter in a header.
type annotatedTools struct{}

func (annotatedTools) Tools(context.Context, moorage.ServerID) ([]moorage.Offer, error) {
	object := `{"name":"ask","inputSchema":{"type":"object","properties":{"text":{"type":"string","x-mcp-header":"Text"}}}}`
	return []moorage.Offer{{Kind: moorage.OfferTool, Name: "ask", Object: json.RawMessage(object)}}, nil
}

func TestParametersInHeadersAgreeWithABridgedCall(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.Tools = annotatedTools{} })
	c := d.client(ada, d.asker())
	q := tool("ask", "roots/list", everything)
	c.over(q).refused(t, "without the header", http.StatusBadRequest, jsonrpc.CodeHeaderMismatch)
	c.header.Set("Mcp-Param-Text", "roots/list")
	o := c.over(q).outcome(t)
	if o.Type != "input_required" {
		t.Fatalf("with it: %+v", o)
	}
	c.header.Set("Mcp-Param-Text", "other")
	c.over(o.back(q)).refused(t, "another one when it comes back", http.StatusBadRequest, jsonrpc.CodeHeaderMismatch)
	c.header.Set("Mcp-Param-Text", "roots/list")
	if o := c.over(o.back(q)).outcome(t); o.Type != "complete" {
		t.Errorf("the right one when it comes back: %+v", o)
	}
	c.header.Set(headerName, "heard")
	c.over(q).refused(t, "another name", http.StatusBadRequest, jsonrpc.CodeHeaderMismatch)
}
