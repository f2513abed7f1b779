package moorage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"moorage"
)

// someOffers are a few offers whose names and hashes meet often.
func someOffers(r *rand.Rand) []moorage.Offer {
	var list []moorage.Offer
	for range r.IntN(8) {
		hash := fmt.Sprint(r.IntN(3))
		key := moorage.OfferKey{Kind: moorage.OfferKinds()[r.IntN(2)], Name: fmt.Sprint(r.IntN(5))}
		list = append(list, moorage.Offer{Kind: key.Kind, Name: key.Name, Hash: hash, Object: []byte(key.Name + hash)})
	}
	return list
}

// first is a list without those whose key has been there before.
func first(list []moorage.Offer) map[moorage.OfferKey]moorage.Offer {
	all := map[moorage.OfferKey]moorage.Offer{}
	for _, o := range slices.Backward(list) {
		all[o.Key()] = o
	}
	return all
}

func TestDifferencesLeadFromTheOldListToTheNew(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 6))
	for range 5000 {
		before, after := someOffers(r), someOffers(r)
		is := first(before)
		for _, d := range moorage.Compare(before, after) {
			if old := is[d.OfferKey]; string(old.Object) != string(d.Before) {
				t.Fatalf("%v was %q, and is said to have been %q", d.OfferKey, old.Object, d.Before)
			}
			if d.After == nil {
				delete(is, d.OfferKey)
				continue
			}
			if is[d.OfferKey].Hash == d.Hash {
				t.Fatalf("%v is no difference", d)
			}
			is[d.OfferKey] = moorage.Offer{Kind: d.Kind, Name: d.Name, Object: d.After, Hash: d.Hash}
		}
		want := first(after)
		if len(is) != len(want) {
			t.Fatalf("%v leads to %v, want %v", before, is, want)
		}
		for key, o := range want {
			if is[key].Hash != o.Hash {
				t.Fatalf("%v is %v, want %v", key, is[key], o)
			}
		}
	}
}

func TestTheSameListInAnotherOrderIsNoDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 7))
	for range 1000 {
		var list []moorage.Offer
		for _, o := range first(someOffers(r)) {
			list = append(list, o)
		}
		other := slices.Clone(list)
		r.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		if found := moorage.Compare(list, other); len(found) > 0 {
			t.Fatalf("%v and %v differ by %v", list, other, found)
		}
	}
}

func TestLookingForAHeldOfferAllocatesNothing(t *testing.T) {
	held := moorage.HeldSet{{Kind: moorage.OfferTool, Name: "greet"}: {}}
	name := "greet"
	n := testing.AllocsPerRun(100, func() {
		if !held.Has(moorage.OfferTool, name) || held.Has(moorage.OfferPrompt, name) {
			t.Error("only the tool is held")
		}
	})
	if n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}
