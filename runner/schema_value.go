package runner

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"moorage"
)

// ownFaults are those of the value alone, whatever is inside it.
func (c *check) ownFaults(value any, s *jsonschema.Schema, at string) moorage.Faults {
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(e any) bool { return reflect.DeepEqual(e, value) }) {
		return moorage.Faults{{Field: at, Message: "Choose one of " + enumWords(s.Enum) + "."}}
	}
	words := demands(s)
	if len(words) == 0 {
		return nil
	}
	alone, known := c.own[s]
	if !known {
		alone = c.alone(s)
	}
	if alone == nil || alone.Validate(value) == nil {
		return nil
	}
	return moorage.Faults{{Field: at, Message: "Give " + strings.Join(words, ", ") + "."}}
}

// alone is the schema without what is about other values than one.
func (c *check) alone(s *jsonschema.Schema) *jsonschema.Resolved {
	own := &jsonschema.Schema{
		Const: s.Const, MultipleOf: s.MultipleOf, Minimum: s.Minimum, Maximum: s.Maximum, ExclusiveMinimum: s.ExclusiveMinimum, ExclusiveMaximum: s.ExclusiveMaximum,
		MinLength: s.MinLength, MaxLength: s.MaxLength, Pattern: s.Pattern, MinItems: s.MinItems, MaxItems: s.MaxItems, UniqueItems: s.UniqueItems,
		MinProperties: s.MinProperties, MaxProperties: s.MaxProperties,
	}
	resolved, err := own.Resolve(nil)
	if err != nil { // such as a pattern that is none of Go's
		c.unsure, resolved = true, nil
	}
	if c.own == nil {
		c.own = map[*jsonschema.Schema]*jsonschema.Resolved{}
	}
	c.own[s] = resolved
	return resolved
}

// demands say what a schema wants of one value, beside its type.
func demands(s *jsonschema.Schema) []string {
	var words []string
	number := func(format string, n *float64) {
		if n != nil {
			words = append(words, fmt.Sprintf(format, strconv.FormatFloat(*n, 'g', -1, 64)))
		}
	}
	count := func(format string, n *int) {
		if n != nil {
			words = append(words, fmt.Sprintf(format, *n))
		}
	}
	if s.Const != nil {
		words = append(words, enumWords([]any{*s.Const}))
	}
	number("at least %s", s.Minimum)
	number("at most %s", s.Maximum)
	number("more than %s", s.ExclusiveMinimum)
	number("less than %s", s.ExclusiveMaximum)
	number("a multiple of %s", s.MultipleOf)
	count("at least %d characters", s.MinLength)
	count("at most %d characters", s.MaxLength)
	if s.Pattern != "" {
		words = append(words, "a text that matches "+clip(s.Pattern, maxWord))
	}
	count("at least %d items", s.MinItems)
	count("at most %d items", s.MaxItems)
	if s.UniqueItems {
		words = append(words, "each item once")
	}
	count("at least %d members", s.MinProperties)
	count("at most %d members", s.MaxProperties)
	return words
}

// enumWords are values as JSON.
func enumWords(values []any) string {
	const most = 20
	var words []string
	for _, v := range values[:min(len(values), most)] {
		text, err := json.Marshal(v)
		if err != nil {
			continue
		}
		words = append(words, clip(string(text), maxWord))
	}
	if len(values) > most {
		words = append(words, fmt.Sprintf("or %d more", len(values)-most))
	}
	return strings.Join(words, ", ")
}

// kindWords are the types of JSON Schema as a person calls them.
var kindWords = map[string]string{
	"null": "null", "boolean": "true or false", "integer": "a whole number", "number": "a number",
	"string": "a text", "array": "a list", "object": "an object",
}

func typesOf(s *jsonschema.Schema) []string {
	if s.Type != "" {
		return []string{s.Type}
	}
	return s.Types
}

func typeWords(s *jsonschema.Schema) string {
	var words []string
	for _, t := range typesOf(s) {
		if w := kindWords[t]; w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " or ")
}

// hasType reports whether the value is of a type that s names. Types that are
// none of JSON Schema are any.
func hasType(value any, s *jsonschema.Schema) bool {
	types := typesOf(s)
	is := kindOf(value)
	for _, t := range types {
		if t == is || t == "number" && is == "integer" || kindWords[t] == "" {
			return true
		}
	}
	return len(types) == 0
}

// kindOf is the type of a decoded value in the words of JSON Schema.
func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	}
	return "object"
}
