package runner

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"

	"moorage"
)

// memberFaults are those of the members of an object.
func (c *check) memberFaults(object map[string]any, s *jsonschema.Schema, at string, nested int) moorage.Faults {
	var faults moorage.Faults
	lacks := func(names []string, why string) {
		for _, name := range names {
			if _, there := object[name]; !there {
				faults = append(faults, moorage.Fault{Field: at + "/" + moorage.PointerToken(name), Message: why})
			}
		}
	}
	lacks(s.Required, "This is needed.")
	for _, name := range sorted(object) {
		field := at + "/" + moorage.PointerToken(name)
		lacks(s.DependentRequired[name], fmt.Sprintf("This is needed with %s.", quote(name)))
		lacks(s.DependencyStrings[name], fmt.Sprintf("This is needed with %s.", quote(name)))
		faults = append(faults, c.faults(object, s.DependentSchemas[name], at, nested)...)
		faults = append(faults, c.faults(object, s.DependencySchemas[name], at, nested)...)
		for _, f := range c.faults(name, s.PropertyNames, field, nested) {
			faults = append(faults, moorage.Fault{Field: f.Field, Message: "Its name does not fit. " + f.Message})
		}
		faults = append(faults, c.memberFault(name, object[name], s, field, nested)...)
	}
	return faults
}

func (c *check) memberFault(name string, value any, s *jsonschema.Schema, field string, nested int) moorage.Faults {
	property, known := s.Properties[name]
	faults := c.faults(value, property, field, nested)
	for _, text := range sorted(s.PatternProperties) {
		re := c.pattern(text)
		if re == nil {
			known = true // it may be one of these
		} else if re.MatchString(name) {
			known = true
			faults = append(faults, c.faults(value, s.PatternProperties[text], field, nested)...)
		}
	}
	switch {
	case known || s.AdditionalProperties == nil:
		return faults
	case isNothing(s.AdditionalProperties):
		return append(faults, moorage.Fault{Field: field, Message: "The tool does not know this."})
	}
	return append(faults, c.faults(value, s.AdditionalProperties, field, nested)...)
}

// itemFaults are those of the items of a list.
func (c *check) itemFaults(list []any, s *jsonschema.Schema, at string, nested int) moorage.Faults {
	first, rest := s.PrefixItems, s.Items
	if s.ItemsArray != nil { // draft-07
		first, rest = s.ItemsArray, s.AdditionalItems
	}
	var faults moorage.Faults
	for i, item := range list {
		schema := rest
		if i < len(first) {
			schema = first[i]
		}
		if faults = append(faults, c.faults(item, schema, at+"/"+strconv.Itoa(i), nested)...); len(faults) > maxFaults {
			return faults
		}
	}
	return append(faults, c.containsFaults(list, s, at, nested)...)
}

func (c *check) containsFaults(list []any, s *jsonschema.Schema, at string, nested int) moorage.Faults {
	if s.Contains == nil {
		return nil
	}
	least, most, found := 1, len(list), 0
	if s.MinContains != nil {
		least = *s.MinContains
	}
	if s.MaxContains != nil {
		most = *s.MaxContains
	}
	unsure := slices.ContainsFunc(list, func(item any) bool {
		fits, sure := c.holds(item, s.Contains, nested)
		if fits {
			found++
		}
		return !sure
	})
	if unsure || found >= least && found <= most {
		return nil
	}
	return moorage.Faults{{Field: at, Message: fmt.Sprintf("It holds %d items of the kind that is wanted %d to %d times.", found, least, most)}}
}
