package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"moorage"
	"moorage/jsonrpc"
)

// follower is a subscriptions/listen (MCP 2026-07-28, basic/patterns/subscriptions).
// It belongs to the client and not to a span: it hears the one that is there, and
// hears of the next one.
type follower struct {
	id         json.RawMessage // of its request, which names the subscription
	lists      []string        // whose changes it hears of, by their notifications
	resources  []string        // the same, by URI
	deployment moorage.DeploymentID
	out        *stream
}

// topics are the members of the filter: which notification each is for, which
// capability of the server it needs.
var topics = []struct{ member, method, capability string }{
	{"toolsListChanged", methodToolsChanged, "tools"},
	{"promptsListChanged", methodPromptsChanged, "prompts"},
	{"resourcesListChanged", methodResourcesChanged, "resources"},
}

// maxFollowed is how many resources one subscription may be of.
const maxFollowed = 256

// listen answers subscriptions/listen, until the client goes.
func (b *bridge) listen(w http.ResponseWriter, r *http.Request, c Call, m jsonrpc.Message, d declared) {
	var filter struct {
		Resources []string `json:"resourceSubscriptions"`
	}
	asked, err := jsonrpc.ParseObject(d.params.Get("notifications"), "resourceSubscriptions")
	if err != nil || asked != nil && json.Unmarshal(asked.Raw(), &filter) != nil || len(filter.Resources) > maxFollowed {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(m.ID, jsonrpc.CodeInvalidParams, "notifications is no filter, or names more than 256 resources."))
		return
	}
	s, err := b.span(r.Context(), c, d)
	if err != nil {
		fail(w, m.ID, err)
		return
	}
	b.g.tell(w, r, c, func(ctx context.Context, out *stream) {
		f := &follower{id: m.ID, deployment: s.session.Info().Deployment, out: out}
		f.grant(c, s, asked)
		for _, uri := range filter.Resources {
			if !slices.Contains(f.resources, uri) && c.mayFollow(uri) && s.watch(ctx, "resources/subscribe", uri) {
				f.resources = append(f.resources, uri)
			}
		}
		b.join(s.party, f)
		defer b.part(s.party, f)
		select {
		case <-ctx.Done():
		case <-b.g.life.Done():
			out.abandon()
		}
	})
}

// mayFollow reports whether a caller may hear of a resource.
func (c Call) mayFollow(uri string) bool {
	return c.Caller.Scope.Whole(c.Server.Slug) && c.view().Gets(moorage.OfferResource, uri)
}

// grant keeps of what was asked for what the server has, and the caller gets.
func (f *follower) grant(c Call, s *span, asked jsonrpc.Object) {
	able, _ := jsonrpc.ParseObject(s.welcome.Get("capabilities")) // of no object nothing is known
	for _, t := range topics {
		of, _ := jsonrpc.ParseObject(able.Get(t.capability))
		if string(asked.Get(t.member)) == "true" && string(of.Get("listChanged")) == "true" &&
			(t.method == methodToolsChanged || c.Caller.Scope.Whole(c.Server.Slug)) {
			f.lists = append(f.lists, t.method)
		}
	}
}

// acknowledged says what was granted.
func (f *follower) acknowledged() jsonrpc.Message {
	granted := map[string]any{}
	for _, t := range topics {
		if slices.Contains(f.lists, t.method) {
			granted[t.member] = true
		}
	}
	if len(f.resources) > 0 {
		granted["resourceSubscriptions"] = f.resources
	}
	return jsonrpc.Notice("notifications/subscriptions/acknowledged", map[string]any{"notifications": granted})
}

// put hands on a notification, in the name of the subscription.
func (f *follower) put(m jsonrpc.Message) {
	params, err := jsonrpc.ParseObject(m.Params)
	if err != nil {
		return
	}
	meta, _ := jsonrpc.ParseObject(params.Get("_meta")) // what is no object is replaced
	m.Params = params.With("_meta", unreserved(meta).With(metaSubscription, f.id).Raw()).Raw()
	f.out.put(m)
}

// hears reports whether the subscription is of a notification.
func (f *follower) hears(m jsonrpc.Message) bool {
	if m.Method != methodUpdated {
		return slices.Contains(f.lists, m.Method)
	}
	params, err := jsonrpc.ParseObject(m.Params)
	return err == nil && slices.Contains(f.resources, params.Text("uri"))
}

// join acknowledges a subscription, which hears from then on.
func (b *bridge) join(p party, f *follower) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f.put(f.acknowledged())
	if b.followers[p] == nil {
		b.followers[p] = map[*follower]struct{}{}
	}
	b.followers[p][f] = struct{}{}
}

// part ends a subscription, and those of the server that nobody needs any more.
func (b *bridge) part(p party, f *follower) {
	b.mu.Lock()
	delete(b.followers[p], f)
	if len(b.followers[p]) == 0 {
		delete(b.followers, p)
	}
	wanted := b.followed(p)
	spans := slices.Clone(b.spans[p])
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(b.g.life, goodbyeTimeout)
	defer cancel()
	for _, uri := range f.resources {
		for _, s := range spans {
			if s.up() && !slices.Contains(wanted, uri) {
				s.watch(ctx, "resources/unsubscribe", uri)
			}
		}
	}
}

// followed are the resources that somebody of a party hears of. b.mu is held.
func (b *bridge) followed(p party) []string {
	var all []string
	for f := range b.followers[p] {
		all = append(all, f.resources...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// announce tells the followers of a party what a server says has changed. b.mu
// is held.
func (b *bridge) announce(p party, m jsonrpc.Message) {
	for f := range b.followers[p] {
		if f.hears(m) {
			f.put(m)
		}
	}
}

// follow subscribes a new span to what the followers of its party hear of. Of
// another deployment every list may be another one.
func (b *bridge) follow(s *span) {
	deployment := s.session.Info().Deployment
	b.mu.Lock()
	wanted := b.followed(s.party)
	for f := range b.followers[s.party] {
		if f.deployment != deployment {
			f.deployment = deployment
			for _, method := range f.lists {
				f.put(jsonrpc.Message{Method: method})
			}
		}
	}
	b.mu.Unlock()
	for _, uri := range wanted {
		s.watch(b.g.life, "resources/subscribe", uri)
	}
}

// watch begins or ends a subscription to a resource; false when the server does
// not have that.
func (s *span) watch(ctx context.Context, method, uri string) bool {
	able, _ := jsonrpc.ParseObject(s.welcome.Get("capabilities")) // of no object nothing is known
	resources, _ := jsonrpc.ParseObject(able.Get("resources"))
	if string(resources.Get("subscribe")) != "true" {
		return false
	}
	text, _ := json.Marshal(uri) // a string always marshals
	said, err := s.ask(ctx, method, jsonrpc.Object{{Name: "uri", Value: text}})
	return err == nil && said.Err == nil
}
