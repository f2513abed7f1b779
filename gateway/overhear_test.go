package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
	"moorage/runner/runnertest"
)

// counted is a channel of the calls of tools that were counted.
type counted chan moorage.Call

func (c counted) Ended(call moorage.Call) {
	if call.Method == methodCallTool {
		c <- call
	}
}
func (counted) Keeps(moorage.ServerID) bool { return false }

// dockOf is a dock whose callers are people with tokens, and what is counted.
func dockOf(t *testing.T) (*dock, counted) {
	calls := make(counted, 10)
	d := newDock(t, func(_ *Options, ro *runner.Options) { ro.Usage = calls })
	serve := d.web.Config.Handler
	d.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve.ServeHTTP(w, r.WithContext(moorage.WithActor(r.Context(), moorage.Actor{Means: moorage.MeansToken})))
	})
	return d, calls
}

func TestACallIsCountedOnceOnEveryWayThroughTheGateway(t *testing.T) {
	d, calls := dockOf(t)
	want := func(way, tool string, outcome moorage.Outcome) {
		t.Helper()
		c := <-calls
		if c.Tool != tool || c.Outcome != outcome || c.User != ada || c.In == 0 || c.Out == 0 || len(calls) != 0 {
			t.Errorf("%s: %+v, and %d more", way, c, len(calls))
		}
	}
	stdio, web := d.deploy(runnertest.Image(t, greeter)), d.deployHTTP(runnertest.Image(t, greeter))
	d.client(ada, stdio).hello(`{}`).greet("1", "Ada")
	want("sessions over stdio", "greet", moorage.OutcomeOK)
	d.client(ada, web).hello(`{}`).greet("1", "Ada")
	want("sessions over HTTP", "greet", moorage.OutcomeOK)
	d.client(ada, stdio).modern(methodCallTool, "greet").post(modernCall("1", "greet", `{"name":"Ada"}`))
	want("the modern era over stdio", "greet", moorage.OutcomeOK)
	d.client(ada, web).modern(methodCallTool, "greet").post(modernCall("1", "greet", `{"name":"Ada"}`))
	want("the bridge over HTTP", "greet", moorage.OutcomeOK)
	mirror := d.deployHTTP(runnertest.Image(t, odd))
	d.client(ada, mirror).modern(methodCallTool, "mirror").post(modernCall("1", "mirror", `{}`))
	want("the proxy", "mirror", moorage.OutcomeOK)
	d.client(ada, d.asker()).over(tool("heard", "", "")).outcome(t)
	want("the bridge", "heard", moorage.OutcomeOK)
}

func TestWhatTheProxyPassesOnIsHeard(t *testing.T) {
	for name, tt := range map[string]struct {
		kind   string
		chunks []string
		want   string // the result; "": none
	}{
		"a document in pieces":    {"application/json", []string{`{"jsonrpc":"2.0","id":1,`, `"result":{"a":1}}`}, `{"a":1}`},
		"events":                  {"text/event-stream", []string{"id: 1\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\ndata: {\"jsonrpc\":\"2.0\",", "\"id\":1,\"result\":{\"b\":2}}\n\n"}, `{"b":2}`},
		"events with CRLF":        {"text/event-stream; charset=utf-8", []string{": beat\r\n\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"c\":3}}\r\n\r\n"}, `{"c":3}`},
		"events by the byte":      {"text/event-stream", strings.Split("data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"d\":4}}\n\ndata: after", ""), `{"d":4}`},
		"an event without answer": {"text/event-stream", []string{"data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n"}, ""},
		"no message":              {"text/html", []string{"<html>"}, ""},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", tt.kind)
		o := &overhearing{ResponseWriter: w}
		said := ""
		for _, chunk := range tt.chunks {
			o.Write([]byte(chunk))
			said += chunk
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		answer := o.end(r, jsonrpc.Message{ID: []byte("1")})
		if w.Body.String() != said || string(answer.Result) != tt.want || tt.want == "" && answer.Err == nil {
			t.Errorf("%s: passed on %q, heard %s %s", name, w.Body, answer.Result, answer.Err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(gone, http.MethodPost, "/", nil)
	if answer := (&overhearing{ResponseWriter: httptest.NewRecorder()}).end(r, jsonrpc.Message{ID: []byte("1")}); answer != nil {
		t.Errorf("a client that has gone waits for %+v", answer)
	}
}
