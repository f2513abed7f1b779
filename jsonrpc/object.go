package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object, taken apart so that single members can be looked at
// and changed; the rest goes on as it came, in its order.
type Object []Member

// Member is a name and its value.
type Member struct {
	Name  string
	Value json.RawMessage
}

// ParseObject takes an object apart. A nil or empty raw is an object without
// members. A member whose name is one of known in another case is refused, as
// is a name that stands there twice.
func ParseObject(raw json.RawMessage, known ...string) (Object, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	var o Object
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		name := key.String()
		if err := misspelt(name, known...); err != nil {
			return nil, err
		}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		o = append(o, Member{name, json.RawMessage(value)})
	}
	return o, nil
}

// Get is the value of a member; nil when there is none.
func (o Object) Get(name string) json.RawMessage {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Text is the value of a member that is a string; "" when it is none.
func (o Object) Text(name string) string {
	var s string
	if v := o.Get(name); v == nil || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// With is the object with a member set, in its place or at the end.
func (o Object) With(name string, value json.RawMessage) Object {
	changed := make(Object, len(o), len(o)+1)
	copy(changed, o)
	for i := range changed {
		if changed[i].Name == name {
			changed[i].Value = value
			return changed
		}
	}
	return append(changed, Member{name, value})
}

// Without is the object without a member.
func (o Object) Without(name string) Object {
	kept := make(Object, 0, len(o))
	for _, m := range o {
		if m.Name != name {
			kept = append(kept, m)
		}
	}
	return kept
}

// Raw is the object as JSON.
func (o Object) Raw() json.RawMessage {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(m.Name) // a string always marshals
		b = append(append(append(b, name...), ':'), m.Value...)
	}
	return append(b, '}')
}
