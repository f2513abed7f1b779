package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
	"moorage/runtime"
)

func TestAQuestionEndsTheExchangeAndTheAnswerGoesOnWithTheCall(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	q := tool("ask", "sampling/createMessage elicitation/create+roots/list", everything)
	first := c.over(q).outcome(t)
	if first.Type != "input_required" || first.asks() != "sampling/createMessage" || first.State == "" || first.Structured.Got != nil {
		t.Fatalf("the first exchange: %+v", first)
	}
	second := c.over(first.back(q)).outcome(t)
	for len(second.Requests) == 1 { // the other one is on its way
		second = c.over(q.with(`"requestState":"` + second.State + `"`)).outcome(t)
	}
	if second.asks() != "elicitation/create roots/list" || second.State == first.State {
		t.Fatalf("the second exchange: %+v", second)
	}
	again := c.over(q.with(`"inputResponses":{"q2":{"said":"q2"},"unknown":{}},"requestState":"` + second.State + `"`)).outcome(t)
	if again.Type != "input_required" || again.asks() != "roots/list" {
		t.Fatalf("without one answer: %+v", again)
	}
	last := c.over(again.back(q)).outcome(t)
	if last.Type != "complete" || len(last.Structured.Got) != 3 || string(last.Structured.Got[0].Result) != `{"said":"q1"}` || string(last.Structured.Got[2].Result) != `{"said":"q3"}` {
		t.Errorf("the last exchange: %+v", last)
	}
	if len(d.bridge.waiting)+len(d.bridge.waits) > 0 {
		t.Errorf("calls wait: %v, %v", d.bridge.waiting, d.bridge.waits)
	}
}

func TestARequestStateIsGoodOnceForItsPersonServerAndCall(t *testing.T) {
	d := newDock(t, nil)
	spec := d.asker()
	other := d.asker()
	c := d.client(ada, spec)
	q := tool("ask", "sampling/createMessage", everything)
	o := c.over(q).outcome(t)
	for what, wrong := range map[string]struct {
		who *client
		q   request
	}{
		"another person":        {d.client(bob, spec), o.back(q)},
		"another server":        {d.client(ada, other), o.back(q)},
		"another tool":          {c, o.back(tool("heard", "sampling/createMessage", everything))},
		"other arguments":       {c, o.back(tool("ask", "roots/list", everything))},
		"another method":        {c, o.back(request{method: "prompts/get", params: q.params, able: everything})},
		"one made up":           {c, q.with(`"requestState":"` + strings.Repeat("A", len(o.State)) + `"`)},
		"a short one":           {c, q.with(`"requestState":"x"`)},
		"one that is none":      {c, q.with(`"requestState":7`)},
		"a bad answer":          {c, q.with(`"requestState":"` + o.State + `","inputResponses":{"q1":null}`)},
		"answers that are none": {c, q.with(`"requestState":"` + o.State + `","inputResponses":[]`)},
	} {
		wrong.who.over(wrong.q).refused(t, what, http.StatusBadRequest, jsonrpc.CodeInvalidParams)
	}
	rewritten := q
	rewritten.params = `"arguments":{"te\u0078t":"sampling/createMessage"},"name":"ask"`
	if o := c.over(o.back(rewritten)).outcome(t); o.Type != "complete" {
		t.Errorf("the same call, written in another way: %+v", o)
	}
	c.over(o.back(q)).refused(t, "one that was used", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
}

func TestACallThatItsClientDoesNotComeBackToIsGivenUp(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.AnswerTimeout = time.Millisecond })
	c := d.client(ada, d.asker())
	q := tool("ask", "sampling/createMessage", everything)
	o := c.over(q).outcome(t)
	for !strings.Contains(c.heard(), methodCancelled) { // asked of another process until then
	}
	if h := c.heard(); !strings.Contains(h, `"ask-1","error"`) {
		t.Errorf("its question has no answer: %s", h)
	}
	c.over(o.back(q)).refused(t, "one that is too old", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
}

// heard is what the server has heard that a client with every capability calls.
func (c *client) heard() string {
	c.d.t.Helper()
	return string(c.over(tool("heard", "", everything)).last().Result)
}

func TestTheCallsThatOnePersonMayLeaveWaitingAreBounded(t *testing.T) {
	d := newDock(t, func(o *Options, _ *runner.Options) { o.WaitingPerUser = 1 })
	spec := d.asker()
	c := d.client(ada, spec)
	q := tool("ask", "sampling/createMessage", everything)
	o := c.over(q).outcome(t)
	if e := c.over(q).last().Error; e == nil || e.Code != jsonrpc.CodeServerGone || !strings.Contains(e.Message, "1 of your calls wait for an answer already") {
		t.Errorf("a second one: %+v", e)
	}
	if o := d.client(bob, spec).over(q).outcome(t); o.Type != "input_required" {
		t.Errorf("another person: %+v", o)
	}
	if o := c.over(o.back(q)).outcome(t); o.Type != "complete" {
		t.Errorf("the first one: %+v", o)
	}
	if o := c.over(q).outcome(t); o.Type != "input_required" {
		t.Errorf("after it: %+v", o)
	}
}

func TestWhatAClientHasNotDeclaredItIsNotAsked(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	for able, asks := range map[string][]string{
		"{}":                         {"sampling/createMessage", "elicitation/create", "roots/list", "x/y"},
		`{"roots":{}}`:               {"sampling/createMessage", "elicitation/create", "url"},
		`{"elicitation":{}}`:         {"sampling/createMessage", "roots/list", "url"},
		`{"elicitation":{"url":{}}}`: {"elicitation/create"},
		everything:                   {"url", "tasks/get"},
	} {
		for _, method := range asks {
			got := c.over(tool("ask", method, able)).outcome(t).Structured.Got
			if len(got) != 1 || !strings.Contains(string(got[0].Error), "-32601") {
				t.Errorf("%s of %s: %+v", method, able, got)
			}
		}
		if got := c.over(tool("ask", "ping", able)).outcome(t).Structured.Got; len(got) != 1 || string(got[0].Result) != "{}" {
			t.Errorf("ping of %s: %+v", able, got)
		}
	}
	if o := c.over(tool("ask", "url", `{"elicitation":{"url":{}}}`)).outcome(t); o.Type != "input_required" {
		t.Errorf("a URL for a client that takes it: %+v", o)
	}
}

func TestAQuestionThatNoCallCanCarryWaitsForTheNext(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	answered := c.over(tool("forget", "roots/list", everything)).outcome(t)
	if answered.Type != "complete" { // the question came first, or was first seen
		answered = c.over(answered.back(tool("forget", "roots/list", everything))).outcome(t)
	} else {
		q := tool("heard", "", everything)
		next := c.over(q).outcome(t)
		if next.asks() != "roots/list" {
			t.Fatalf("the next call: %+v", next)
		}
		answered = c.over(next.back(q)).outcome(t)
	}
	if answered.Type != "complete" || !strings.Contains(c.heard(), `"ask-1","result":{"said":"q1"}`) {
		t.Errorf("%+v, and it heard %s", answered, c.heard())
	}
}

func TestASuspendedCallEndsWithItsServerAndIsNobodyElsesThen(t *testing.T) {
	d := newDock(t, func(_ *Options, r *runner.Options) { r.DrainTimeout = time.Minute })
	spec := d.asker()
	c := d.client(ada, spec)
	q := tool("ask", "sampling/createMessage", everything)

	stopped := c.over(q).outcome(t)
	must(t, d.runner.Stop(t.Context(), spec.Server))
	spec = d.redeploy(spec)
	if e := c.over(stopped.back(q)).last().Error; e == nil || e.Code != jsonrpc.CodeServerGone || !strings.HasSuffix(e.Message, ".") {
		t.Errorf("after the end of its server: %+v", e)
	}

	drains := c.over(q).outcome(t)
	old := spec.Deployment
	spec = d.redeploy(spec)
	d.runner.Retire(old)
	next := c.over(q).outcome(t)
	if o := c.over(drains.back(q)).outcome(t); o.Type != "complete" || string(o.Structured.Got[0].Result) != `{"said":"q1"}` {
		t.Errorf("of a server that drains: %+v", o)
	}
	if o := c.over(next.back(q)).outcome(t); o.Type != "complete" {
		t.Errorf("of the next server: %+v", o)
	}
}

func TestWhoseCallsShareAProcessOverTheBridge(t *testing.T) {
	d := newDock(t, nil)
	spec := d.asker()
	waiting := tool("ask", "sampling/createMessage", everything)
	other := tool("heard", "", everything)
	other.token = "another"
	logs := tool("heard", "", "")
	logs.meta = `"io.modelcontextprotocol/logLevel":"info"`
	for i, step := range []struct {
		what string
		who  moorage.UserID
		q    request
		want int // processes then
	}{
		{"the first", ada, tool("heard", "", ""), 1},
		{"one that declares nothing", ada, request{method: methodListTools}, 1},
		{"one that is suspended", ada, waiting, 2},
		{"one beside it", ada, tool("heard", "", everything), 3},
		{"one more beside it", ada, tool("heard", "", everything), 3},
		{"of another client", ada, other, 4},
		{"one that wants logs", ada, logs, 5},
		{"of another person", bob, tool("heard", "", ""), 6},
	} {
		d.client(step.who, spec).over(step.q).outcome(t)
		for i == 0 && d.running() > 1 { // that which was asked for its era
		}
		if n := d.running(); n != step.want {
			t.Errorf("%s: %d containers run instead of %d", step.what, n, step.want)
		}
	}
}

func FuzzARequestState(f *testing.F) {
	b := newBridge(&Gateway{})
	c := Call{Caller: moorage.Caller{User: moorage.User{ID: ada}}, Server: moorage.Server{ID: "srv_1"}}
	id := []byte("0123456789abcdef")
	good := base64.RawURLEncoding.EncodeToString(append(id, b.code(id, c, methodCallTool, "digest")...))
	f.Add(good)
	f.Add(good[:len(good)-1] + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, state string) {
		id, code, ok := parseState(state)
		if ok && (len(id) != stateID || len(code) != stateCode) {
			t.Errorf("%q has an id of %d bytes and a code of %d", state, len(id), len(code))
		}
		b.waiting[string(id)] = &crossing{}
		m := jsonrpc.Message{Method: methodCallTool}
		if _, x := b.sleeper(c, m, declared{params: jsonrpc.Object{{Name: "requestState", Value: []byte(`"` + state + `"`)}}}); x != nil {
			t.Errorf("%q is good for a call", state)
		}
		if ok && base64.RawURLEncoding.EncodeToString(append(id[:stateID:stateID], code...)) != state {
			t.Errorf("%q can be written in two ways", state)
		}
	})
}

// redeploy makes another deployment of the same what is live.
func (d *dock) redeploy(spec runtime.Spec) runtime.Spec {
	spec.Deployment = moorage.NewDeploymentID(time.Now())
	d.live.Set(spec)
	return spec
}
