package gateway

import (
	"context"
	"encoding/json"
	"net/http"

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
		if got, ok := runner.PlainHeader(h.Get(headerName)); !ok || got == "" || got != named {
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
	if why := headers[params.Text("name")].Disagree(r.Header, params.Get("arguments")); why != "" {
		return no(m, jsonrpc.CodeHeaderMismatch, why)
	}
	return nil
}

// headersOf reads, once for each deployment, which parameters its tools have in
// headers.
func (g *Gateway) headersOf(ctx context.Context, server moorage.ServerID, deployment moorage.DeploymentID) (map[string]runner.ParamHeaders, error) {
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
	e.headers = map[string]runner.ParamHeaders{}
	for _, t := range tools {
		var object struct {
			InputSchema json.RawMessage `json:"inputSchema"`
		}
		if json.Unmarshal(t.Object, &object) == nil {
			if found := runner.ParamHeadersOf(object.InputSchema); len(found) > 0 {
				e.headers[t.Name] = found
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.eras[deployment] = e
	return e.headers, nil
}
