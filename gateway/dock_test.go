package gateway

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/runner"
	"moorage/runner/runnertest"
	"moorage/runtime"
	"moorage/runtime/docker"
)

// Programs of the tests, compiled once.
var (
	greeter = runnertest.Program("../examples/greeter")
	odd     = runnertest.Program("./testdata/odd")
	asker   = runnertest.Program("./testdata/asker")
	elder   = runnertest.Program("../runner/testdata/elder")
)

const (
	ada = moorage.UserID("usr_ada")
	bob = moorage.UserID("usr_bob")
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dock is a gateway over a runner on the tests' engine, and the HTTP server of both.
type dock struct {
	*Gateway
	t      *testing.T
	runner *runner.Runner
	engine *docker.Docker
	live   *runnertest.Live
	web    *httptest.Server
	scope  moorage.Scope
	held   moorage.Holding
}

func newDock(t *testing.T, change func(*Options, *runner.Options)) *dock {
	t.Helper()
	d := &dock{t: t, engine: runnertest.Engine(t, rand.Text()), live: &runnertest.Live{}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	ro := runner.Options{Runtime: d.engine, Configured: d.live, Instances: &runnertest.Rows{}, Logger: log, Now: time.Now}
	o := Options{Tools: noTools{}, Logger: log, Now: time.Now}
	if change != nil {
		change(&o, &ro)
	}
	d.runner = runner.New(t.Context(), ro)
	o.Runner = d.runner
	d.web = httptest.NewUnstartedServer(nil)
	o.Origin = "http://" + d.web.Listener.Addr().String()
	d.Gateway = New(t.Context(), o)
	d.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := moorage.UserID(r.Header.Get("Authorization"))
		server := moorage.Server{ID: moorage.ServerID(strings.TrimPrefix(r.URL.Path, "/")), Slug: "it"}
		if live, _, err := d.live.LiveSpec(r.Context(), server.ID); err == nil {
			server.LiveDeploymentID = live.Deployment
		}
		d.Serve(w, r, Call{
			Caller: moorage.Caller{User: moorage.User{ID: who}, Token: r.Header.Get("X-Token"), Scope: d.scope}, Server: server, Held: d.held,
		})
	})
	d.web.Start()
	t.Cleanup(d.close)
	return d
}

// close ends everything and looks for what is left.
func (d *dock) close() {
	ctx := context.WithoutCancel(d.t.Context())
	d.web.CloseClientConnections()
	must(d.t, d.Close(ctx))
	must(d.t, d.runner.Shutdown(ctx))
	d.web.Close()
	if left, err := d.engine.List(ctx); err != nil || len(left) > 0 {
		d.t.Errorf("containers are left: %v, %v", left, err)
	}
	if len(d.Gateway.held) > 0 {
		d.t.Errorf("places are held: %v", d.Gateway.held)
	}
}

type noTools struct{}

func (noTools) Tools(context.Context, moorage.ServerID) ([]moorage.Offer, error) { return nil, nil }

// deploy makes a program the live deployment of a new server.
func (d *dock) deploy(image string, command ...string) runtime.Spec {
	spec := runnertest.Spec(image, moorage.TransportStdio, command...)
	spec.Instance = ""
	d.live.Set(spec)
	return spec
}

// deployHTTP is deploy of a program that speaks HTTP.
func (d *dock) deployHTTP(image string) runtime.Spec {
	spec := runnertest.Spec(image, moorage.TransportHTTP, "-http")
	spec.Instance = ""
	d.live.Set(spec)
	return spec
}

// deployElder makes a server that speaks the old HTTP+SSE the live deployment of a
// new one.
func (d *dock) deployElder() runtime.Spec {
	spec := runnertest.Spec(runnertest.Image(d.t, elder), moorage.TransportSSE, "/sse")
	spec.Instance = ""
	d.live.Set(spec)
	return spec
}

// running counts the containers that run.
func (d *dock) running() int {
	d.t.Helper()
	listed, err := d.engine.List(d.t.Context())
	must(d.t, err)
	return len(listed)
}

// client is an MCP client, as far as HTTP goes.
type client struct {
	d       *dock
	who     moorage.UserID
	server  moorage.ServerID
	session string
	header  http.Header // more of it
}

func (d *dock) client(who moorage.UserID, spec runtime.Spec) *client {
	return &client{d: d, who: who, server: spec.Server, header: http.Header{}}
}

func (c *client) do(method, body string) *http.Response {
	c.d.t.Helper()
	req, err := http.NewRequestWithContext(c.d.t.Context(), method, c.d.web.URL+"/"+string(c.server), strings.NewReader(body))
	must(c.d.t, err)
	req.Header.Set("Authorization", string(c.who))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		req.Header.Set(headerSession, c.session)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(c.d.t, err)
	c.d.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// reply is what came back for a POST: its messages, and the id of each event.
type reply struct {
	status   int
	messages []told
	header   http.Header
}

// told is one message of the server.
type told struct {
	Event  string          `json:"-"`
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	} `json:"error"`
}

// post sends a body and reads all that comes back.
func (c *client) post(body string) reply {
	c.d.t.Helper()
	resp := c.do(http.MethodPost, body)
	r := reply{status: resp.StatusCode, header: resp.Header}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		for e := range events(c.d.t, resp.Body) {
			r.messages = append(r.messages, e)
		}
		return r
	}
	b, err := io.ReadAll(resp.Body)
	must(c.d.t, err)
	if len(b) > 0 {
		var m told
		must(c.d.t, json.Unmarshal(b, &m))
		r.messages = append(r.messages, m)
	}
	return r
}

// last is the answer itself.
func (r reply) last() told {
	if len(r.messages) == 0 {
		return told{}
	}
	return r.messages[len(r.messages)-1]
}

// events are the messages of a stream, until its end.
func events(t *testing.T, body io.Reader) func(yield func(told) bool) {
	return func(yield func(told) bool) {
		lines := bufio.NewReader(body)
		var m told
		var data []byte
		for {
			line, err := lines.ReadBytes('\n')
			name, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ": ")
			switch {
			case err != nil:
				return
			case name == "id":
				m.Event = value
			case name == "data":
				data = append(data, value...)
			case name == "":
				if len(bytes.TrimSpace(data)) > 0 {
					must(t, json.Unmarshal(data, &m))
					if !yield(m) {
						return
					}
				}
				m, data = told{}, nil
			}
		}
	}
}

const helloParams = `{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"test","version":"1"}}`

// hello begins a session with capabilities, which are JSON.
func (c *client) hello(capabilities string) *client {
	c.d.t.Helper()
	r := c.post(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":` + strings.Replace(helloParams, "%s", capabilities, 1) + `}`)
	if r.status != http.StatusOK || r.last().Error != nil {
		c.d.t.Fatalf("initialize: %d %+v", r.status, r.last())
	}
	c.session = r.header.Get(headerSession)
	if r := c.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); r.status != http.StatusAccepted {
		c.d.t.Fatalf("initialized: %d", r.status)
	}
	return c
}

// greet calls a tool and wants its answer.
func (c *client) greet(id, name string) {
	c.d.t.Helper()
	r := c.post(call(id, "greet", `{"name":"`+name+`"}`))
	if a := r.last(); r.status != http.StatusOK || string(a.ID) != id || !strings.Contains(string(a.Result), "Hello, "+name+".") {
		c.d.t.Fatalf("greet %s: %d %s %+v", name, r.status, a.Result, a.Error)
	}
}

func call(id, tool, args string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + args + `}}`
}
