package pins

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"moorage"
	"moorage/jsonrpc"
)

// Caps on what one server lists of one kind.
const (
	MaxOffers = 1000
	MaxBytes  = 8 << 20   // of all objects together
	MaxObject = 256 << 10 // bytes of one
	maxName   = 128       // bytes; MCP 2025-11-25, server/tools: tool names
	maxURI    = 4096      // bytes
	inside    = 3         // levels: result, list, object
)

// NameKey is the member of an object that names it, and how many bytes it may have.
func NameKey(kind moorage.OfferKind) (key string, most int) {
	switch kind {
	case moorage.OfferResource:
		return "uri", maxURI
	case moorage.OfferTemplate:
		return "uriTemplate", maxURI
	}
	return "name", maxName
}

// Reader reads the objects of one whole list, page after page.
type Reader struct {
	Kind   moorage.OfferKind
	Offers []moorage.Offer // what was read so far
	seen   map[string]bool
	size   int
}

// Add reads one page of a list. An offer that holds what a person does not see
// has a Fault. The error is Invalid, with a sentence: an object that is none,
// that has no name or one twice, a second of one name, or too much of all.
func (r *Reader) Add(objects []json.RawMessage) error {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	for _, object := range objects {
		o, err := Read(r.Kind, object)
		if err != nil {
			return err
		}
		if r.seen[o.Name] {
			return bad(r.Kind, "It lists the %s %s twice.", Noun(r.Kind), quote(o.Name))
		}
		r.seen[o.Name] = true
		r.size += len(o.Object)
		if len(r.Offers) == MaxOffers || r.size > MaxBytes {
			return bad(r.Kind, "It lists more than %d %ss, or more than %d MB of them.", MaxOffers, Noun(r.Kind), MaxBytes>>20)
		}
		r.Offers = append(r.Offers, o)
	}
	return nil
}

// Instructions makes the offer of what a server says of itself; none of "".
func Instructions(text string) ([]moorage.Offer, error) {
	if text == "" {
		return nil, nil
	}
	object, err := json.Marshal(map[string]string{"instructions": text})
	if err != nil {
		return nil, fmt.Errorf("encode instructions: %w", err)
	}
	o, err := offer(moorage.OfferInstructions, "", object)
	return []moorage.Offer{o}, err
}

// Read reads one object of a list. The error is Invalid, with a sentence.
func Read(kind moorage.OfferKind, object json.RawMessage) (moorage.Offer, error) {
	key, most := NameKey(kind)
	members, err := jsonrpc.ParseObject(object, key)
	if err != nil {
		return moorage.Offer{}, bad(kind, "One of its %ss cannot be read: %s.", Noun(kind), clip(err.Error())).Because(err)
	}
	name := members.Text(key)
	if name == "" || len(name) > most {
		return moorage.Offer{}, bad(kind, "One of its %ss has no %s, or one of more than %d bytes.", Noun(kind), key, most)
	}
	return offer(kind, name, object)
}

func offer(kind moorage.OfferKind, name string, object json.RawMessage) (moorage.Offer, error) {
	o := moorage.Offer{Kind: kind, Name: name}
	if len(object) > MaxObject || jsonrpc.TooDeep(object, inside) {
		return o, bad(kind, "Its %s has more than %d kB, or is nested too deep.", called(o.Key()), MaxObject>>10)
	}
	value, err := decode(object)
	if err != nil {
		return o, bad(kind, "Its %s cannot be read.", called(o.Key())).Because(err)
	}
	if o.Hash, err = hash(value); err != nil {
		return o, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, object); err != nil {
		return o, bad(kind, "Its %s cannot be read.", called(o.Key())).Because(err)
	}
	key, _ := NameKey(kind)
	o.Object, o.Fault = compact.Bytes(), fault(o.Key(), key, value)
	return o, nil
}

// Noun is what an offer of a kind is called.
func Noun(kind moorage.OfferKind) string {
	if kind == moorage.OfferTemplate {
		return "resource template"
	}
	return string(kind)
}

// called names an offer in a sentence.
func called(key moorage.OfferKey) string {
	if key.Kind == moorage.OfferInstructions {
		return "text of instructions"
	}
	return Noun(key.Kind) + " " + quote(key.Name)
}

func bad(kind moorage.OfferKind, format string, args ...any) *moorage.Error {
	nouns := Noun(kind)
	if kind != moorage.OfferInstructions {
		nouns += "s"
	}
	return moorage.Errorf(moorage.Invalid, "The server's %s cannot be used. "+format, append([]any{nouns}, args...)...).
		Try("Mend it in the server and deploy again.")
}

// maxShown is how many bytes of a server's words stand in a sentence.
const maxShown = 200

func clip(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "")
	}
	return s
}

// quote is what a server said as it may stand in a sentence: of one line, with
// what is not seen as \u202e.
func quote(s string) string { return fmt.Sprintf("%q", clip(strings.Join(strings.Fields(s), " "))) }
