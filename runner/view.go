package runner

import (
	"context"
	"encoding/json"
	"slices"

	"moorage"
	"moorage/jsonrpc"
	"moorage/pins"
)

// View is what a guest gets of what a server offers. Its zero value is all of it.
type View struct {
	Slug  string // of the server
	Scope moorage.Scope
	Held  moorage.Holding // what the server lists and nobody gets
}

const (
	methodDiscover  = "server/discover"
	methodListTools = "tools/list"
	methodCallTool  = "tools/call"
)

// narrowed are the methods that a token for some tools only may use. What else
// a server offers may do the same as a tool that it may not call.
var narrowed = []string{methodInitialize, "ping", methodDiscover, "logging/setLevel", methodListTools, methodCallTool, methodListen}

// use is a method that uses one offer of a server: which member of its
// parameters names it.
type use struct {
	kind moorage.OfferKind
	name string
}

var uses = map[string]use{
	methodCallTool:   {moorage.OfferTool, "name"},
	"prompts/get":    {moorage.OfferPrompt, "name"},
	"resources/read": {moorage.OfferResource, "uri"},
}

// listOf is the list that a method asks for.
func listOf(method string) (list, bool) {
	for _, l := range append([]list{toolList}, sideLists...) {
		if l.method == method {
			return l, true
		}
	}
	return list{}, false
}

// Uses reports whether a method uses one offer of a server.
func Uses(method string) bool {
	_, ok := uses[method]
	return ok
}

// Whole reports whether the guest gets everything that the server offers.
func (v View) Whole() bool { return v.Held.Nothing() && v.Scope.Whole(v.Slug) }

// Gets reports whether the guest gets one offer.
func (v View) Gets(kind moorage.OfferKind, name string) bool {
	return !v.Held.Has(kind, name) && (kind != moorage.OfferTool || v.Scope.Allows(v.Slug, name))
}

// Refuses says why a guest may not make a call; nil when they may.
func (v View) Refuses(m jsonrpc.Message) *jsonrpc.Message {
	if v.Whole() {
		return nil
	}
	code, why := v.objection(m)
	if why == "" {
		return nil
	}
	no := jsonrpc.Refusal(m.ID, code, why)
	return &no
}

func (v View) objection(m jsonrpc.Message) (code int, why string) {
	if !v.Scope.Whole(v.Slug) && !slices.Contains(narrowed, m.Method) {
		return jsonrpc.CodeInvalidRequest, "This token is for some tools of the server only, and for nothing else that it offers."
	}
	u, ok := uses[m.Method]
	if !ok {
		return 0, ""
	}
	params, err := jsonrpc.ParseObject(m.Params, "name", "uri", "arguments")
	name := params.Text(u.name)
	switch {
	case err != nil:
		return jsonrpc.CodeInvalidParams, "The parameters cannot be read: " + err.Error() + "."
	case v.Held.Has(u.kind, name):
		return jsonrpc.CodeInvalidParams, "The server has changed this, and its owner has not approved the change yet."
	case !v.Gets(u.kind, name):
		return jsonrpc.CodeInvalidParams, "This token is not for the tool that was called."
	}
	return 0, ""
}

// Narrow leaves out of an answer what the guest does not get.
func (v View) Narrow(method string, m jsonrpc.Message) jsonrpc.Message {
	if m.Result == nil || v.Whole() {
		return m
	}
	if introduces(method) {
		return v.silence(m)
	}
	l, ok := listOf(method)
	if !ok {
		return m
	}
	result, err := jsonrpc.ParseObject(m.Result)
	var objects []json.RawMessage
	if err != nil || json.Unmarshal(result.Get(l.key), &objects) != nil {
		return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "What the server lists cannot be read.")
	}
	kept := []json.RawMessage{}
	for _, raw := range objects {
		if v.lists(l.kind, raw) {
			kept = append(kept, raw)
		}
	}
	body, _ := json.Marshal(kept) // what was read marshals
	m.Result = result.With(l.key, body).Raw()
	return m
}

// lists reports whether the guest gets an object of a list.
func (v View) lists(kind moorage.OfferKind, object json.RawMessage) bool {
	if v.Held.Pins != nil {
		o, err := pins.Read(kind, object)
		return err == nil && !v.Held.Holds(o) && v.Gets(kind, o.Name)
	}
	member, _ := pins.NameKey(kind)
	o, err := jsonrpc.ParseObject(object)
	return err == nil && v.Gets(kind, o.Text(member))
}

// introduces reports whether a server answers a method with what it says of itself.
func introduces(method string) bool { return method == methodInitialize || method == methodDiscover }

// silence leaves instructions out that are held.
func (v View) silence(m jsonrpc.Message) jsonrpc.Message {
	result, err := jsonrpc.ParseObject(m.Result)
	if err != nil {
		return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "What the server says of itself cannot be read.")
	}
	said, err := pins.Instructions(result.Text("instructions"))
	if err == nil && !slices.ContainsFunc(said, v.Held.Holds) {
		return m
	}
	m.Result = result.Without("instructions").Raw()
	return m
}

// refuses says why a call may not be made as things are now; nil when it may.
func (h holding) refuses(ctx context.Context, m jsonrpc.Message) *jsonrpc.Message {
	if h == nil || !Uses(m.Method) {
		return nil
	}
	held, err := h(ctx)
	if err != nil {
		no := unknown(m)
		return &no
	}
	return View{Held: held}.Refuses(m)
}

// narrow leaves out of an answer what is held as things are now.
func (h holding) narrow(ctx context.Context, method string, m jsonrpc.Message) jsonrpc.Message {
	if h == nil {
		return m
	}
	if _, lists := listOf(method); !lists && !introduces(method) {
		return m
	}
	held, err := h(ctx)
	if err != nil {
		return unknown(m)
	}
	return View{Held: held}.Narrow(method, m)
}

// unknown answers a call when it cannot be looked up what is held.
func unknown(m jsonrpc.Message) jsonrpc.Message {
	return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "Moorage cannot look up what of this server is held back. Try again in a moment.")
}
