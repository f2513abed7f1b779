package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Caps on one message, whichever way it travels.
const (
	MaxMessage = 16 << 20 // bytes: room for an image in base64
	maxDepth   = 64       // of nested objects and arrays
)

// Message is one JSON-RPC 2.0 message: the envelope, and its parts as JSON.
type Message struct {
	ID     json.RawMessage // a string or a number; nil: a notification
	Method string          // "": a response
	Params json.RawMessage
	Result json.RawMessage
	Err    json.RawMessage
}

// IsRequest reports whether m wants an answer.
func (m Message) IsRequest() bool { return m.Method != "" && m.ID != nil }

// IsResponse reports whether m is an answer.
func (m Message) IsResponse() bool { return m.Method == "" }

// Parse reads one message of a client. It refuses what two readers could read
// differently: a key twice at any depth, keys of the envelope in another case,
// invalid UTF-8, excessive depth. The message keeps no part of b.
func Parse(b []byte) (Message, error) { return parse(b, false) }

// ParseServer is Parse for what a server says: nothing is decided on its
// results, so keys that stand in them twice pass. Its answer would be lost else.
func ParseServer(b []byte) (Message, error) { return parse(b, true) }

func parse(b []byte, twice bool) (Message, error) {
	if len(b) > MaxMessage {
		return Message{}, errors.New("a message is larger than 16 MiB")
	}
	if TooDeep(b, 0) {
		return Message{}, fmt.Errorf("a message is nested deeper than %d levels", maxDepth)
	}
	fields, err := envelope(bytes.Clone(b), twice)
	if err != nil {
		return Message{}, err
	}
	return fields.message()
}

// parts are the members of an envelope that JSON-RPC knows, as they stand.
type parts struct{ jsonrpc, id, method, params, result, err json.RawMessage }

// slot is the place of a member; nil for one that JSON-RPC does not know.
func (p *parts) slot(name string) *json.RawMessage {
	switch name {
	case "jsonrpc":
		return &p.jsonrpc
	case "id":
		return &p.id
	case "method":
		return &p.method
	case "params":
		return &p.params
	case "result":
		return &p.result
	case "error":
		return &p.err
	}
	return nil
}

// envelope splits an object into its members. Those that JSON-RPC does not
// know are left behind.
func envelope(b []byte, twice bool) (parts, error) {
	var p parts
	dec := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(twice))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return p, errors.New("a message is not a JSON object")
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return p, fmt.Errorf("a message is not JSON: %w", err)
		}
		name := key.String()
		slot := p.slot(name)
		if slot == nil {
			if err := misspelt(name, "jsonrpc", "id", "method", "params", "result", "error"); err != nil {
				return p, err
			}
		} else if *slot != nil {
			return p, fmt.Errorf("a message holds %q twice", name)
		}
		value, err := dec.ReadValue()
		if err != nil {
			return p, fmt.Errorf("a message is not JSON: %w", err)
		}
		if slot != nil {
			*slot = json.RawMessage(value)
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return p, fmt.Errorf("a message is not JSON: %w", err)
	}
	if dec.InputOffset() < int64(len(bytes.TrimRight(b, " \t\r\n"))) {
		return p, errors.New("a message is followed by something else")
	}
	return p, nil
}

// misspelt refuses a key that some readers take for one of those known: Go's
// own decoder would take "Method" for "method", and another one would not.
func misspelt(key string, known ...string) error {
	for _, k := range known {
		if key != k && strings.EqualFold(key, k) {
			return fmt.Errorf("a message holds %q instead of %q", key, k)
		}
	}
	return nil
}

func (p parts) message() (Message, error) {
	m := Message{Params: p.params, Result: p.result, Err: p.err}
	if string(p.jsonrpc) != `"2.0"` {
		return m, errors.New("a message is not JSON-RPC 2.0")
	}
	if p.method != nil {
		if err := json.Unmarshal(p.method, &m.Method); err != nil || m.Method == "" {
			return m, errors.New("a message has a method that is not a name")
		}
	}
	switch {
	case p.id == nil:
	case string(p.id) == "null":
		if m.Method != "" {
			return m, errors.New("a request has the id null")
		}
	case !isID(p.id):
		return m, errors.New("a message has an id that is neither a string nor a number")
	default:
		m.ID = p.id
	}
	if m.Params != nil && m.Params[0] != '{' && m.Params[0] != '[' {
		return m, errors.New("a message has parameters that are neither an object nor an array")
	}
	answers := m.Result != nil || m.Err != nil
	switch {
	case m.Method == "" && !answers:
		return m, errors.New("a message is neither a call nor an answer")
	case m.Method != "" && answers, m.Result != nil && m.Err != nil:
		return m, errors.New("a message is more than one thing")
	}
	return m, nil
}

// isID reports whether a JSON value is a string or a number.
func isID(raw json.RawMessage) bool {
	return raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
}

// Bytes is the message as it goes on: one line, known members only.
func (m Message) Bytes() []byte {
	b := make([]byte, 0, 64+len(m.ID)+len(m.Method)+len(m.Params)+len(m.Result)+len(m.Err))
	b = append(b, `{"jsonrpc":"2.0"`...)
	if m.ID != nil {
		b = append(append(b, `,"id":`...), m.ID...)
	} else if m.IsResponse() {
		b = append(b, `,"id":null`...)
	}
	if m.Method != "" {
		name, _ := json.Marshal(m.Method) // a string always marshals
		b = append(append(b, `,"method":`...), name...)
	}
	b = appendMember(b, `,"params":`, m.Params)
	b = appendMember(b, `,"result":`, m.Result)
	b = appendMember(b, `,"error":`, m.Err)
	return append(b, '}')
}

// appendMember appends a value without line breaks, which could end a line of
// stdio or of an event too early. JSON has them between tokens only.
func appendMember(b []byte, name string, value json.RawMessage) []byte {
	if value == nil {
		return b
	}
	b = append(b, name...)
	if !bytes.ContainsAny(value, "\r\n") {
		return append(b, value...)
	}
	var line bytes.Buffer
	json.Compact(&line, value) // valid: the decoder or we made it
	return append(b, line.Bytes()...)
}

// TooDeep reports whether a JSON text that stands so many levels inside a message
// is nested deeper than a message may be. It counts brackets outside strings;
// the syntax is checked elsewhere.
func TooDeep(b []byte, within int) bool {
	depth, inString := within, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
