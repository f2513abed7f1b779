package gateway

import (
	"encoding/json"
	"slices"

	"moorage/jsonrpc"
)

const (
	methodListTools = "tools/list"
	methodCallTool  = "tools/call"
)

// narrowed are the methods that a token for some tools only may use. What else
// a server offers may do the same as a tool that it may not call.
var narrowed = []string{methodInitialize, "ping", "server/discover", "logging/setLevel", methodListTools, methodCallTool, methodListen}

// refuses says why a caller may not make a call; nil when they may.
func (c Call) refuses(m jsonrpc.Message) *jsonrpc.Message {
	if c.Caller.Scope.Whole(c.Server.Slug) {
		return nil
	}
	if !slices.Contains(narrowed, m.Method) {
		no := jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidRequest, "This token is for some tools of the server only, and for nothing else that it offers.")
		return &no
	}
	if m.Method != methodCallTool {
		return nil
	}
	params, err := jsonrpc.ParseObject(m.Params, "name", "arguments")
	if name := params.Text("name"); err != nil || !c.Caller.Scope.Allows(c.Server.Slug, name) {
		no := jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidParams, "This token is not for the tool that was called.")
		return &no
	}
	return nil
}

// narrow leaves those tools out of a list that the caller may not call.
func (c Call) narrow(method string, m jsonrpc.Message) jsonrpc.Message {
	if method != methodListTools || m.Result == nil || c.Caller.Scope.Whole(c.Server.Slug) {
		return m
	}
	result, err := jsonrpc.ParseObject(m.Result)
	var tools []json.RawMessage
	if err != nil || json.Unmarshal(result.Get("tools"), &tools) != nil {
		return jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, "The server's list of tools cannot be read.")
	}
	kept := []json.RawMessage{}
	for _, t := range tools {
		object, err := jsonrpc.ParseObject(t)
		if err == nil && c.Caller.Scope.Allows(c.Server.Slug, object.Text("name")) {
			kept = append(kept, t)
		}
	}
	list, _ := json.Marshal(kept) // what was read marshals
	m.Result = result.With("tools", list).Raw()
	return m
}
