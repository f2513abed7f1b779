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
)

// following is a subscription that the test reads.
type following struct {
	t    *testing.T
	body *http.Response
	next func() (told, bool)
	stop func()
}

func (c *client) listen(filter, able string) *following {
	c.d.t.Helper()
	f := &following{t: c.d.t, body: c.send(request{method: methodListen, params: `"notifications":` + filter, able: able})}
	f.next, f.stop = pull(c.d.t, f.body)
	return f
}

// says is the method of the next message, and which resource it is of.
func (f *following) says() string {
	f.t.Helper()
	m, ok := f.next()
	if !ok {
		f.t.Fatal("the subscription has ended")
	}
	var p struct {
		URI  string
		Meta map[string]json.RawMessage `json:"_meta"`
	}
	must(f.t, json.Unmarshal(m.Params, &p))
	if string(p.Meta[metaSubscription]) != `"its"` {
		f.t.Errorf("%s is of no subscription: %s", m.Method, m.Params)
	}
	return strings.TrimSpace(m.Method + " " + p.URI)
}

func (f *following) end() {
	f.stop()
	f.body.Body.Close()
}

func TestASubscriptionBringsWhatItsClientAskedForUntilItGoes(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	resp := c.send(request{method: methodListen, params: `"notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["file:///a","file:///a"]}`})
	next, stop := pull(t, resp)
	ack, _ := next()
	if want := `{"_meta":{"io.modelcontextprotocol/subscriptionId":"its"},"notifications":{"resourceSubscriptions":["file:///a"],"toolsListChanged":true}}`; ack.Method != "notifications/subscriptions/acknowledged" || !sameJSON(t, string(ack.Params), want) {
		t.Errorf("acknowledged with %s %s", ack.Method, ack.Params)
	}
	f := &following{t: t, body: resp, next: next, stop: stop}
	c.over(tool("change", "file:///b", "")).outcome(t)
	c.over(tool("change", "file:///a", "")).outcome(t)
	got := []string{f.says(), f.says(), f.says()}
	if !slices.Equal(got, []string{methodToolsChanged, methodToolsChanged, methodUpdated + " file:///a"}) {
		t.Errorf("it brought %v", got)
	}
	f.end()
	for !strings.Contains(string(c.over(tool("heard", "", "")).last().Result), "resources/unsubscribe") {
	}
}

func TestASubscriptionOutlivesItsServer(t *testing.T) {
	d := newDock(t, nil)
	spec := d.asker()
	c := d.client(ada, spec)
	f := c.listen(`{"toolsListChanged":true,"resourceSubscriptions":["file:///a"]}`, everything)
	defer f.end()
	f.says()
	if e := c.over(tool("exit", "", everything)).last().Error; e == nil {
		t.Error("a server that ends has answered")
	}
	for !strings.Contains(c.heard(), "resources/subscribe") { // the next one is told, too
	}
	c.over(tool("change", "file:///a", everything)).outcome(t)
	if got := []string{f.says(), f.says()}; !slices.Equal(got, []string{methodToolsChanged, methodUpdated + " file:///a"}) {
		t.Errorf("of the next server: %v", got)
	}
	old := spec.Deployment
	d.redeploy(spec)
	d.runner.Retire(old)
	c.heard()
	if got := f.says(); got != methodToolsChanged {
		t.Errorf("of the next deployment: %s", got)
	}
}

func TestASubscriptionIsOfWhatItsCallerGets(t *testing.T) {
	d := newDock(t, nil)
	spec := d.asker()
	d.held = moorage.Holding{HeldSet: moorage.HeldSet{{Kind: moorage.OfferResource, Name: "file:///held"}: {}}}
	f := d.client(ada, spec).listen(`{"resourceSubscriptions":["file:///held","file:///a"]}`, "")
	ack, _ := f.next()
	if !strings.Contains(string(ack.Params), `"resourceSubscriptions":["file:///a"]`) {
		t.Errorf("acknowledged with %s", ack.Params)
	}
	f.end()
	for _, filter := range []string{`[]`, `{"resourceSubscriptions":"x"}`, `{"resourceSubscriptions":["` + strings.Repeat(`x","`, maxFollowed) + `x"]}`} {
		d.client(ada, spec).over(request{method: methodListen, params: `"notifications":` + filter}).refused(t, filter, http.StatusBadRequest, jsonrpc.CodeInvalidParams)
	}
}

func TestAProcessThatABridgedClientLeavesIdleStopsAndIsLentBeforeThat(t *testing.T) {
	d := newDock(t, func(o *Options, r *runner.Options) {
		o.IdleTimeout, r.IdleTimeout, r.PerUser = 40*time.Millisecond, 40*time.Millisecond, 2
	})
	spec := d.asker()
	for _, able := range []string{`{"roots":{}}`, `{"sampling":{}}`, `{"elicitation":{}}`, everything} {
		d.client(ada, spec).over(tool("heard", "", able)).outcome(t)
		if n := d.running(); n > 2 {
			t.Errorf("%d containers run", n)
		}
	}
	for d.running() > 0 {
		d.sweep()
	}
}
