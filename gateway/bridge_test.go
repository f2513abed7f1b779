package gateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
	"moorage/runtime"
)

// request is one of the modern era, whose server may speak the legacy one.
type request struct {
	method string
	params string // its members, without _meta
	able   string // the capabilities of its client; "": none
	meta   string // more members of _meta
	token  string // of the caller
}

const everything = `{"sampling":{},"elicitation":{},"roots":{}}`

// tool is a call of a tool of the asker.
func tool(name, text, able string) request {
	return request{method: methodCallTool, params: `"name":"` + name + `","arguments":{"text":"` + text + `"}`, able: able}
}

func (q request) with(member string) request {
	q.params += "," + member
	return q
}

// send makes a request, and waits for the head of what comes back.
func (c *client) send(q request) *http.Response {
	c.d.t.Helper()
	return c.as(q).do(http.MethodPost, q.body())
}

// over makes a request, and reads all that comes back.
func (c *client) over(q request) reply {
	c.d.t.Helper()
	return c.as(q).post(q.body())
}

func (q request) body() string {
	meta := `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bridged","version":"1"},` +
		`"io.modelcontextprotocol/clientCapabilities":` + cmp.Or(q.able, "{}")
	params := `"_meta":{` + meta
	if q.meta != "" {
		params += "," + q.meta
	}
	params += "}"
	if q.params != "" {
		params = q.params + "," + params
	}
	return `{"jsonrpc":"2.0","id":"its","method":"` + q.method + `","params":{` + params + `}}`
}

func (c *client) as(q request) *client {
	c.d.t.Helper()
	var p struct{ Name, URI string }
	must(c.d.t, json.Unmarshal([]byte("{"+q.params+"}"), &p))
	one := (&client{d: c.d, who: c.who, server: c.server}).modern(q.method, cmp.Or(p.Name, p.URI))
	one.header.Set("X-Token", q.token)
	maps.Copy(one.header, c.header)
	return one
}

// outcome is a result of the modern era, as far as the tests want to know.
type outcome struct {
	Type       string `json:"resultType"`
	State      string `json:"requestState"`
	Requests   map[string]struct{ Method string }
	TTL        *int   `json:"ttlMs"`
	Scope      string `json:"cacheScope"`
	Structured struct {
		Got   []struct{ Result, Error json.RawMessage }
		Heard []json.RawMessage
	} `json:"structuredContent"`
	Meta map[string]json.RawMessage `json:"_meta"`
}

func (r reply) outcome(t *testing.T) outcome {
	t.Helper()
	var o struct {
		outcome
		Requests map[string]struct{ Method string } `json:"inputRequests"`
	}
	a := r.last()
	if r.status != http.StatusOK || a.Error != nil || string(a.ID) != `"its"` {
		t.Fatalf("%d %s %s %+v", r.status, a.ID, a.Result, a.Error)
	}
	must(t, json.Unmarshal(a.Result, &o))
	o.outcome.Requests = o.Requests
	return o.outcome
}

// asks are the methods of what a client is asked, in the order of their keys.
func (o outcome) asks() string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(o.Requests)) {
		all = append(all, o.Requests[key].Method)
	}
	return strings.Join(all, " ")
}

// back is a request once more, with an answer to each question.
func (o outcome) back(q request) request {
	var answers []string
	for key := range o.Requests {
		answers = append(answers, `"`+key+`":{"said":"`+key+`"}`)
	}
	return q.with(`"inputResponses":{` + strings.Join(answers, ",") + `},"requestState":"` + o.State + `"`)
}

func (d *dock) asker() runtime.Spec { return d.deploy(runnertest.Image(d.t, asker)) }

// refused wants an error, and the status that belongs to it.
func (r reply) refused(t *testing.T, what string, status, code int) {
	t.Helper()
	if e := r.last().Error; r.status != status || e == nil || e.Code != code || !strings.HasSuffix(e.Message, ".") {
		t.Errorf("%s: %d %s %+v", what, r.status, r.last().Result, e)
	}
}

func TestALegacyServerAnswersInTheModernEra(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	r := c.over(request{method: methodDiscover})
	var found struct {
		Versions     []string                   `json:"supportedVersions"`
		Capabilities map[string]json.RawMessage `json:"capabilities"`
		Instructions string                     `json:"instructions"`
	}
	must(t, json.Unmarshal(r.last().Result, &found))
	if found.Versions[0] != modernVersion || found.Versions[1] != legacyVersions[0] || found.Instructions != "Ask." || found.Capabilities["logging"] == nil || found.Capabilities["tasks"] != nil {
		t.Errorf("discovered %s", r.last().Result)
	}
	for _, q := range []request{{method: methodDiscover}, {method: methodListTools}, tool("heard", "", ""), {method: "completion/complete"}} {
		o := c.over(q).outcome(t)
		kept := q.method == methodDiscover || q.method == methodListTools
		if o.Type != "complete" || !strings.Contains(string(o.Meta[metaServer]), "asker") || (o.TTL != nil && *o.TTL == 0 && o.Scope == "private") != kept {
			t.Errorf("%s: %+v", q.method, o)
		}
	}
	c.over(request{method: "resources/read", params: `"uri":"file:///no"`}).refused(t, "no resource", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
	meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`
	c.modern(methodListTools, "").post(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{`+meta+`}}`).refused(t, "no capabilities", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
	c.header = http.Header{}
	for _, method := range removed {
		c.over(request{method: method}).refused(t, method, http.StatusNotFound, jsonrpc.CodeNoMethod)
	}
	for d.running() > 1 { // that which was asked for its era is of no more use
	}
}

func TestALegacyServerIsToldWhatItsEraKnows(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	q := tool("heard", "", `{"sampling":{"tools":{}},"roots":{"listChanged":true},"experimental":{"x":{}},"extensions":{"io.modelcontextprotocol/tasks":{},"io.modelcontextprotocol/ui":{"a":1}}}`)
	q.meta = `"progressToken":"theirs","traceparent":"00-1"`
	heard := c.over(q.with(`"inputResponses":{}`)).outcome(t).Structured.Heard
	var methods []string
	for _, raw := range heard {
		var m struct{ Method string }
		must(t, json.Unmarshal(raw, &m))
		methods = append(methods, m.Method)
	}
	if !slices.Equal(methods, []string{methodInitialize, methodInitialized, methodCallTool}) {
		t.Fatalf("it heard %v", methods)
	}
	const able = `"capabilities":{"sampling":{"tools":{}},"roots":{},"extensions":{"io.modelcontextprotocol/ui":{"a":1}}},"clientInfo":{"name":"bridged","version":"1"}`
	if !strings.Contains(string(heard[0]), able) {
		t.Errorf("it is greeted with %s", heard[0])
	}
	if want := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"heard","arguments":{"text":""},"_meta":{"traceparent":"00-1","progressToken":1}}}`; string(heard[2]) != want {
		t.Errorf("it is called with %s", heard[2])
	}
}

func TestWhatIsHeldOrOutOfScopeDoesNotCrossTheBridge(t *testing.T) {
	d := newDock(t, nil)
	c := d.client(ada, d.asker())
	d.scope = moorage.Scope{"it/ask"}
	if list := c.over(request{method: methodListTools}).last().Result; strings.Contains(string(list), "heard") || !strings.Contains(string(list), `"ask"`) {
		t.Errorf("it lists %s", list)
	}
	c.over(tool("heard", "", "")).refused(t, "a tool out of scope", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
	c.over(request{method: "prompts/list"}).refused(t, "a method out of scope", http.StatusBadRequest, jsonrpc.CodeInvalidRequest)
	d.scope, d.held = nil, moorage.Holding{HeldSet: moorage.HeldSet{{Kind: moorage.OfferInstructions}: {}, {Kind: moorage.OfferTool, Name: "ask"}: {}}}
	if found := c.over(request{method: methodDiscover}).last().Result; strings.Contains(string(found), "instructions") || !strings.Contains(string(found), modernVersion) {
		t.Errorf("it is discovered as %s", found)
	}
	if list := c.over(request{method: methodListTools}).last().Result; strings.Contains(string(list), `"ask"`) || !strings.Contains(string(list), "heard") {
		t.Errorf("it lists %s", list)
	}
	c.over(tool("ask", "", "")).refused(t, "a tool that is held", http.StatusBadRequest, jsonrpc.CodeInvalidParams)
}
