package gateway

import (
	"encoding/json"
	"slices"

	"moorage"
	"moorage/jsonrpc"
)

const (
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

// list is a method that lists offers: where in its result, and which member of
// each names it.
type list struct {
	kind    moorage.OfferKind
	objects string
	name    string
}

var lists = map[string]list{
	methodListTools:            {moorage.OfferTool, "tools", "name"},
	"prompts/list":             {moorage.OfferPrompt, "prompts", "name"},
	"resources/list":           {moorage.OfferResource, "resources", "uri"},
	"resources/templates/list": {moorage.OfferTemplate, "resourceTemplates", "uriTemplate"},
}

// whole reports whether the caller gets everything that the server offers.
func (c Call) whole() bool { return len(c.Held) == 0 && c.Caller.Scope.Whole(c.Server.Slug) }

// gets reports whether the caller gets one offer.
func (c Call) gets(kind moorage.OfferKind, name string) bool {
	return !c.Held.Has(kind, name) && (kind != moorage.OfferTool || c.Caller.Scope.Allows(c.Server.Slug, name))
}

// refuses says why a caller may not make a call; nil when they may.
func (c Call) refuses(m jsonrpc.Message) *jsonrpc.Message {
	if c.whole() {
		return nil
	}
	if !c.Caller.Scope.Whole(c.Server.Slug) && !slices.Contains(narrowed, m.Method) {
		return no(m, jsonrpc.CodeInvalidRequest, "This token is for some tools of the server only, and for nothing else that it offers.")
	}
	u, ok := uses[m.Method]
	if !ok {
		return nil
	}
	params, err := jsonrpc.ParseObject(m.Params, "name", "uri", "arguments")
	name := params.Text(u.name)
	switch {
	case err != nil:
		return no(m, jsonrpc.CodeInvalidParams, "The parameters cannot be read: "+err.Error()+".")
	case c.Held.Has(u.kind, name):
		return no(m, jsonrpc.CodeInvalidParams, "The server has changed this, and its owner has not approved the change yet.")
	case !c.gets(u.kind, name):
		return no(m, jsonrpc.CodeInvalidParams, "This token is not for the tool that was called.")
	}
	return nil
}

// narrow leaves out of an answer what the caller does not get.
func (c Call) narrow(method string, m jsonrpc.Message) jsonrpc.Message {
	if m.Result == nil || c.whole() {
		return m
	}
	if method == methodInitialize || method == methodDiscover {
		return c.silence(m)
	}
	l, ok := lists[method]
	if !ok {
		return m
	}
	result, err := jsonrpc.ParseObject(m.Result)
	var objects []json.RawMessage
	if err != nil || json.Unmarshal(result.Get(l.objects), &objects) != nil {
		return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "What the server lists cannot be read.")
	}
	kept := []json.RawMessage{}
	for _, raw := range objects {
		object, err := jsonrpc.ParseObject(raw)
		if err == nil && c.gets(l.kind, object.Text(l.name)) {
			kept = append(kept, raw)
		}
	}
	body, _ := json.Marshal(kept) // what was read marshals
	m.Result = result.With(l.objects, body).Raw()
	return m
}

// silence leaves instructions out that are held.
func (c Call) silence(m jsonrpc.Message) jsonrpc.Message {
	if !c.Held.Has(moorage.OfferInstructions, "") {
		return m
	}
	result, err := jsonrpc.ParseObject(m.Result)
	if err != nil {
		return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "What the server says of itself cannot be read.")
	}
	m.Result = result.Without("instructions").Raw()
	return m
}
