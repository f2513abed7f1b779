package pins

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"moorage"
)

// fault says which text of an object holds what a person does not see, and
// what; "" when none does. Every string counts, wherever it stands: a model may
// read each of them. Names of members, and what names the object, are names.
func fault(key moorage.OfferKey, nameKey string, value any) string {
	place, r, found := "", rune(0), false
	if members, ok := value.(map[string]any); ok && key.Kind != moorage.OfferInstructions {
		name, _ := members[nameKey].(string)
		place = nameKey
		r, found = moorage.HiddenInName(name)
	}
	if !found {
		place, r, found = hiddenIn(value, "")
	}
	if !found {
		return ""
	}
	return fmt.Sprintf("Its %s holds a character that a person does not see in %s: %s.", called(key), quotePlace(place), moorage.RuneName(r))
}

// hiddenIn looks through a value, members sorted by name, and returns the
// first place: inputSchema.properties.city.enum[2].
func hiddenIn(value any, place string) (where string, r rune, found bool) {
	switch v := value.(type) {
	case string:
		r, found = moorage.Hidden(v)
		return place, r, found
	case []any:
		for i, item := range v {
			if where, r, found = hiddenIn(item, place+"["+strconv.Itoa(i)+"]"); found {
				return where, r, true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inside := name
			if place != "" {
				inside = place + "." + name
			}
			if r, found = moorage.HiddenInName(name); found {
				return inside, r, true
			}
			if where, r, found = hiddenIn(v[name], inside); found {
				return where, r, true
			}
		}
	}
	return "", 0, false
}

// quotePlace is a place as it may stand in a sentence.
func quotePlace(place string) string {
	quoted := quote(place)
	return quoted[1 : len(quoted)-1]
}
