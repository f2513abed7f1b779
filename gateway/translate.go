package gateway

import (
	"encoding/json"
	"strconv"
	"strings"

	"moorage/jsonrpc"
)

// codeNoResource is how a legacy server says that there is no such resource;
// the modern era says it with CodeInvalidParams.
const codeNoResource = -32002

// cacheable are the methods whose results say how long they may be kept
// (MCP 2026-07-28, server/utilities/caching).
var cacheable = []string{methodDiscover, methodListTools, "prompts/list", "resources/list", "resources/templates/list", "resources/read"}

// removed are the methods of the legacy era that the modern one has not got.
var removed = []string{methodInitialize, "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"}

// backwards is a call as a legacy server gets it, under an id of ours, which is
// the token of its progress, too.
func backwards(m jsonrpc.Message, d declared, id json.RawMessage) jsonrpc.Message {
	meta := unreserved(d.meta).Without("progressToken")
	if d.token != nil {
		meta = meta.With("progressToken", id)
	}
	params := d.params.Without("_meta").Without("inputResponses").Without("requestState")
	if len(meta) > 0 {
		params = params.With("_meta", meta.Raw())
	}
	m.ID, m.Params = id, params.Raw()
	return m
}

// unreserved is a _meta without what only the modern era says there.
func unreserved(meta jsonrpc.Object) jsonrpc.Object {
	kept := make(jsonrpc.Object, 0, len(meta))
	for _, member := range meta {
		if !strings.HasPrefix(member.Name, metaReserved) {
			kept = append(kept, member)
		}
	}
	return kept
}

// forwards is the answer of a legacy server as the modern era has it.
func forwards(method string, said jsonrpc.Message, server json.RawMessage) jsonrpc.Message {
	if said.Err != nil {
		if e, err := jsonrpc.ParseObject(said.Err); err == nil && said.Code() == codeNoResource {
			said.Err = e.With("code", json.RawMessage(strconv.Itoa(jsonrpc.CodeInvalidParams))).Raw()
		}
		return said
	}
	result, err := jsonrpc.ParseObject(said.Result)
	if err != nil {
		return jsonrpc.Refusal(said.ID, jsonrpc.CodeServerGone, "What the server has answered cannot be read.")
	}
	said.Result = finished(method, result, server).Raw()
	return said
}

// finished gives a result what each one has in the modern era.
func finished(method string, result jsonrpc.Object, server json.RawMessage) jsonrpc.Object {
	result = result.With("resultType", json.RawMessage(`"complete"`))
	for _, m := range cacheable {
		if m == method {
			result = result.With("ttlMs", json.RawMessage("0")).With("cacheScope", json.RawMessage(`"private"`))
		}
	}
	return signed(result, server)
}

// signed names the server in the _meta of a result.
func signed(result jsonrpc.Object, server json.RawMessage) jsonrpc.Object {
	meta, err := jsonrpc.ParseObject(result.Get("_meta"))
	if err != nil || server == nil {
		return result
	}
	return result.With("_meta", meta.With(metaServer, server).Raw())
}

// discovery is what a legacy server says of itself when it is greeted, as the
// answer to server/discover.
func discovery(welcome jsonrpc.Object) jsonrpc.Object {
	versions, _ := json.Marshal(spoken) // strings always marshal
	result := jsonrpc.Object{
		{Name: "supportedVersions", Value: versions},
		{Name: "capabilities", Value: offered(welcome.Get("capabilities"))},
	}
	if instructions := welcome.Get("instructions"); instructions != nil {
		result = result.With("instructions", instructions)
	}
	return finished(methodDiscover, result, welcome.Get("serverInfo"))
}

// offered are the capabilities of a legacy server that are there over the bridge:
// tasks are another thing in each era.
func offered(raw json.RawMessage) json.RawMessage {
	all, err := jsonrpc.ParseObject(raw)
	if err != nil {
		return json.RawMessage("{}")
	}
	all = all.Without("tasks")
	if some, err := jsonrpc.ParseObject(all.Get("extensions")); err == nil && some.Get(extensionTasks) != nil {
		all = all.With("extensions", some.Without(extensionTasks).Raw())
	}
	return all.Raw()
}

// inputRequest is a question of a legacy server as it stands in a result.
func inputRequest(m jsonrpc.Message) json.RawMessage {
	method, _ := json.Marshal(m.Method) // a string always marshals
	request := jsonrpc.Object{{Name: "method", Value: method}}
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return request.Raw()
	}
	meta, _ := jsonrpc.ParseObject(params.Get("_meta")) // what is no object is left out
	params = params.Without("_meta").Without("task")
	if meta = unreserved(meta).Without("progressToken"); len(meta) > 0 {
		params = params.With("_meta", meta.Raw())
	}
	return request.With("params", params.Raw()).Raw()
}
