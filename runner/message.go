package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Caps on one JSON-RPC message, whichever way it travels.
const (
	maxMessage = 16 << 20 // bytes: room for an image in base64
	maxDepth   = 64       // of nested objects and arrays
)

// JSON-RPC error codes that the relay itself answers with.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeNoMethod       = -32601
	codeServerGone     = -32000 // implementation-defined: the server behind the relay did not answer
)

// message is one JSON-RPC 2.0 message: the envelope, and its parts as JSON.
type message struct {
	id     json.RawMessage // a string or a number; nil: a notification
	method string          // "": a response
	params json.RawMessage
	result json.RawMessage
	err    json.RawMessage
}

func (m message) isRequest() bool  { return m.method != "" && m.id != nil }
func (m message) isResponse() bool { return m.method == "" }

// parse reads one message. It refuses what two readers could read differently:
// keys of the envelope in other case or twice, invalid UTF-8, excessive depth.
func parse(b []byte) (message, error) {
	var m message
	if len(b) > maxMessage {
		return m, errors.New("a message is larger than 16 MiB")
	}
	if !utf8.Valid(b) {
		return m, errors.New("a message is not valid UTF-8")
	}
	if tooDeep(b, maxDepth) {
		return m, fmt.Errorf("a message is nested deeper than %d levels", maxDepth)
	}
	fields, err := envelope(b)
	if err != nil {
		return m, err
	}
	return fromFields(fields)
}

// envelope splits an object into its members. Members that JSON-RPC does not
// know are left behind.
func envelope(b []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("a message is not a JSON object")
	}
	fields := make(map[string]json.RawMessage, 4)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("a message is not JSON: %w", err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("a message is not JSON: %w", err)
		}
		name, err := envelopeKey(key.(string))
		if err != nil {
			return nil, err
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("a message holds %q twice", name)
		}
		if name != "" {
			fields[name] = value
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("a message is not JSON: %w", err)
	}
	if dec.InputOffset() < int64(len(bytes.TrimRight(b, " \t\r\n"))) {
		return nil, errors.New("a message is followed by something else")
	}
	return fields, nil
}

// envelopeKey returns key when JSON-RPC knows it and "" when it does not. Go's
// own decoder would take "Method" for "method", and a server may not.
func envelopeKey(key string) (string, error) {
	for _, known := range []string{"jsonrpc", "id", "method", "params", "result", "error"} {
		if key == known {
			return key, nil
		}
		if strings.EqualFold(key, known) {
			return "", fmt.Errorf("a message holds %q instead of %q", key, known)
		}
	}
	return "", nil
}

func fromFields(fields map[string]json.RawMessage) (message, error) {
	var m message
	if string(fields["jsonrpc"]) != `"2.0"` {
		return m, errors.New("a message is not JSON-RPC 2.0")
	}
	if raw, ok := fields["method"]; ok {
		if err := json.Unmarshal(raw, &m.method); err != nil || m.method == "" {
			return m, errors.New("a message has a method that is not a name")
		}
	}
	if id, ok := fields["id"]; ok && string(id) != "null" {
		if id[0] != '"' && id[0] != '-' && (id[0] < '0' || id[0] > '9') {
			return m, errors.New("a message has an id that is neither a string nor a number")
		}
		m.id = id
	} else if ok && m.method != "" {
		return m, errors.New("a request has the id null")
	}
	m.params, m.result, m.err = fields["params"], fields["result"], fields["error"]
	if m.params != nil && m.params[0] != '{' && m.params[0] != '[' {
		return m, errors.New("a message has parameters that are neither an object nor an array")
	}
	answers := m.result != nil || m.err != nil
	switch {
	case m.method == "" && !answers:
		return m, errors.New("a message is neither a call nor an answer")
	case m.method != "" && answers, m.result != nil && m.err != nil:
		return m, errors.New("a message is more than one thing")
	}
	return m, nil
}

// bytes is the message as it goes on: one line, known members only.
func (m message) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0"`)
	if m.id != nil || m.isResponse() {
		b.WriteString(`,"id":`)
		if m.id == nil {
			b.WriteString("null")
		}
		b.Write(m.id)
	}
	if m.method != "" {
		b.WriteString(`,"method":`)
		name, _ := json.Marshal(m.method) // a string always marshals
		b.Write(name)
	}
	for _, part := range []struct {
		name  string
		value json.RawMessage
	}{{"params", m.params}, {"result", m.result}, {"error", m.err}} {
		if part.value == nil {
			continue
		}
		b.WriteString(`,"` + part.name + `":`)
		json.Compact(&b, part.value) // valid: the decoder or we made it
	}
	b.WriteByte('}')
	return b.Bytes()
}

// key names an id. A peer may write an id back in another way ("é" for
// "\u00e9", 1 for 1.0), so ids are compared by value.
func key(id json.RawMessage) string {
	if len(id) > 0 && id[0] == '"' {
		var s string
		if json.Unmarshal(id, &s) == nil {
			return "s" + s
		}
	}
	if n, err := strconv.ParseInt(string(id), 10, 64); err == nil {
		return "n" + strconv.FormatInt(n, 10)
	}
	if f, err := strconv.ParseFloat(string(id), 64); err == nil {
		return "n" + strconv.FormatFloat(f, 'f', -1, 64)
	}
	return "r" + string(id)
}

// refusal answers id with an error; a nil id is for what could not be read.
func refusal(id json.RawMessage, code int, text string) message {
	body, _ := json.Marshal(map[string]any{"code": code, "message": text}) // plain values always marshal
	return message{id: id, err: body}
}

// notice is a notification of Moorage's own.
func notice(method string, params any) message {
	body, _ := json.Marshal(params) // plain values always marshal
	return message{method: method, params: body}
}

// tooDeep counts brackets outside strings; the syntax is checked elsewhere.
func tooDeep(b []byte, most int) bool {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > most {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
