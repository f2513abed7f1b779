package runner

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

const headerParam = "Mcp-Param-"

// ParamHeaders are the parameters of a tool that stand in headers, too (MCP
// 2026-07-28, basic/transports: custom headers): by the last part of the header's
// name, the way to the parameter.
type ParamHeaders map[string][]string

// ParamHeadersOf finds them in the schema of a tool's arguments, at any depth of
// its properties.
func ParamHeadersOf(schema json.RawMessage) ParamHeaders {
	if !bytes.Contains(schema, []byte(`"x-mcp-header"`)) {
		return nil // as nearly all
	}
	return annotated(schema, nil, 0)
}

// maxSchema is how deep in a schema a header may stand.
const maxSchema = 8

func annotated(raw json.RawMessage, path []string, depth int) ParamHeaders {
	var schema struct {
		Header     string                     `json:"x-mcp-header"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if depth > maxSchema || json.Unmarshal(raw, &schema) != nil {
		return nil
	}
	found := ParamHeaders{}
	if schema.Header != "" && len(path) > 0 {
		found[http.CanonicalHeaderKey(schema.Header)] = path
	}
	for name, property := range schema.Properties {
		for header, way := range annotated(property, append(append([]string(nil), path...), name), depth+1) {
			found[header] = way
		}
	}
	return found
}

// Disagree says which header is not what the arguments of a call say, a sentence;
// "" when all are.
func (p ParamHeaders) Disagree(h http.Header, arguments json.RawMessage) string {
	for name, path := range p {
		if why := disagree(h.Values(headerParam+name), name, lookUp(arguments, path)); why != "" {
			return why
		}
	}
	return ""
}

func disagree(header []string, name string, value any) string {
	switch {
	case value == nil && len(header) > 0:
		return headerParam + name + " names a parameter that the call does not have."
	case value == nil:
		return ""
	case len(header) == 0:
		return "Send the header " + headerParam + name + "."
	}
	got, ok := PlainHeader(header[0])
	switch v := value.(type) {
	case string:
		ok = ok && got == v
	case bool:
		ok = ok && got == strconv.FormatBool(v)
	case float64:
		f, err := strconv.ParseFloat(got, 64)
		ok = ok && err == nil && f == v
	default:
		ok = false
	}
	if !ok {
		return headerParam + name + " is not what the body says."
	}
	return ""
}

// lookUp follows a path of names into a JSON value; nil when it leads nowhere.
func lookUp(raw json.RawMessage, path []string) any {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// PlainHeader is the text of a header that may hold it as base64; false when it
// can hold no text.
func PlainHeader(value string) (string, bool) {
	if body, ok := strings.CutPrefix(value, "=?base64?"); ok && strings.HasSuffix(body, "?=") {
		b, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(body, "?="))
		return string(b), err == nil
	}
	for _, r := range value {
		if r > '~' || r < ' ' && r != '\t' {
			return "", false
		}
	}
	return value, true
}
