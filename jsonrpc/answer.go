package jsonrpc

import (
	"encoding/json"
	"strconv"
)

// Error codes of JSON-RPC 2.0, section 5.1, and of MCP 2026-07-28, basic/errors.
const (
	CodeParse             = -32700
	CodeInvalidRequest    = -32600
	CodeNoMethod          = -32601
	CodeInvalidParams     = -32602
	CodeInternal          = -32603
	CodeServerGone        = -32000 // implementation-defined: the server behind Moorage did not answer
	CodeHeaderMismatch    = -32020
	CodeMissingCapability = -32021
	CodeVersion           = -32022 // unsupported protocol version
)

// Refusal answers id with an error; a nil id is for what could not be read.
func Refusal(id json.RawMessage, code int, text string) Message {
	return RefusalWith(id, code, text, nil)
}

// RefusalWith is Refusal with data for the client, which must marshal.
func RefusalWith(id json.RawMessage, code int, text string, data any) Message {
	object := map[string]any{"code": code, "message": text}
	if data != nil {
		object["data"] = data
	}
	body, _ := json.Marshal(object) // plain values always marshal
	return Message{ID: id, Err: body}
}

// Notice is a notification of Moorage's own.
func Notice(method string, params any) Message {
	body, _ := json.Marshal(params) // plain values always marshal
	return Message{Method: method, Params: body}
}

// Code is the code of an answer that is an error; 0 when it is none.
func (m Message) Code() int {
	var e struct {
		Code int `json:"code"`
	}
	if m.Err == nil || json.Unmarshal(m.Err, &e) != nil {
		return 0
	}
	return e.Code
}

// Key names an id or a progress token. A peer may write one back in another way
// ("é" for "\u00e9", 1 for 1.0), so they are compared by value.
func Key(id json.RawMessage) string {
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
