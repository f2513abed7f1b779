package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
	"moorage/runner/runnertest"
)

func TestASessionIsTheCallersAlone(t *testing.T) {
	d := newDock(t, nil)
	image := runnertest.Image(t, greeter)
	spec, other := d.deploy(image), d.deploy(image)
	c := d.client(ada, spec).hello(`{"roots":{}}`)
	c.greet("1", "Ada")

	for name, wrong := range map[string]*client{
		"another person":  {d: d, who: bob, server: spec.Server, session: c.session, header: http.Header{}},
		"another server":  {d: d, who: ada, server: other.Server, session: c.session, header: http.Header{}},
		"another session": {d: d, who: ada, server: spec.Server, session: "made-up", header: http.Header{}},
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
			if resp := wrong.do(method, call("2", "greet", `{}`)); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s with %s: %s", name, method, resp.Status)
			}
		}
	}
	if resp := c.do(http.MethodDelete, ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("DELETE: %s", resp.Status)
	}
	if r := c.post(call("3", "greet", `{}`)); r.status != http.StatusNotFound {
		t.Errorf("after its end: %d", r.status)
	}
	if n := d.running(); n != 0 {
		t.Errorf("%d containers run after the end of the only session", n)
	}
}

func TestRequestsThatAreNoneOfMCPAreRefused(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.Origins = []string{"https://app.example"} })
	spec := d.deploy(runnertest.Image(t, greeter))
	c := d.client(ada, spec).hello(`{}`)
	good := call("1", "greet", `{"name":"Ada"}`)
	for name, row := range map[string]struct {
		method, header, value, body string
		status                      int
	}{
		"a page of another site":            {http.MethodPost, "Origin", "https://evil.example", good, 403},
		"a page of another site that reads": {http.MethodGet, "Origin", "null", "", 403},
		"a page of a site that is named":    {http.MethodPost, "Origin", "https://app.example", good, 200},
		"our own page":                      {http.MethodPost, "Origin", d.o.Origin, good, 200},
		"another content type":              {http.MethodPost, "Content-Type", "text/plain", good, 415},
		"no content type":                   {http.MethodPost, "Content-Type", "", good, 415},
		"a content type with a charset":     {http.MethodPost, "Content-Type", "application/json; charset=utf-8", good, 200},
		"no events accepted":                {http.MethodPost, "Accept", "application/json", good, 406},
		"no JSON accepted":                  {http.MethodPost, "Accept", "text/event-stream", good, 406},
		"everything accepted":               {http.MethodPost, "Accept", "*/*", good, 200},
		"GET without events":                {http.MethodGet, "Accept", "application/json", "", 406},
		"no session":                        {http.MethodPost, headerSession, "", good, 400},
		"a version that nobody knows":       {http.MethodPost, headerVersion, "2024-01-01", good, 400},
		"the version that was agreed on":    {http.MethodPost, headerVersion, "2025-11-25", good, 200},
		"an event that nobody knows":        {http.MethodGet, headerLast, "nothing_1", "", 400},
		"an event without a number":         {http.MethodGet, headerLast, "nothing", "", 400},
		"an empty body":                     {http.MethodPost, "", "", "", 400},
		"no JSON":                           {http.MethodPost, "", "", "{", 400},
		"a key twice":                       {http.MethodPost, "", "", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}`, 400},
		"a key in another case":             {http.MethodPost, "", "", `{"jsonrpc":"2.0","id":1,"Method":"ping"}`, 400},
		"a batch in a version without":      {http.MethodPost, "", "", "[" + good + "]", 400},
		"depth":                             {http.MethodPost, "", "", `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}", 400},
		"more than a body may hold":         {http.MethodPost, "", "", strings.Repeat(" ", jsonrpc.MaxMessage+1), 413},
		"another method":                    {http.MethodPut, "", "", good, 405},
		"GET of the modern era":             {http.MethodGet, headerVersion, modernVersion, "", 405},
	} {
		c.header = http.Header{}
		if row.header != "" {
			c.header.Set(row.header, row.value)
		}
		if resp := c.do(row.method, row.body); resp.StatusCode != row.status {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	c.header = http.Header{}
	c.greet("9", "Ada")
}

func TestBatchesAreForTheVersionThatHasThem(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.deploy(runnertest.Image(t, greeter)))
	r := c.post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}`)
	c.session = r.header.Get(headerSession)
	r = c.post("[" + call("2", "greet", `{"name":"Ada"}`) + "," + call("3", "greet", `{"name":"Bob"}`) + `,{"jsonrpc":"2.0","method":"notifications/initialized"}]`)
	if len(r.messages) != 2 || r.status != http.StatusOK {
		t.Errorf("a batch of two calls: %d, %v", r.status, r.messages)
	}
}

func TestWhoGreetsAlikeSharesAServer(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, greeter))
	one, two := d.client(ada, spec).hello(`{}`), d.client(ada, spec).hello(`{}`)
	if n := d.running(); n != 1 {
		t.Errorf("%d containers for two sessions of one person", n)
	}
	// The same ids, at the same time.
	done := make(chan reply, 2)
	for _, c := range []*client{one, two} {
		go func() { done <- c.post(call("7", "countdown", `{"from":2,"pause":50}`)) }()
	}
	for range 2 {
		if a := (<-done).last(); string(a.ID) != "7" || !strings.Contains(string(a.Result), "Lift-off") {
			t.Errorf("answer %s %s", a.ID, a.Result)
		}
	}
	d.client(bob, spec).hello(`{}`).greet("1", "Bob")
	d.client(ada, spec).hello(`{"sampling":{}}`).greet("1", "Ada")
	if n := d.running(); n != 3 {
		t.Errorf("%d containers, with another person and with a client that can be asked", n)
	}
}

func TestAnAnswerThatTakesLongComesAsEventsAndCanBeTakenUpAgain(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.deploy(runnertest.Image(t, greeter))).hello(`{}`)
	resp := c.do(http.MethodPost, `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"countdown","arguments":{"from":5,"pause":20},"_meta":{"progressToken":"p"}}}`)
	var cut string
	for e := range events(t, resp.Body) {
		cut = e.Event
		break // the connection breaks after the first
	}
	resp.Body.Close()
	c.header.Set(headerLast, cut)
	rest := c.do(http.MethodGet, "")
	n := 0
	var a told
	for a = range events(t, rest.Body) {
		n++
	}
	if n != 5 || !strings.Contains(string(a.Result), "Lift-off") {
		t.Errorf("%d more events, and %s at the end", n, a.Result)
	}
}

func TestASessionOutlivesItsServer(t *testing.T) {
	d := newDock(t, func(o *Options, r *runner.Options) {
		o.IdleTimeout, r.IdleTimeout = 40*time.Millisecond, 40*time.Millisecond
	})
	spec := d.deploy(runnertest.Image(t, greeter))
	own, shared := d.client(ada, spec).hello(`{"roots":{}}`), d.client(ada, spec).hello(`{}`)
	for round := range 2 {
		own.greet("1", "Ada")
		shared.greet("1", "Ada")
		for d.running() > 0 {
			d.sweep()
		}
		if round == 0 {
			continue
		}
		next := spec
		next.Deployment = moorage.NewDeploymentID(time.Now())
		d.live.Set(next) // and another version answers from now on
		own.greet("2", "Ada")
	}
}

func TestANewDeploymentTakesNewCallsWhileTheOldOneEndsItsOwn(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, greeter))
	for _, capabilities := range []string{`{"roots":{}}`, `{}`} {
		c := d.client(ada, spec).hello(capabilities)
		resp := c.do(http.MethodPost, `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"countdown","arguments":{"from":3,"pause":200},"_meta":{"progressToken":"p"}}}`)
		var a told
		first := true
		for a = range events(t, resp.Body) {
			if !first {
				continue
			}
			first = false
			old := spec.Deployment
			spec.Deployment = moorage.NewDeploymentID(time.Now())
			d.live.Set(spec)
			d.runner.Retire(old)
			c.greet("6", "Ada")
			if got := c.deployment(); got != spec.Deployment {
				t.Errorf("%s answers instead of %s", got, spec.Deployment)
			}
		}
		if !strings.Contains(string(a.Result), "Lift-off") {
			t.Errorf("the call of before ended with %s %+v", a.Result, a.Error)
		}
	}
}

func TestAServerThatDrainsHearsWhatItsClientAnswers(t *testing.T) {
	d := newDock(t, nil)
	spec := d.asker()
	c := d.client(ada, spec).hello(`{"sampling":{}}`)
	next, stop := pull(t, c.do(http.MethodPost, call("5", "ask", `{"text":"sampling/createMessage"}`)))
	defer stop()
	question, _ := next()
	old := spec.Deployment
	d.redeploy(spec)
	d.runner.Retire(old)
	c.post(`{"jsonrpc":"2.0","id":` + string(question.ID) + `,"result":{"said":"yes"}}`)
	if a, _ := next(); !strings.Contains(string(a.Result), `{"said":"yes"}`) {
		t.Errorf("it ends with %s %+v", a.Result, a.Error)
	}
}

// deployment is which one answers a client.
func (c *client) deployment() moorage.DeploymentID {
	c.d.mu.Lock()
	conv := c.d.conversations[c.session]
	c.d.mu.Unlock()
	conv.mu.Lock()
	defer conv.mu.Unlock()
	return conv.back.session.Info().Deployment
}

func TestWhenAllInstancesAreTakenTheLongestIdleLendsIts(t *testing.T) {
	d := newDock(t, func(_ *Options, r *runner.Options) { r.PerUser = 2 })
	spec := d.deploy(runnertest.Image(t, greeter))
	var clients []*client
	for range 4 {
		c := d.client(ada, spec).hello(`{"roots":{}}`)
		c.greet("1", "Ada")
		clients = append(clients, c)
	}
	for _, c := range clients {
		c.greet("2", "Ada")
		if n := d.running(); n > 2 {
			t.Errorf("%d containers run", n)
		}
	}
}

func TestThereIsAnEndToSessionsOfOnePerson(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.PerUser = 1 })
	spec := d.deploy(runnertest.Image(t, greeter))
	d.client(ada, spec).hello(`{}`)
	r := d.client(ada, spec).post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":` + strings.Replace(helloParams, "%s", "{}", 1) + `}`)
	if r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" || !strings.Contains(r.last().Error.Message, "as many as one person may have") {
		t.Errorf("%d %+v", r.status, r.last())
	}
}
