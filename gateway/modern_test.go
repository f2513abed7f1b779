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
	"moorage/pins"
	"moorage/runner"
	"moorage/runner/runnertest"
)

const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p"}`

// modern makes a client's next requests ones of the modern era.
func (c *client) modern(method, name string) *client {
	c.header = http.Header{headerVersion: {modernVersion}, headerMethod: {method}}
	if name != "" {
		c.header.Set(headerName, name)
	}
	return c
}

func modernCall(id, tool, args string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + args + `,` + modernMeta + `}}`
}

func TestCallsOfTheModernEraShareAServerOfTheirPerson(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, greeter))
	done := make(chan reply, 20)
	for range 20 {
		go func() {
			c := d.client(ada, spec).modern(methodCallTool, "countdown")
			done <- c.post(modernCall("1", "countdown", `{"from":2,"pause":20}`))
		}()
	}
	for range 20 {
		r := <-done
		if a := r.last(); r.status != http.StatusOK || string(a.ID) != "1" || !strings.Contains(string(a.Result), "Lift-off") {
			t.Errorf("%d %s %+v", r.status, a.Result, a.Error)
		}
		for _, m := range r.messages[:max(0, len(r.messages)-1)] {
			if m.Event != "" || !strings.Contains(string(m.Params), `"progressToken":"p"`) {
				t.Errorf("on the way: %q %s", m.Event, m.Params)
			}
		}
	}
	if n := d.running(); n != 1 {
		t.Errorf("%d containers run for one person", n)
	}
	d.client(bob, spec).modern(methodCallTool, "greet").post(modernCall("1", "greet", `{"name":"Bob"}`))
	if n := d.running(); n != 2 {
		t.Errorf("%d containers run for two people", n)
	}
}

func TestHeadersAndBodyOfTheModernEraAgree(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, greeter))
	good := modernCall("1", "greet", `{"name":"Ada"}`)
	for name, row := range map[string]struct {
		change func(http.Header)
		body   string
		status int
		code   int
	}{
		"all of it":             {func(http.Header) {}, good, 200, 0},
		"a name in base64":      {func(h http.Header) { h.Set(headerName, "=?base64?Z3JlZXQ=?=") }, good, 200, 0},
		"no version":            {func(h http.Header) { h.Del(headerVersion) }, good, 400, jsonrpc.CodeHeaderMismatch},
		"another version":       {func(h http.Header) { h.Set(headerVersion, "2027-01-01") }, good, 400, jsonrpc.CodeHeaderMismatch},
		"a version of tomorrow": {func(h http.Header) { h.Set(headerVersion, "2027-01-01") }, strings.Replace(good, modernVersion, "2027-01-01", 1), 400, jsonrpc.CodeVersion},
		"no version in it":      {func(http.Header) {}, call("1", "greet", "{}"), 400, jsonrpc.CodeInvalidParams},
		"no method":             {func(h http.Header) { h.Del(headerMethod) }, good, 400, jsonrpc.CodeHeaderMismatch},
		"another method":        {func(h http.Header) { h.Set(headerMethod, "tools/list") }, good, 400, jsonrpc.CodeHeaderMismatch},
		"no name":               {func(h http.Header) { h.Del(headerName) }, good, 400, jsonrpc.CodeHeaderMismatch},
		"another name":          {func(h http.Header) { h.Set(headerName, "draw") }, good, 400, jsonrpc.CodeHeaderMismatch},
		"a name in bad base64":  {func(h http.Header) { h.Set(headerName, "=?base64?!?=") }, good, 400, jsonrpc.CodeHeaderMismatch},
		"a name in other case":  {func(http.Header) {}, strings.Replace(good, `"name":"greet"`, `"Name":"draw","name":"greet"`, 1), 400, jsonrpc.CodeInvalidParams},
		"a batch":               {func(http.Header) {}, "[" + good + "]", 400, jsonrpc.CodeInvalidRequest},
		"an answer":             {func(http.Header) {}, `{"jsonrpc":"2.0","id":1,"result":{}}`, 400, jsonrpc.CodeInvalidRequest},
		"an unknown method":     {func(h http.Header) { h.Set(headerMethod, "x/y"); h.Del(headerName) }, strings.Replace(good, "tools/call", "x/y", 1), 404, jsonrpc.CodeNoMethod},
	} {
		c := d.client(ada, spec).modern(methodCallTool, "greet")
		row.change(c.header)
		r := c.post(row.body)
		code := 0
		if e := r.last().Error; e != nil {
			code = e.Code
		}
		if r.status != row.status || code != row.code {
			t.Errorf("%s: %d, code %d, %+v", name, r.status, code, r.last().Error)
		}
	}
	c := d.client(ada, spec).modern("notifications/cancelled", "")
	if r := c.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,` + modernMeta + `}}`); r.status != http.StatusAccepted {
		t.Errorf("a notification: %d", r.status)
	}
}

func TestAVersionThatNobodySpeaksIsAnsweredWithThoseThatThereAre(t *testing.T) {
	d := newDock(t, nil)
	for name, image := range map[string]string{"modern": runnertest.Image(t, greeter), "legacy": runnertest.Image(t, odd)} {
		c := d.client(ada, d.deploy(image)).modern(methodCallTool, "echo")
		c.header.Set(headerVersion, "2027-01-01")
		r := c.post(strings.Replace(modernCall("1", "echo", `{"text":"x"}`), modernVersion, "2027-01-01", 1))
		var data struct {
			Supported []string `json:"supported"`
			Requested string   `json:"requested"`
		}
		if r.status != http.StatusBadRequest || r.last().Error.Code != jsonrpc.CodeVersion {
			t.Fatalf("%s: %d %+v", name, r.status, r.last())
		}
		must(t, json.Unmarshal(r.last().Error.Data, &data))
		if !slices.Equal(data.Supported, append([]string{modernVersion}, legacyVersions...)) || data.Requested != "2027-01-01" {
			t.Errorf("%s: data %+v", name, data)
		}
	}
}

func TestAModernClientThatGoesHasCancelled(t *testing.T) {
	d := newDock(t, func(_ *Options, r *runner.Options) { r.IdleTimeout = 10 * time.Millisecond })
	c := d.client(ada, d.deploy(runnertest.Image(t, greeter))).modern(methodCallTool, "countdown")
	resp := c.do(http.MethodPost, modernCall("1", "countdown", `{"from":100,"pause":10000}`))
	for range events(t, resp.Body) {
		break
	}
	resp.Body.Close()
	for d.running() > 0 { // with its call in flight the server would go on
	}
}

func TestATokenForSomeToolsReachesNoOthers(t *testing.T) {
	d := newDock(t, nil)
	d.scope = moorage.Scope{"it/gr*"}
	spec := d.deploy(runnertest.Image(t, greeter))
	c := d.client(ada, spec).hello(`{}`)
	c.greet("1", "Ada")
	for body, code := range map[string]int{
		call("2", "draw", "{}"):                                                             jsonrpc.CodeInvalidParams,
		`{"jsonrpc":"2.0","id":3,"method":"resources/list"}`:                                jsonrpc.CodeInvalidRequest,
		`{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"n\u0061me":"draw"}}`:      jsonrpc.CodeInvalidParams,
		`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"Name":"draw"}}`:           jsonrpc.CodeInvalidParams,
		`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":[{"name":"greet"},"draw"]}`: jsonrpc.CodeInvalidParams,
	} {
		if e := c.post(body).last().Error; e == nil || e.Code != code {
			t.Errorf("%s: %+v", body, e)
		}
	}
	var list struct {
		Tools []struct {
			Name string `json:"name"`
		} `json:"tools"`
	}
	must(t, json.Unmarshal(c.post(`{"jsonrpc":"2.0","id":7,"method":"tools/list"}`).last().Result, &list))
	if len(list.Tools) != 1 || list.Tools[0].Name != "greet" {
		t.Errorf("tools %+v", list.Tools)
	}
	if r := d.client(ada, spec).modern(methodCallTool, "draw").post(modernCall("1", "draw", "{}")); r.status != http.StatusBadRequest {
		t.Errorf("in the modern era: %d", r.status)
	}
}

func TestWhatNobodyHasHeardOfYetIsNotListedWhereChangesAreHeld(t *testing.T) {
	d := newDock(t, nil)
	spec := d.deploy(runnertest.Image(t, greeter))
	list := func(c *client) []moorage.Offer {
		var said struct{ Tools []json.RawMessage }
		must(t, json.Unmarshal(c.post(`{"jsonrpc":"2.0","id":"list","method":"tools/list"}`).last().Result, &said))
		var offers []moorage.Offer
		for _, raw := range said.Tools {
			o, err := pins.Read(moorage.OfferTool, raw)
			must(t, err)
			offers = append(offers, o)
		}
		return offers
	}
	approved := map[moorage.OfferKey]string{}
	for _, o := range list(d.client(ada, spec).hello(`{}`)) {
		approved[o.Key()] = o.Hash
	}
	approved[moorage.OfferKey{Kind: moorage.OfferTool, Name: "draw"}] = "as it was before"
	delete(approved, moorage.OfferKey{Kind: moorage.OfferTool, Name: "fail"})
	d.held = moorage.Holding{Pins: approved}
	c := d.client(ada, spec)
	r := c.post(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":` + strings.Replace(helloParams, "%s", "{}", 1) + `}`)
	if c.session = r.header.Get(headerSession); strings.Contains(string(r.last().Result), "instructions") {
		t.Errorf("it is greeted with %s", r.last().Result)
	}
	left := list(c)
	if len(left) != len(approved)-1 || slices.ContainsFunc(left, func(o moorage.Offer) bool { return o.Name == "draw" || o.Name == "fail" }) {
		t.Errorf("of %d tools %d are listed: %v", len(approved), len(left), left)
	}
}

func TestWhatIsHeldIsNeitherListedNorCalled(t *testing.T) {
	d := newDock(t, nil)
	d.held = moorage.Holding{HeldSet: moorage.HeldSet{
		{Kind: moorage.OfferTool, Name: "draw"}: {}, {Kind: moorage.OfferInstructions}: {}, {Kind: moorage.OfferPrompt, Name: "no-such"}: {},
	}}
	spec := d.deploy(runnertest.Image(t, greeter))
	c := d.client(ada, spec)
	r := c.post(`{"jsonrpc":"2.0","id":"hello","method":"initialize","params":` + strings.Replace(helloParams, "%s", "{}", 1) + `}`)
	if c.session = r.header.Get(headerSession); strings.Contains(string(r.last().Result), "instructions") {
		t.Errorf("it is greeted with %s", r.last().Result)
	}
	c.greet("1", "Ada")
	if e := c.post(call("2", "draw", "{}")).last().Error; e == nil || e.Code != jsonrpc.CodeInvalidParams {
		t.Errorf("a held tool: %+v", e)
	}
	if list := c.post(`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`).last().Result; !strings.Contains(string(list), `"greet"`) || strings.Contains(string(list), `"draw"`) {
		t.Errorf("it lists %s", list)
	}
	if p := c.post(`{"jsonrpc":"2.0","id":4,"method":"prompts/list"}`).last(); p.Error != nil {
		t.Errorf("prompts: %+v", p.Error)
	}
	if e := d.client(ada, spec).modern(methodCallTool, "draw").post(modernCall("1", "draw", "{}")).last().Error; e == nil || e.Code != jsonrpc.CodeInvalidParams {
		t.Errorf("in the modern era: %+v", e)
	}
}
