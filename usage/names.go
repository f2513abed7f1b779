package usage

import (
	"context"

	"moorage"
)

// methods are those of MCP that a client asks with. Another one is shown as
// "other": a client could make up any number.
var methods = map[string]bool{
	"initialize": true, "server/discover": true, "subscriptions/listen": true,
	"tools/call": true, "tools/list": true, "prompts/get": true, "prompts/list": true, "completion/complete": true,
	"resources/read": true, "resources/list": true, "resources/templates/list": true, "resources/subscribe": true, "resources/unsubscribe": true,
	"logging/setLevel": true, "tasks/get": true, "tasks/list": true, "tasks/result": true, "tasks/cancel": true, "tasks/update": true,
}

// other is shown instead of what a client has made up.
const other = "other"

// names knows which tools there are. It belongs to the counting goroutine.
type names struct {
	db    database
	known map[moorage.ServerID]known // since the last write
}

// known is what is known of one server.
type known struct {
	slug  string // "": it is gone
	tools map[string]bool
}

// settle leaves a call those words that the server offers or the protocol has,
// and returns the slug of its server; "" when there is none.
func (n *names) settle(ctx context.Context, c *moorage.Call) string {
	k := n.of(ctx, c.Server)
	if !methods[c.Method] {
		c.Method = other
	}
	if c.Tool != "" && !k.tools[c.Tool] {
		c.Tool = other
	}
	return k.slug
}

func (n *names) of(ctx context.Context, id moorage.ServerID) known {
	k, ok := n.known[id]
	if ok {
		return k
	}
	k.tools = map[string]bool{}
	if s, err := n.db.Server(ctx, id); err == nil {
		k.slug = s.Slug
	}
	if tools, err := n.db.Tools(ctx, id); err == nil {
		for _, t := range tools {
			k.tools[t.Name] = true
		}
	}
	if n.known == nil {
		n.known = map[moorage.ServerID]known{}
	}
	n.known[id] = k
	return k
}

// forget asks again next time: a server may offer other tools by then.
func (n *names) forget() { n.known = nil }
