package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"moorage"
	"moorage/handlers/api"
)

// program is somebody with a token and no browser.
type program struct {
	t     *testing.T
	h     *home
	token string
}

// ask sends JSON, wants a status, and reads the answer.
func (p program) ask(method, path, body string, status int, into any) {
	p.t.Helper()
	res := p.send(method, path, body, "application/json")
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != status {
		p.t.Fatalf("%s %s %s answers %d, want %d: %s", method, path, body, res.StatusCode, status, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		p.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

func (p program) send(method, path, body, accept string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.h.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Accept", accept)
	res, err := (&http.Client{Timeout: 3 * patience}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

// follow reads the log of a deployment as it is written, to its end.
func (p program) follow(d api.Deployment) (lines []api.Line, end api.Deployment) {
	p.t.Helper()
	res := p.send(http.MethodGet, d.Logs, "", "text/event-stream")
	defer res.Body.Close()
	events := bufio.NewScanner(res.Body)
	events.Buffer(nil, 1<<20)
	name := ""
	for events.Scan() {
		if field, value, _ := strings.Cut(events.Text(), ": "); field == "event" {
			name = value
		} else if field == "data" && name == "line" {
			var l api.Line
			if err := json.Unmarshal([]byte(value), &l); err != nil {
				p.t.Fatal(err)
			}
			lines = append(lines, l)
		} else if field == "data" && name == "end" {
			if err := json.Unmarshal([]byte(value), &end); err != nil {
				p.t.Fatal(err)
			}
			return lines, end
		}
	}
	p.t.Fatalf("the stream ended after %d lines without an end: %v", len(lines), events.Err())
	return nil, end
}

func TestAProgramDeploysFollowsAndCalls(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	var d api.Deployment
	p.ask(http.MethodPost, "/api/deployments", `{"repo":"example:greeter","env":{"CITY":"Bern"}}`, http.StatusCreated, &d)
	lines, end := p.follow(d)
	if end.Status != moorage.StatusLive || end.Server != "greeter" {
		t.Fatalf("it ended as %s: %+v", end.Status, end.Error)
	}
	for i, l := range lines {
		if l.Seq != int64(i+1) {
			t.Fatalf("line %d is number %d", i+1, l.Seq)
		}
	}

	var service api.ServiceDetail
	p.ask(http.MethodGet, "/api/services/greeter", "", http.StatusOK, &service)
	if service.DeploymentID != d.ID || service.Status != api.ServiceIdle || len(service.Tools) == 0 {
		t.Errorf("the service is %+v", service)
	}
	const call = "/api/services/greeter/call"
	var wrong api.Problem
	p.ask(http.MethodPost, call, `{"tool":"greet","args":{"name":7,"shoes":"red"}}`, http.StatusUnprocessableEntity, &wrong)
	if len(wrong.Errors) != 2 || wrong.Errors[0].Field != "/name" || wrong.Errors[1].Field != "/shoes" {
		t.Errorf("wrong arguments are answered with %+v", wrong)
	}
	if n := len(h.engine.containers(h.id())); n > 0 {
		t.Errorf("%d containers were started for arguments that do not fit", n)
	}
	var right api.CallResult
	p.ask(http.MethodPost, call, `{"tool":"greet","args":{"name":"Ada"}}`, http.StatusOK, &right)
	if !strings.Contains(string(right.Result), "Hello, Ada") || right.Instance == "" {
		t.Errorf("the result is %s of %q", right.Result, right.Instance)
	}
	var near api.Problem
	p.ask(http.MethodPost, call, `{"tool":"great"}`, http.StatusNotFound, &near)
	if !strings.Contains(near.Next, "greet") {
		t.Errorf("a tool that is not there is answered with %+v", near)
	}

	var list api.ServerList
	p.ask(http.MethodGet, "/api/servers", "", http.StatusOK, &list)
	if len(list.Servers) != 1 || list.Servers[0].LiveDeploymentID != d.ID || list.Servers[0].Tools != len(service.Tools) {
		t.Errorf("the servers are %+v", list.Servers)
	}
	h.nothingRuns()
}
