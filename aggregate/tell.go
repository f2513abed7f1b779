package aggregate

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
)

// tell says to the sessions of each view which of its lists are not as they were.
// Many changes at once are one notice of each.
func (a *Aggregate) tell(ctx context.Context) {
	for _, v := range a.all() {
		if v.sessions() == 0 {
			continue
		}
		if err := v.tell(ctx); err != nil {
			a.o.Logger.WarnContext(ctx, "Sessions not told of a change", "user", v.key.user, "err", err)
		}
	}
}

func (v *view) tell(ctx context.Context) error {
	scope, err := moorage.ParseScope(v.key.scope)
	if err != nil {
		return err
	}
	k, err := v.catalog(ctx, moorage.Caller{User: moorage.User{ID: v.key.user, Role: v.key.role}, Scope: scope})
	if err != nil {
		return err
	}
	v.mu.Lock()
	told := v.told
	v.told = k
	v.mu.Unlock()
	if told == nil {
		return nil
	}
	if !v.key.small && told.sums[methodListTools] != k.sums[methodListTools] {
		v.server.AddTool(&mcp.Tool{Name: changed, InputSchema: json.RawMessage(`{"type":"object"}`)}, nil)
	}
	if told.sums[methodListPrompts] != k.sums[methodListPrompts] {
		v.server.AddPrompt(&mcp.Prompt{Name: changed}, nil)
	}
	if told.sums[methodListResources] != k.sums[methodListResources] || told.sums[methodListTemplates] != k.sums[methodListTemplates] {
		v.server.AddResource(&mcp.Resource{Name: changed, URI: uriScheme + changed + ":"}, nil)
	}
	return nil
}

// changed is a feature that the SDK's server is given so that it tells its
// sessions of a change. Nobody sees or reaches it: the middleware answers.
const changed = "changed"
