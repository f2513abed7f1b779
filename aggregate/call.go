package aggregate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/jsonrpc"
)

// callTool answers "tools/call".
func callTool(ctx context.Context, a *asking) (mcp.Result, error) {
	p, ok := a.request.GetParams().(*mcp.CallToolParamsRaw)
	if !ok {
		return nil, errParams()
	}
	name, args := p.Name, p.Arguments
	if name == toolCall {
		var asked struct {
			Name      string
			Arguments json.RawMessage
		}
		if err := arguments(args, &asked); err != nil {
			return a.result(toolError(sentence(err))), nil
		}
		if _, ok := a.catalog.find(moorage.OfferTool, asked.Name); !ok || asked.Name == toolCall {
			return a.result(toolError(sentence(errAbsent("tool", asked.Name)))), nil
		}
		name, args = asked.Name, asked.Arguments
	}
	return a.call(ctx, name, args)
}

// call calls a tool of a server. What keeps it from an answer is a result, too:
// the model reads what to do.
func (a *asking) call(ctx context.Context, name string, arguments json.RawMessage) (mcp.Result, error) {
	e, ok := a.catalog.find(moorage.OfferTool, name)
	if !ok {
		return nil, errAbsent("tool", name)
	}
	if own[name] != nil {
		return a.callOwn(ctx, name, arguments)
	}
	params := jsonrpc.Object{{Name: "name", Value: text(e.offer.Name)}}
	if len(arguments) > 0 {
		params = params.With("arguments", arguments)
	}
	result, err := a.ask(ctx, e.server, params)
	var coded *moorage.Error
	if errors.As(err, &coded) {
		return a.result(toolError(e.server.Slug + ": " + sentence(err))), nil
	}
	if err != nil {
		return nil, err
	}
	return a.result(result), nil
}

// result is what was asked for, as it stands.
func (a *asking) result(object json.RawMessage) *raw { return &raw{object: object, modern: a.modern} }

// toolError is a result that says why there is none.
func toolError(why string) json.RawMessage {
	content := jsonrpc.Object{{Name: "type", Value: text("text")}, {Name: "text", Value: text(why)}}
	return jsonrpc.Object{{Name: "content", Value: array([]json.RawMessage{content.Raw()})}, {Name: "isError", Value: json.RawMessage("true")}}.Raw()
}

// getPrompt answers "prompts/get".
func getPrompt(ctx context.Context, a *asking) (mcp.Result, error) {
	p, ok := a.request.GetParams().(*mcp.GetPromptParams)
	if !ok {
		return nil, errParams()
	}
	e, ok := a.catalog.find(moorage.OfferPrompt, p.Name)
	if !ok {
		return nil, errAbsent("prompt", p.Name)
	}
	params := jsonrpc.Object{{Name: "name", Value: text(e.offer.Name)}}
	if p.Arguments != nil {
		arguments, _ := json.Marshal(p.Arguments) // strings always marshal
		params = params.With("arguments", arguments)
	}
	result, err := a.ask(ctx, e.server, params)
	if err != nil {
		return nil, err
	}
	return a.result(result), nil
}

// readResource answers "resources/read": what it holds has the URIs that clients
// know.
func readResource(ctx context.Context, a *asking) (mcp.Result, error) {
	p, ok := a.request.GetParams().(*mcp.ReadResourceParams)
	if !ok {
		return nil, errParams()
	}
	s, inner, ok := a.resource(p.URI)
	if !ok {
		return nil, errAbsent("resource", p.URI)
	}
	result, err := a.ask(ctx, s, jsonrpc.Object{{Name: "uri", Value: text(inner)}})
	if err != nil {
		return nil, err
	}
	r := a.result(withOuterURIs(s.Slug, result))
	r.cacheable = true
	return r, nil
}

// resource finds whose a URI is: by its prefix, or, as a result of a tool may
// name it, by the only server that lists it. Where a token does not reach all of
// a server, nothing of it is read; what is held is not, either.
func (a *asking) resource(uri string) (s moorage.Server, inner string, ok bool) {
	slug, inner, ok := innerURI(uri)
	if ok {
		s, ok = a.catalog.server(slug)
	}
	if !ok {
		s, ok = a.catalog.lister(uri)
		inner = uri
	}
	if !ok || !a.caller.Scope.Whole(s.Slug) || a.catalog.hidden[s.ID].Has(moorage.OfferResource, inner) {
		return s, "", false
	}
	return s, inner, true
}

// withOuterURIs prefixes the URIs of contents.
func withOuterURIs(slug string, result json.RawMessage) json.RawMessage {
	const member = "contents"
	object, err := jsonrpc.ParseObject(result)
	var contents []json.RawMessage
	if err != nil || json.Unmarshal(object.Get(member), &contents) != nil {
		return result
	}
	for i, content := range contents {
		if o, err := jsonrpc.ParseObject(content); err == nil && o.Text("uri") != "" {
			contents[i] = o.With("uri", text(outerURI(slug, o.Text("uri")))).Raw()
		}
	}
	return object.With(member, array(contents)).Raw()
}

// complete answers "completion/complete" for an argument of a prompt or of a
// template of resources.
func complete(ctx context.Context, a *asking) (mcp.Result, error) {
	p, ok := a.request.GetParams().(*mcp.CompleteParams)
	if !ok || p.Ref == nil {
		return nil, errParams()
	}
	kind, name, member := moorage.OfferPrompt, p.Ref.Name, "name"
	if p.Ref.Type == "ref/resource" {
		kind, name, member = moorage.OfferTemplate, p.Ref.URI, "uri"
	}
	e, ok := a.catalog.find(kind, name)
	if !ok {
		return nil, errAbsent(string(kind), name)
	}
	argument, _ := json.Marshal(p.Argument) // strings always marshal
	params := jsonrpc.Object{
		{Name: "ref", Value: jsonrpc.Object{{Name: "type", Value: text(p.Ref.Type)}, {Name: member, Value: text(e.offer.Name)}}.Raw()},
		{Name: "argument", Value: argument},
	}
	if p.Context != nil {
		given, _ := json.Marshal(p.Context) // likewise
		params = params.With("context", given)
	}
	result, err := a.ask(ctx, e.server, params)
	if err != nil {
		return nil, err
	}
	return a.result(result), nil
}

// ours begins the keys of _meta that say how a client and we speak.
const ours = "io.modelcontextprotocol/"

// ask asks a server what a client has asked of us.
func (a *asking) ask(ctx context.Context, s moorage.Server, params jsonrpc.Object) (json.RawMessage, error) {
	var meta jsonrpc.Object
	given := a.request.GetParams().GetMeta()
	for name, value := range given {
		if body, err := json.Marshal(value); err == nil && name != "progressToken" && !strings.HasPrefix(name, ours) {
			meta = meta.With(name, body)
		}
	}
	if meta != nil {
		params = params.With("_meta", meta.Raw())
	}
	var progress func(jsonrpc.Message)
	if token := given["progressToken"]; token != nil {
		progress = func(m jsonrpc.Message) { a.report(ctx, token, m) }
	}
	key := lineKey{a.session.ID(), a.caller.User.ID, s.ID}
	m, err := a.view.a.lines.ask(ctx, key, question{a.method, params, progress, func(ctx context.Context) error { return a.still(ctx, s) }})
	if err != nil {
		return nil, err
	}
	return answered(m)
}

// still says why the caller may not call a server, as things are now.
func (a *asking) still(ctx context.Context, s moorage.Server) error {
	k, err := a.view.catalog(ctx, a.caller)
	if err != nil {
		return err
	}
	if _, ok := k.server(s.Slug); !ok {
		return moorage.Errorf(moorage.Forbidden, "You may not call this server any more.").Try("Ask its owner.")
	}
	return nil
}

// answered is what a server answered. An error goes on as the server said it.
func answered(m jsonrpc.Message) (json.RawMessage, error) {
	if m.Err == nil {
		return m.Result, nil
	}
	var said sdkjsonrpc.Error
	if err := json.Unmarshal(m.Err, &said); err != nil || said.Code == 0 {
		return nil, moorage.Errorf(moorage.Unavailable, "The server answered with an error that is none of JSON-RPC.").Try("Look at its output.")
	}
	if said.Code == jsonrpc.CodeServerGone { // our own word for it, or the server's: it did not do what was asked
		return nil, moorage.Errorf(moorage.Unavailable, "%s", said.Message).Because(&said)
	}
	return nil, &said
}

// report tells the client how far a call is.
func (a *asking) report(ctx context.Context, token any, m jsonrpc.Message) {
	var p mcp.ProgressNotificationParams
	if json.Unmarshal(m.Params, &p) != nil {
		return
	}
	p.ProgressToken = token
	_ = a.session.NotifyProgress(ctx, &p) // a client that has gone is told nothing
}

func errAbsent(what, name string) error {
	return moorage.Errorf(moorage.NotFound, "There is no %s %s here, or none that you may use.", what, clipped(name)).Try("List what there is.")
}

func errParams() error { return moorage.Errorf(moorage.Invalid, "The call has no parameters.") }

// clipped is a name of a caller as it may stand in a sentence.
func clipped(s string) string {
	const most = 128
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
