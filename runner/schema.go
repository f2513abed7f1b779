package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"moorage"
)

// check is one walk of a value along a schema. The library knows what each
// keyword demands of one value, and says where in the schema it is not met; a
// person needs to know where in the value.
type check struct {
	document json.RawMessage               // the whole schema, for its references
	draft07  bool                          // where nothing counts beside a reference
	effort   int                           // that is left
	unsure   bool                          // something was met that this walk does not know
	targets  map[string]*jsonschema.Schema // of references
	own      map[*jsonschema.Schema]*jsonschema.Resolved
	patterns map[string]*regexp.Regexp
}

// faults are what is wrong with the value at the pointer at; nested says how
// many schemas stand around s.
func (c *check) faults(value any, s *jsonschema.Schema, at string, nested int) moorage.Faults {
	if s == nil {
		return nil
	}
	if c.effort -= 1 + size(value)/64; c.effort < 0 || nested > maxNesting {
		c.unsure = true
		return nil
	}
	if s.ID != "" && nested > 0 { // references in it lead to another document
		c.unsure = true
		return nil
	}
	if c.draft07 && s.Ref != "" {
		return c.faults(value, c.target(s.Ref), at, nested+1)
	}
	if s.DynamicRef != "" || s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil {
		c.unsure = true
	}
	if isNothing(s) {
		return moorage.Faults{{Field: at, Message: "Nothing may stand here."}}
	}
	if !hasType(value, s) {
		return moorage.Faults{{Field: at, Message: "Give " + typeWords(s) + "."}}
	}
	faults := c.ownFaults(value, s, at)
	nested++
	if s.Ref != "" {
		faults = append(faults, c.faults(value, c.target(s.Ref), at, nested)...)
	}
	switch v := value.(type) {
	case map[string]any:
		faults = append(faults, c.memberFaults(v, s, at, nested)...)
	case []any:
		faults = append(faults, c.itemFaults(v, s, at, nested)...)
	}
	return append(faults, c.logicFaults(value, s, at, nested)...)
}

// holds reports whether the value fits, and whether that is certain.
func (c *check) holds(value any, s *jsonschema.Schema, nested int) (fits, sure bool) {
	before := c.unsure
	c.unsure = false
	fits = len(c.faults(value, s, "", nested)) == 0
	sure = !c.unsure
	c.unsure = before || c.unsure
	return fits, sure
}

// logicFaults are those of the schemas that are about the same value.
func (c *check) logicFaults(value any, s *jsonschema.Schema, at string, nested int) moorage.Faults {
	var faults moorage.Faults
	for _, all := range s.AllOf {
		faults = append(faults, c.faults(value, all, at, nested)...)
	}
	faults = append(faults, c.choiceFaults(value, s.AnyOf, at, nested)...)
	faults = append(faults, c.choiceFaults(value, s.OneOf, at, nested)...)
	if s.Not != nil {
		if fits, sure := c.holds(value, s.Not, nested); fits && sure {
			faults = append(faults, moorage.Fault{Field: at, Message: "This is one of the values that the tool does not take."})
		}
	}
	if s.If != nil {
		then := s.Else
		fits, sure := c.holds(value, s.If, nested)
		if fits {
			then = s.Then
		}
		if sure {
			faults = append(faults, c.faults(value, then, at, nested)...)
		}
	}
	return faults
}

// choiceFaults are those of the choice that the value comes nearest to; none
// when it fits one. That it fits two of which one is wanted is not said.
func (c *check) choiceFaults(value any, choices []*jsonschema.Schema, at string, nested int) moorage.Faults {
	var nearest moorage.Faults
	var words []string
	for _, choice := range choices {
		faults := c.faults(value, choice, at, nested)
		if len(faults) == 0 {
			return nil
		}
		kind := c.kind(choice)
		if hasType(value, kind) && (nearest == nil || len(faults) < len(nearest)) {
			nearest = faults
		}
		if w := typeWords(kind); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if len(choices) > 0 && nearest == nil {
		nearest = moorage.Faults{{Field: at, Message: "Give " + strings.Join(words, " or ") + "."}}
	}
	return nearest
}

// kind is the schema that names the type of a choice, which may be behind
// references.
func (c *check) kind(s *jsonschema.Schema) *jsonschema.Schema {
	for range 10 {
		if s.Ref == "" || len(typesOf(s)) > 0 {
			break
		}
		next := c.target(s.Ref)
		if next == nil {
			break
		}
		s = next
	}
	return s
}

// target finds the schema that a reference into the same document leads to;
// nil, and unsure, when it leads elsewhere.
func (c *check) target(ref string) *jsonschema.Schema {
	if s, known := c.targets[ref]; known {
		return s
	}
	s := new(jsonschema.Schema)
	c.effort -= len(c.document) / 64
	raw, err := lookup(c.document, ref)
	if err == nil {
		err = json.Unmarshal(raw, s)
	}
	if err != nil {
		c.unsure = true
		return nil
	}
	if c.targets == nil {
		c.targets = map[string]*jsonschema.Schema{}
	}
	c.targets[ref] = s
	return s
}

// lookup finds what the fragment of ref, a JSON pointer, leads to.
func lookup(document json.RawMessage, ref string) (json.RawMessage, error) {
	fragment, ok := strings.CutPrefix(ref, "#")
	pointer, err := url.PathUnescape(fragment)
	if !ok || err != nil || pointer != "" && pointer[0] != '/' {
		return nil, fmt.Errorf("%q leads out of the document", ref)
	}
	for _, name := range strings.Split(pointer, "/")[1:] {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(document, &object); err != nil {
			return nil, fmt.Errorf("follow %q: %w", ref, err)
		}
		if document, ok = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]; !ok {
			return nil, fmt.Errorf("%q leads to nothing", ref)
		}
	}
	return document, nil
}

// pattern compiles a regular expression; nil, and unsure, when it is not one of
// Go's.
func (c *check) pattern(text string) *regexp.Regexp {
	if re, known := c.patterns[text]; known {
		return re
	}
	re, err := regexp.Compile(text)
	if err != nil {
		c.unsure = true
		return nil
	}
	if c.patterns == nil {
		c.patterns = map[string]*regexp.Regexp{}
	}
	c.patterns[text] = re
	return re
}

// size is how much there is to look at in a value, but for what is inside its
// members.
func size(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 1
}

// isNothing reports whether s is the schema false.
func isNothing(s *jsonschema.Schema) bool { return s.Not != nil && reflect.ValueOf(*s.Not).IsZero() }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
