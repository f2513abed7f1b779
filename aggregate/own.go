package aggregate

import (
	"bytes"
	"context"
	_ "embed" // own.json
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/jsonrpc"
)

//go:embed own.json
var ownJSON []byte // the objects of Moorage's own tools, as clients get them

// Names of Moorage's own tools. None holds two underscores, as those of servers do.
const (
	toolListTools   = "list_available_tools"
	toolFind        = "find_tool"
	toolCall        = "call_tool"
	toolServers     = "servers_list"
	toolServer      = "server_status"
	toolDeployments = "deployments_list"
	toolLogs        = "deployment_logs"
	toolDeploy      = "deploy"
)

// own are Moorage's own tools but call_tool, whose answer is another one's. Each
// answers with what becomes JSON.
var own = map[string]func(context.Context, *asking, json.RawMessage) (any, error){
	toolListTools:   listTools,
	toolFind:        findTool,
	toolServers:     listServers,
	toolServer:      serverStatus,
	toolDeployments: listDeployments,
	toolLogs:        readLog,
	toolDeploy:      deployAgain,
}

// ownEntries reads the objects. That they can be read is tested.
func ownEntries() (all []entry, err error) {
	var objects []json.RawMessage
	if err := json.Unmarshal(ownJSON, &objects); err != nil {
		return nil, fmt.Errorf("read own.json: %w", err)
	}
	for _, raw := range objects {
		var line bytes.Buffer
		o, err := jsonrpc.ParseObject(raw)
		if err == nil {
			err = json.Compact(&line, raw)
		}
		if err != nil {
			return nil, fmt.Errorf("read own.json: %w", err)
		}
		all = append(all, entry{name: o.Text("name"), object: line.Bytes(), words: wordsOf(o, ""), schema: o.Get("inputSchema")})
	}
	return all, nil
}

// mayDeploy reports whether a token is good for deploying: one that was narrowed
// to tools of servers is not, as a deployment may change what those tools are.
func mayDeploy(s moorage.Scope) bool { return len(s) == 0 }

// offer lists Moorage's own tools behind those of servers. Who asked for the small
// form is told of two of them, and finds the others and all else by the one.
func (k *catalog) offer(own []entry, c moorage.Caller) {
	for _, e := range own {
		switch {
		case e.name == toolDeploy && !mayDeploy(c.Scope):
			continue
		case e.name != toolFind && e.name != toolCall:
			k.own = append(k.own, e)
		}
		k.targets[target{moorage.OfferTool, e.name}] = e
		if e.name != toolFind {
			k.listed[moorage.OfferTool] = append(k.listed[moorage.OfferTool], e.object)
		}
		if e.name == toolFind || e.name == toolCall {
			k.small = append(k.small, e.object)
		}
	}
}

// callOwn calls one of Moorage's own tools. What went wrong is a result, too: the
// model reads what to do.
func (a *asking) callOwn(ctx context.Context, name string, arguments json.RawMessage) (mcp.Result, error) {
	said, err := own[name](ctx, a, arguments)
	var coded *moorage.Error
	if errors.As(err, &coded) {
		return a.result(toolError(sentence(err))), nil
	}
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(said)
	if err != nil {
		return nil, fmt.Errorf("encode what %s answers: %w", name, err)
	}
	content := jsonrpc.Object{{Name: "type", Value: text("text")}, {Name: "text", Value: text(string(body))}}
	return a.result(jsonrpc.Object{{Name: "content", Value: array([]json.RawMessage{content.Raw()})}, {Name: "structuredContent", Value: body}}.Raw()), nil
}

// arguments reads what a tool was called with, strictly. The error is Invalid.
func arguments(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return moorage.Errorf(moorage.Invalid, "The arguments do not fit the tool: %s.", err).Try("Look at its schema.").Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return moorage.Errorf(moorage.Invalid, "The arguments are more than one object.")
	}
	return nil
}

// atMost is a limit of a caller within bounds.
func atMost(asked, fallback, most int) int {
	if asked <= 0 {
		return fallback
	}
	return min(asked, most)
}
