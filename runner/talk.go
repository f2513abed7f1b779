package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"moorage"
	"moorage/jsonrpc"
)

// talk is our side of an MCP conversation, when we are the client: one call at
// a time.
type talk struct {
	line   line
	client string // our version
	asking string // the method of the last call
	calls  int
	modern bool // the server speaks the era without initialize
}

// line is what a talk goes over. errSilent says that the other side has ended.
type line interface {
	say(ctx context.Context, m jsonrpc.Message) error
	Hear(ctx context.Context) (jsonrpc.Message, error)
}

// errSilent says that the server ended the conversation.
var errSilent = errors.New("the server ended the conversation")

// ask makes one call and waits for its answer. A JSON-RPC error of the server
// is a *moorage.RPCError.
func (t *talk) ask(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	if t.modern {
		params["_meta"] = t.meta()
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", method, err)
	}
	t.calls++
	t.asking = method
	id := t.lastID()
	if err := t.line.say(ctx, jsonrpc.Message{ID: id, Method: method, Params: body}); err != nil {
		return nil, err
	}
	for {
		m, err := t.line.Hear(ctx)
		switch {
		case err != nil:
			return nil, err
		case m.IsRequest():
			if err := t.reply(ctx, m); err != nil {
				return nil, err
			}
		case m.IsResponse() && jsonrpc.Key(m.ID) == jsonrpc.Key(id):
			return result(m)
		}
	}
}

// lastID is the id of the last call.
func (t *talk) lastID() json.RawMessage { return json.RawMessage(strconv.Itoa(t.calls)) }

// reply answers what the server asks meanwhile: it has promised to need nothing
// but pings, as the client has declared no capabilities.
func (t *talk) reply(ctx context.Context, m jsonrpc.Message) error {
	if m.Method == "ping" {
		return t.line.say(ctx, jsonrpc.Message{ID: m.ID, Result: json.RawMessage("{}")})
	}
	return t.line.say(ctx, jsonrpc.Refusal(m.ID, jsonrpc.CodeNoMethod, "Moorage declared no capabilities."))
}

func result(m jsonrpc.Message) (json.RawMessage, error) {
	if m.Err == nil {
		return m.Result, nil
	}
	var e moorage.RPCError
	if err := json.Unmarshal(m.Err, &e); err != nil {
		return nil, &moorage.RPCError{Message: "an error that is none of JSON-RPC"}
	}
	e.Message = clip(e.Message, maxInstructions)
	return nil, &e
}

// linkLine is a talk right over a link.
type linkLine struct{ link }

func (l linkLine) say(ctx context.Context, m jsonrpc.Message) error {
	err := l.send(ctx, m)
	if errors.Is(err, errLinkClosed) {
		return errSilent
	}
	return err
}

func (l linkLine) Hear(ctx context.Context) (jsonrpc.Message, error) {
	select {
	case m, ok := <-l.messages():
		if !ok {
			return m, errSilent
		}
		return m, nil
	case <-ctx.Done():
		return jsonrpc.Message{}, ctx.Err()
	}
}
