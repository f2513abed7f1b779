package aggregate

import (
	"bytes"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage/jsonrpc"
)

// raw is a result that goes on as it was written: of a server, or a list that was
// put together before. The SDK's types would leave out what they do not know.
type raw struct {
	mcp.ResultBase // what the SDK adds to _meta
	object         json.RawMessage
	modern         bool // the client speaks the era in which results say what they are
	cacheable      bool // and for how long they hold (MCP 2026-07-28, basic: caching)
	ours           bool // a list that was put together before, with one member: nothing has to be looked for in it
}

const resultType = "resultType"

// MarshalJSON is the result in the era of its client.
func (r *raw) MarshalJSON() ([]byte, error) {
	if r.ours {
		return r.list()
	}
	if !r.modern && !bytes.Contains(r.object, []byte(`"`+resultType+`"`)) {
		return r.object, nil
	}
	o, err := jsonrpc.ParseObject(r.object)
	if err != nil {
		return nil, err
	}
	if !r.modern {
		return o.Without(resultType).Raw(), nil
	}
	return r.withMeta(r.typed(o))
}

// list is a list in the era of its client.
func (r *raw) list() ([]byte, error) {
	if !r.modern {
		return r.object, nil
	}
	more, err := r.withMeta(r.typed(nil))
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(r.object)+len(more))
	b = append(append(b, r.object[:len(r.object)-1]...), ',')
	return append(b, more[1:]...), nil
}

// typed says what a result is, and for how long it holds.
func (r *raw) typed(o jsonrpc.Object) jsonrpc.Object {
	if o.Get(resultType) == nil {
		o = o.With(resultType, text("complete"))
	}
	if r.cacheable {
		if o.Get("ttlMs") == nil {
			o = o.With("ttlMs", json.RawMessage("0"))
		}
		o = o.With("cacheScope", text("private"))
	}
	return o
}

// withMeta adds what the SDK has to say to what the server said.
func (r *raw) withMeta(o jsonrpc.Object) ([]byte, error) {
	meta, err := jsonrpc.ParseObject(o.Get("_meta"))
	if err != nil {
		return nil, err
	}
	for name, value := range r.Meta {
		body, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		meta = meta.With(name, body)
	}
	if meta != nil {
		o = o.With("_meta", meta.Raw())
	}
	return o.Raw(), nil
}
