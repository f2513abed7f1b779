package moorage

import (
	"slices"
	"time"
)

// OfferKind is a kind of thing that an MCP server offers.
type OfferKind string

const (
	OfferTool         OfferKind = "tool"
	OfferPrompt       OfferKind = "prompt"
	OfferResource     OfferKind = "resource"
	OfferTemplate     OfferKind = "template"     // of resources
	OfferInstructions OfferKind = "instructions" // what it says of itself when a conversation begins: one, without a name
)

// OfferKinds are all of them, in the order in which a person looks for them.
func OfferKinds() []OfferKind {
	return []OfferKind{OfferTool, OfferPrompt, OfferResource, OfferTemplate, OfferInstructions}
}

// OfferKey says which offer of a server is meant.
type OfferKey struct {
	Kind OfferKind
	Name string // of a tool or prompt its name, of a resource its URI, of a template its URI template
}

// Offer is one thing that a server offers, as it described it itself.
type Offer struct {
	Kind        OfferKind
	Name        string // see OfferKey
	Object      []byte // the whole object, JSON
	Hash        string // SHA-256 of the canonical object, hex
	Fault       string // why it is never offered, a sentence: it holds what a person does not see; "": it may be
	Held        bool   // not offered: it waits for its owner, or has a Fault
	FirstSeenAt time.Time
	ChangedAt   time.Time
}

// Key says which offer it is.
func (o Offer) Key() OfferKey { return OfferKey{o.Kind, o.Name} }

// Probed is what a probe has found out about a server.
type Probed struct {
	Info   ServerInfo
	Offers []Offer  // each kind in the order in which the server lists it
	Notes  []string // sentences for the log: what it declares and could not list
}

// HeldOffer is an offer that is held, beside what was approved last.
type HeldOffer struct {
	Offer
	Pinned []byte // the object that was approved last; nil: none was
}

// HeldSet says which offers of a server are not offered. Its zero value holds
// nothing. To look one up allocates nothing.
type HeldSet map[OfferKey]struct{}

// Has reports whether an offer is held.
func (s HeldSet) Has(kind OfferKind, name string) bool {
	_, held := s[OfferKey{kind, name}]
	return held
}

// Holding is what of a server is not offered.
type Holding struct {
	HeldSet

	// Pins are the hashes of what was approved, when all that is not like that waits
	// for the owner of the server: also what nobody has heard of yet. Nil: it does not.
	Pins map[OfferKey]string
}

// Nothing reports whether everything is offered, whatever the server lists.
func (h Holding) Nothing() bool { return len(h.HeldSet) == 0 && h.Pins == nil }

// Holds reports whether an offer is held as the server describes it.
func (h Holding) Holds(o Offer) bool {
	return h.Has(o.Kind, o.Name) || h.Pins != nil && h.Pins[o.Key()] != o.Hash
}

// Difference is one offer that is not as it was. Of two objects that are there,
// the hashes differ.
type Difference struct {
	OfferKey
	Before, After []byte // objects; nil: it was not there, or is there no more
	Hash          string // of After; "": none
}

// Compare says what is different in a list of offers, in the order of the new
// list; what is gone comes last, in the order of the old. Of two with one key
// the first counts. That an offer moved in its list is no difference.
func Compare(before, after []Offer) []Difference {
	was := make(map[OfferKey]Offer, len(before))
	for _, o := range slices.Backward(before) {
		was[o.Key()] = o
	}
	var found []Difference
	seen := make(map[OfferKey]bool, len(after))
	for _, o := range after {
		if seen[o.Key()] {
			continue
		}
		seen[o.Key()] = true
		if old, had := was[o.Key()]; !had || old.Hash != o.Hash {
			found = append(found, Difference{o.Key(), old.Object, o.Object, o.Hash})
		}
	}
	for _, o := range before {
		if !seen[o.Key()] {
			seen[o.Key()] = true
			found = append(found, Difference{OfferKey: o.Key(), Before: o.Object})
		}
	}
	return found
}

// Change is a difference that was noticed, and what became of it.
type Change struct {
	Difference
	N          int64 // of all changes of all servers, in the order in which they were noticed
	ServerID   ServerID
	Deployment DeploymentID // whose instance said so
	Running    bool         // noticed while it was live; false: by its probe
	Held       bool         // not offered until approved, when it was noticed
	At         time.Time
	SettledAt  time.Time // when somebody approved it, or said that they had seen it; zero: nobody has
	SettledBy  string    // login
}
