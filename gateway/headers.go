package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// agrees holds the headers of a call against its body: who routes by the ones
// and who acts by the other must not be told two things (MCP 2026-07-28,
// basic/transports: request headers).
func agrees(h http.Header, m jsonrpc.Message) *jsonrpc.Message {
	params, err := jsonrpc.ParseObject(m.Params, "_meta", "name", "uri", "taskId", "arguments")
	meta, metaErr := jsonrpc.ParseObject(params.Get("_meta"), metaVersion)
	header, body := h.Get(headerVersion), meta.Text(metaVersion)
	switch {
	case err != nil:
		return no(m, jsonrpc.CodeInvalidParams, "The parameters cannot be read: "+err.Error()+".")
	case metaErr != nil:
		return no(m, jsonrpc.CodeInvalidParams, "_meta cannot be read: "+metaErr.Error()+".")
	case header == "":
		return no(m, jsonrpc.CodeHeaderMismatch, "Send the header Mcp-Protocol-Version.")
	case body == "":
		return no(m, jsonrpc.CodeInvalidParams, "_meta has no "+metaVersion+".")
	case header != body:
		return no(m, jsonrpc.CodeHeaderMismatch, "Mcp-Protocol-Version is not what the body says.")
	case header != modernVersion:
		why := unsupported(m)
		return &why
	case h.Get(headerMethod) != m.Method:
		return no(m, jsonrpc.CodeHeaderMismatch, "Mcp-Method is not what the body says.")
	}
	if named, must := nameOf(m.Method, params); must || named != "" && h.Get(headerName) != "" {
		if got, ok := plain(h.Get(headerName)); !ok || got == "" || got != named {
			return no(m, jsonrpc.CodeHeaderMismatch, "Mcp-Name is not what the body says.")
		}
	}
	return nil
}

func no(m jsonrpc.Message, code int, text string) *jsonrpc.Message {
	why := jsonrpc.Refusal(m.ID, code, text)
	return &why
}

// nameOf is what Mcp-Name repeats of a call, and whether it must.
func nameOf(method string, params jsonrpc.Object) (name string, must bool) {
	switch method {
	case methodCallTool, "prompts/get":
		return params.Text("name"), true
	case "resources/read":
		return params.Text("uri"), true
	case "tasks/get", "tasks/update", "tasks/cancel":
		return params.Text("taskId"), false
	}
	return "", false
}

// plain is the text of a header that may hold it as base64; false when it can
// hold no text.
func plain(value string) (string, bool) {
	if body, ok := strings.CutPrefix(value, "=?base64?"); ok && strings.HasSuffix(body, "?=") {
		b, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(body, "?="))
		return string(b), err == nil
	}
	for _, r := range value {
		if r > '~' || r < ' ' && r != '\t' {
			return "", false
		}
	}
	return value, true
}

// toolHeaders are the parameters of a tool that stand in headers, too: by the
// last part of the header's name, the way to the parameter.
type toolHeaders map[string][]string

// agreesParams holds the headers of a tool's parameters against the call.
func (g *Gateway) agreesParams(r *http.Request, c Call, session *runner.Session, m jsonrpc.Message) *jsonrpc.Message {
	if m.Method != methodCallTool {
		return nil
	}
	headers, err := g.headersOf(r.Context(), c.Server.ID, session.Info().Deployment)
	if err != nil {
		g.o.Logger.WarnContext(r.Context(), "tools not read", "server", c.Server.ID, "err", err)
		return no(m, jsonrpc.CodeInternal, "Something broke on our side. Try again.")
	}
	params, _ := jsonrpc.ParseObject(m.Params) // was read before
	for name, path := range headers[params.Text("name")] {
		if why := agreesParam(r.Header.Values(headerParam+name), name, lookUp(params.Get("arguments"), path)); why != "" {
			return no(m, jsonrpc.CodeHeaderMismatch, why)
		}
	}
	return nil
}

func agreesParam(header []string, name string, value any) string {
	switch {
	case value == nil && len(header) > 0:
		return "Mcp-Param-" + name + " names a parameter that the call does not have."
	case value == nil:
		return ""
	case len(header) == 0:
		return "Send the header Mcp-Param-" + name + "."
	}
	got, ok := plain(header[0])
	switch v := value.(type) {
	case string:
		ok = ok && got == v
	case bool:
		ok = ok && got == strconv.FormatBool(v)
	case float64:
		f, err := strconv.ParseFloat(got, 64)
		ok = ok && err == nil && f == v
	default:
		ok = false
	}
	if !ok {
		return "Mcp-Param-" + name + " is not what the body says."
	}
	return ""
}

// lookUp follows a path of names into a JSON value; nil when it leads nowhere.
func lookUp(raw json.RawMessage, path []string) any {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// headersOf reads, once for each deployment, which parameters its tools have in
// headers.
func (g *Gateway) headersOf(ctx context.Context, server moorage.ServerID, deployment moorage.DeploymentID) (map[string]toolHeaders, error) {
	g.mu.Lock()
	e := g.eras[deployment]
	g.mu.Unlock()
	if e.headers != nil {
		return e.headers, nil
	}
	tools, err := g.o.Tools.Tools(ctx, server)
	if err != nil {
		return nil, err
	}
	e.headers = map[string]toolHeaders{}
	for _, t := range tools {
		var object struct {
			InputSchema json.RawMessage `json:"inputSchema"`
		}
		if json.Unmarshal(t.Object, &object) == nil {
			if found := annotated(object.InputSchema, nil, 0); len(found) > 0 {
				e.headers[t.Name] = found
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.eras[deployment] = e
	return e.headers, nil
}

// annotated finds x-mcp-header in a schema of an object, at any depth of its
// properties.
func annotated(raw json.RawMessage, path []string, depth int) toolHeaders {
	var schema struct {
		Header     string                     `json:"x-mcp-header"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if depth > maxSchema || json.Unmarshal(raw, &schema) != nil {
		return nil
	}
	found := toolHeaders{}
	if schema.Header != "" && len(path) > 0 {
		found[http.CanonicalHeaderKey(schema.Header)] = path
	}
	for name, property := range schema.Properties {
		for header, way := range annotated(property, append(append([]string(nil), path...), name), depth+1) {
			found[header] = way
		}
	}
	return found
}

// maxSchema is how deep in a schema a header may stand.
const maxSchema = 8
