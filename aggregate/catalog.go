package aggregate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"moorage"
	"moorage/jsonrpc"
)

// catalog is everything that one caller gets, as it was between two rings of the
// bell. It does not change.
type catalog struct {
	servers      []moorage.Server  // by slug
	tools        []entry           // of servers, by slug, then name: as they are listed
	own          []entry           // Moorage's own but those that find and call others
	small        []json.RawMessage // until the lists are written
	targets      map[target]entry
	listed       map[moorage.OfferKind][]json.RawMessage // until the lists are written
	lists        map[string]json.RawMessage              // the result of each method that lists
	smallList    json.RawMessage                         // the tools of who asked for the small form
	sums         map[string][sha256.Size]byte
	hidden       map[moorage.ServerID]moorage.HeldSet
	instructions string
}

// entry is one offer of a server under the name that clients know.
type entry struct {
	server moorage.Server
	offer  moorage.Offer
	name   string          // or URI
	object json.RawMessage // as it is listed
	words  toolWords
	schema json.RawMessage // of its arguments; nil: it is no tool
}

// target is what a call names.
type target struct {
	kind moorage.OfferKind
	name string
}

// kindOf says of each method that lists what it lists, and the member of its
// result that holds them.
var kindOf = map[string]struct {
	kind   moorage.OfferKind
	member string
}{
	methodListTools:     {moorage.OfferTool, "tools"},
	methodListPrompts:   {moorage.OfferPrompt, "prompts"},
	methodListResources: {moorage.OfferResource, "resources"},
	methodListTemplates: {moorage.OfferTemplate, "resourceTemplates"},
}

// maxServers is how many servers one caller gets at once.
const maxServers = 1000

// read puts together what a caller gets: of servers that are live and that they
// may call, what their token reaches, what is not held and what they did not leave
// out.
func (a *Aggregate) read(ctx context.Context, c moorage.Caller) (*catalog, error) {
	f := moorage.ServerFilter{Live: true, Limit: maxServers}
	if c.User.Role != moorage.RoleAdmin {
		f.Callable = c.User.ID
	}
	servers, err := a.o.Store.Servers(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list servers: %w", err)
	}
	choice, err := a.o.Store.Choice(ctx, c.User.ID)
	if err != nil {
		return nil, fmt.Errorf("read the choice: %w", err)
	}
	k := newCatalog()
	var said strings.Builder
	for _, s := range sorted(servers) {
		if !a.o.May(c.User, s) || !c.Scope.Reaches(s.Slug) || choice.WithoutServer(s.ID) {
			continue
		}
		offers, err := a.o.Store.AllOffers(ctx, s.ID)
		if err != nil {
			return nil, fmt.Errorf("list what %s offers: %w", s.Slug, err)
		}
		k.servers = append(k.servers, s)
		whole := c.Scope.Whole(s.Slug)
		for _, e := range entries(s, offers) {
			switch tool := e.offer.Kind == moorage.OfferTool; {
			case e.offer.Held:
				k.hide(e)
			case !tool && !whole: // it may do the same as a tool that the token does not reach
			case tool && (!c.Scope.Allows(s.Slug, e.offer.Name) || choice.WithoutTool(s.ID, e.offer.Name)):
			case e.offer.Kind == moorage.OfferInstructions:
				instruct(&said, s, e.offer)
			default:
				k.add(e)
			}
		}
	}
	k.offer(a.own, c)
	k.instructions = said.String()
	k.close()
	return k, nil
}

func newCatalog() *catalog {
	return &catalog{
		targets: map[target]entry{}, lists: map[string]json.RawMessage{}, sums: map[string][sha256.Size]byte{},
		hidden: map[moorage.ServerID]moorage.HeldSet{}, listed: map[moorage.OfferKind][]json.RawMessage{},
	}
}

// add offers an entry.
func (k *catalog) add(e entry) {
	k.targets[target{e.offer.Kind, e.name}] = e
	k.listed[e.offer.Kind] = append(k.listed[e.offer.Kind], e.object)
	if e.offer.Kind == moorage.OfferTool {
		k.tools = append(k.tools, e)
	}
}

// hide remembers what a server has and does not offer.
func (k *catalog) hide(e entry) {
	if k.hidden[e.server.ID] == nil {
		k.hidden[e.server.ID] = moorage.HeldSet{}
	}
	k.hidden[e.server.ID][e.offer.Key()] = struct{}{}
}

// close writes the lists once, for all who ask.
func (k *catalog) close() {
	for method, l := range kindOf {
		k.lists[method] = jsonrpc.Object{{Name: l.member, Value: array(k.listed[l.kind])}}.Raw()
		k.sums[method] = sha256.Sum256(k.lists[method])
	}
	k.smallList = jsonrpc.Object{{Name: "tools", Value: array(k.small)}}.Raw()
	k.listed, k.small = nil, nil
}

// array is a list of JSON values.
func array(values []json.RawMessage) json.RawMessage {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}

// find is the offer that a call means.
func (k *catalog) find(kind moorage.OfferKind, name string) (entry, bool) {
	e, ok := k.targets[target{kind, name}]
	return e, ok
}

// lister is the only server that lists a resource under its own URI.
func (k *catalog) lister(uri string) (s moorage.Server, ok bool) {
	for t, e := range k.targets {
		if t.kind == moorage.OfferResource && e.offer.Name == uri {
			if ok {
				return moorage.Server{}, false
			}
			s, ok = e.server, true
		}
	}
	return s, ok
}

// server is one of the caller's servers.
func (k *catalog) server(slug string) (moorage.Server, bool) {
	for _, s := range k.servers {
		if s.Slug == slug {
			return s, true
		}
	}
	return moorage.Server{}, false
}

// Caps on what servers say of how to use them, in bytes: of one, and of all.
const (
	maxSaid    = 2 << 10
	maxAllSaid = 16 << 10
)

// instruct adds what a server says of how to use it.
func instruct(said *strings.Builder, s moorage.Server, o moorage.Offer) {
	object, err := jsonrpc.ParseObject(o.Object)
	text := strings.TrimSpace(object.Text("instructions"))
	if err != nil || text == "" || said.Len() > maxAllSaid {
		return
	}
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + " …"
	}
	fmt.Fprintf(said, "\n\n# %s (%s%s…)\n%s", title(s), s.Slug, separator, text)
}
