package aggregate

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"moorage"
	"moorage/jsonrpc"
)

func sorted(servers []moorage.Server) []moorage.Server {
	return slices.SortedFunc(slices.Values(servers), func(a, b moorage.Server) int { return strings.Compare(a.Slug, b.Slug) })
}

// title is what a person calls a server.
func title(s moorage.Server) string { return cmp.Or(s.Title, s.Slug) }

// entries are the offers of one server as clients get them: each kind by name.
// One that cannot be read any more is left out.
func entries(s moorage.Server, offers []moorage.Offer) []entry {
	var all []entry
	for _, kind := range moorage.OfferKinds() {
		of := slices.DeleteFunc(slices.Clone(offers), func(o moorage.Offer) bool { return o.Kind != kind })
		slices.SortFunc(of, func(a, b moorage.Offer) int { return strings.Compare(a.Name, b.Name) })
		given := names(s.Slug, of)
		for i, o := range of {
			e := entry{server: s, offer: o, name: given[i]}
			if kind == moorage.OfferResource || kind == moorage.OfferTemplate { // they have no names, but URIs
				e.name = outerURI(s.Slug, o.Name)
			}
			object, err := jsonrpc.ParseObject(o.Object)
			if err != nil {
				continue
			}
			object = e.describe(object)
			e.object, e.schema = object.Raw(), object.Get("inputSchema")
			e.words = wordsOf(object, s.Slug)
			all = append(all, e)
		}
	}
	return all
}

// describe is the object of an offer as it is listed: whole, with the name that
// clients know, and a title that says whose it is.
func (e entry) describe(o jsonrpc.Object) jsonrpc.Object {
	switch e.offer.Kind {
	case moorage.OfferTool:
		return titled(e.server, withOuterUI(e.server.Slug, o), "").With("name", text(e.name))
	case moorage.OfferPrompt:
		return titled(e.server, o, "").With("name", text(e.name))
	case moorage.OfferResource:
		return titled(e.server, o, o.Text("name")).With("uri", text(e.name))
	case moorage.OfferTemplate:
		return titled(e.server, o, o.Text("name")).With("uriTemplate", text(e.name))
	case moorage.OfferInstructions:
	}
	return o
}

// titled puts whose it is before the title. What has none, and no other word for
// people either, goes without.
func titled(s moorage.Server, o jsonrpc.Object, fallback string) jsonrpc.Object {
	if said := cmp.Or(o.Text("title"), fallback); said != "" {
		return o.With("title", text(title(s)+": "+said))
	}
	return o
}

// withOuterUI names the app of a tool as it can be read here (MCP Apps,
// _meta.ui.resourceUri, and the older key of it).
func withOuterUI(slug string, o jsonrpc.Object) jsonrpc.Object {
	const older, member = "ui/resourceUri", "resourceUri"
	meta, err := jsonrpc.ParseObject(o.Get("_meta"))
	if err != nil || meta == nil {
		return o
	}
	if uri := meta.Text(older); uri != "" {
		meta = meta.With(older, text(outerURI(slug, uri)))
	}
	if ui, err := jsonrpc.ParseObject(meta.Get("ui")); err == nil && ui.Text(member) != "" {
		meta = meta.With("ui", ui.With(member, text(outerURI(slug, ui.Text(member)))).Raw())
	}
	return o.With("_meta", meta.Raw())
}

func text(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string always marshals
	return b
}
