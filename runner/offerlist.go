package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/pins"
)

const maxPages = 100 // of one list

// sideWait is how long a list may take that a server need not have.
const sideWait = 5 * time.Second

// list is how one kind of offers is listed (MCP 2025-11-25, server).
type list struct {
	kind   moorage.OfferKind
	method string
	key    string // of the objects in its result
}

var (
	toolList  = list{moorage.OfferTool, "tools/list", "tools"}
	sideLists = []list{
		{moorage.OfferPrompt, "prompts/list", "prompts"},
		{moorage.OfferResource, "resources/list", "resources"},
		{moorage.OfferTemplate, "resources/templates/list", "resourceTemplates"},
	}
)

// offers lists everything that the server declares. Tools have to be listed;
// what else cannot be is a note. An offer that holds what a person does not
// see fails the probe, of whichever kind it is.
func (p *probe) offers(ctx context.Context, info moorage.ServerInfo) (offers []moorage.Offer, notes []string, err error) {
	if offers, err = pins.Instructions(info.Instructions); err != nil {
		return nil, nil, err
	}
	if info.Tools {
		tools, err := toolList.read(ctx, p.ask)
		if err != nil {
			return nil, nil, err
		}
		offers = append(offers, tools...)
	}
	for _, l := range sideLists {
		if l.kind == moorage.OfferPrompt && !info.Prompts || l.kind != moorage.OfferPrompt && !info.Resources {
			continue
		}
		found, note, err := p.side(ctx, l)
		if err != nil {
			return nil, nil, err
		}
		if note != "" {
			notes = append(notes, note)
		}
		offers = append(offers, found...)
	}
	for _, o := range offers {
		if o.Fault != "" {
			return nil, nil, moorage.Errorf(moorage.Invalid, "%s", o.Fault).
				Try("What a model reads there, nobody can check. Take the character out of the server and deploy again.")
		}
	}
	return offers, notes, nil
}

// side makes a list that the server need not have. A note says why there is
// none; an error, that the conversation is over.
func (p *probe) side(ctx context.Context, l list) (found []moorage.Offer, note string, err error) {
	timed, cancel := context.WithTimeout(ctx, sideWait)
	defer cancel()
	found, err = l.read(timed, p.ask)
	var no *moorage.RPCError
	var unusable *moorage.Error
	switch {
	case err == nil:
		return found, "", nil
	case p.exited(err) != nil:
		return nil, "", err
	case errors.As(err, &no) && no.Code == jsonrpc.CodeNoMethod && l.kind == moorage.OfferTemplate:
		return nil, "", nil // not every server that has resources has templates
	case errors.As(err, &no):
		return nil, fmt.Sprintf("It answered %s with an error: %s. It offers none.", l.method, quote(no.Message)), nil
	case errors.As(err, &unusable) && unusable.Code == moorage.Invalid:
		return nil, unusable.Message, nil
	case timed.Err() != nil && ctx.Err() == nil:
		return nil, fmt.Sprintf("It did not answer %s within %s. It offers none.", l.method, sideWait), nil
	}
	return nil, "", err
}

// asker makes one call and waits for its answer. A JSON-RPC error of the server
// is a *moorage.RPCError.
type asker func(ctx context.Context, method string, params map[string]any) (json.RawMessage, error)

// read makes the list, page after page.
func (l list) read(ctx context.Context, ask asker) ([]moorage.Offer, error) {
	read, cursor := pins.Reader{Kind: l.kind}, ""
	for range maxPages {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		answer, err := ask(ctx, l.method, params)
		if err != nil {
			return nil, err
		}
		var page map[string]json.RawMessage
		var objects []json.RawMessage
		if err := json.Unmarshal(answer, &page); err != nil || json.Unmarshal(orNull(page[l.key]), &objects) != nil {
			return nil, &moorage.RPCError{Message: fmt.Sprintf("something that is no list of %ss", pins.Noun(l.kind))}
		}
		if err := read.Add(objects); err != nil {
			return nil, err
		}
		next := page["nextCursor"]
		if cursor = ""; next != nil && json.Unmarshal(next, &cursor) != nil {
			return nil, &moorage.RPCError{Message: fmt.Sprintf("something that is no list of %ss", pins.Noun(l.kind))}
		}
		if cursor == "" {
			return read.Offers, nil
		}
	}
	return nil, moorage.Errorf(moorage.Invalid, "The server's %ss cannot be used. Its list of them has more than %d pages.", pins.Noun(l.kind), maxPages).
		Try("Mend it in the server and deploy again.")
}

// orNull is a member that may not be there, as JSON.
func orNull(member json.RawMessage) json.RawMessage {
	if member == nil {
		return json.RawMessage("null")
	}
	return member
}
