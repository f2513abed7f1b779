package gateway

import (
	"encoding/json"
	"slices"
	"strings"

	"moorage/jsonrpc"
)

// Keys of _meta that a call of the modern era says things in which a legacy
// session is told once (MCP 2026-07-28, basic).
const (
	metaReserved     = "io.modelcontextprotocol/"
	metaClient       = "io.modelcontextprotocol/clientInfo"
	metaCapabilities = "io.modelcontextprotocol/clientCapabilities"
	metaLogLevel     = "io.modelcontextprotocol/logLevel"
	metaServer       = "io.modelcontextprotocol/serverInfo"
	metaSubscription = "io.modelcontextprotocol/subscriptionId"
	extensionTasks   = "io.modelcontextprotocol/tasks"
)

// levels of log messages, the least severe first (RFC 5424, section 6.2.1).
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// declared is what a call of the modern era says of itself and its client.
type declared struct {
	params jsonrpc.Object
	meta   jsonrpc.Object
	client json.RawMessage // its clientInfo; nil: not told
	able   jsonrpc.Object  // its capabilities, of those that a legacy server can be told
	level  string          // from which on it wants log messages; "": it wants none
	token  json.RawMessage // of its progress; nil: none
}

// declares reads a call. why says what cannot be read in it.
func declares(m jsonrpc.Message) (d declared, why string) {
	var err error
	if d.params, err = jsonrpc.ParseObject(m.Params, "_meta", "inputResponses", "requestState", "notifications"); err != nil {
		return d, "The parameters cannot be read: " + err.Error() + "."
	}
	if d.meta, err = jsonrpc.ParseObject(d.params.Get("_meta"), metaClient, metaCapabilities, metaLogLevel, "progressToken"); err != nil {
		return d, "_meta cannot be read: " + err.Error() + "."
	}
	if d.meta.Get(metaCapabilities) == nil {
		return d, "_meta has no " + metaCapabilities + "."
	}
	all, err := jsonrpc.ParseObject(d.meta.Get(metaCapabilities), "roots", "sampling", "elicitation", "extensions")
	if err != nil {
		return d, "The capabilities of the client cannot be read: " + err.Error() + "."
	}
	if d.meta.Get(metaLogLevel) != nil {
		if d.level = d.meta.Text(metaLogLevel); !slices.Contains(levels, d.level) {
			return d, metaLogLevel + " is none of " + strings.Join(levels, ", ") + "."
		}
	}
	d.able, d.client, d.token = carried(all), d.meta.Get(metaClient), d.meta.Get("progressToken")
	return d, ""
}

// carried are the capabilities that the bridge can carry questions for, and the
// extensions that are the same in both eras. Tasks are not.
func carried(all jsonrpc.Object) jsonrpc.Object {
	kept := jsonrpc.Object{}
	for _, member := range all {
		switch member.Name {
		case "roots": // nobody can tell that they have changed
			kept = append(kept, jsonrpc.Member{Name: "roots", Value: json.RawMessage("{}")})
		case "sampling", "elicitation":
			kept = append(kept, member)
		case "extensions":
			if some, err := jsonrpc.ParseObject(member.Value); err == nil && len(some.Without(extensionTasks)) > 0 {
				kept = append(kept, jsonrpc.Member{Name: "extensions", Value: some.Without(extensionTasks).Raw()})
			}
		}
	}
	return kept
}

// hello is the initialize of a legacy session in the words of the call.
func (d declared) hello(moorage string) jsonrpc.Message {
	client := d.client
	if client == nil {
		client, _ = json.Marshal(map[string]string{"name": "moorage", "version": moorage}) // plain values always marshal
	}
	version, _ := json.Marshal(legacyVersions[0])
	params := jsonrpc.Object{{Name: "protocolVersion", Value: version}, {Name: "capabilities", Value: d.able.Raw()}, {Name: "clientInfo", Value: client}}
	return jsonrpc.Message{ID: greetID, Method: methodInitialize, Params: params.Raw()}
}

// mayBeAsked reports whether the client has declared that it answers a question
// of the server (MCP 2026-07-28, basic/patterns/mrtr: server requirements).
func mayBeAsked(able jsonrpc.Object, m jsonrpc.Message) bool {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return false
	}
	switch m.Method {
	case "roots/list":
		return able.Get("roots") != nil
	case "sampling/createMessage":
		can, err := jsonrpc.ParseObject(able.Get("sampling"))
		return able.Get("sampling") != nil && err == nil && (params.Get("tools") == nil || can.Get("tools") != nil)
	case "elicitation/create":
		can, err := jsonrpc.ParseObject(able.Get("elicitation"))
		if able.Get("elicitation") == nil || err != nil {
			return false
		}
		if params.Text("mode") == "url" {
			return can.Get("url") != nil
		}
		return can.Get("form") != nil || can.Get("url") == nil // an empty declaration means forms
	}
	return false
}

// severe reports whether a log message is at least of a level.
func severe(m jsonrpc.Message, level string) bool {
	params, err := jsonrpc.ParseObject(m.Params)
	return err == nil && rank(params.Text("level")) >= rank(level)
}

// rank orders levels by how severe they are.
func rank(level string) int { return slices.Index(levels, level) }
