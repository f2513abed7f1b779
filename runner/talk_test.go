package runner

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"moorage"
)

// answered is what a test wants to know of an answer.
type answered struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Result json.RawMessage   `json:"result"`
	Error  *moorage.RPCError `json:"error"`
}

const helloParams = `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}`

// hello begins a conversation of the legacy era.
func hello(t *testing.T, s *Session) {
	t.Helper()
	if a := ask(t, s, `"hello"`, "initialize", helloParams); a.Error != nil {
		t.Fatalf("initialize: %v", a.Error)
	}
	say(t, s, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

func say(t *testing.T, s *Session, message string) {
	t.Helper()
	must(t, s.Send(t.Context(), []byte(message)))
}

func hear(t *testing.T, s *Session) answered {
	t.Helper()
	raw, err := s.Receive(t.Context())
	must(t, err)
	var a answered
	must(t, json.Unmarshal(raw, &a))
	return a
}

// ask makes a call and returns its answer; what is said meanwhile is skipped.
func ask(t *testing.T, s *Session, id, method, params string) answered {
	t.Helper()
	say(t, s, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, params))
	for {
		if a := hear(t, s); a.Method == "" {
			if string(a.ID) != id {
				t.Fatalf("answer to %s instead of %s", a.ID, id)
			}
			return a
		}
	}
}

// greet calls the greeter's simplest tool.
func greet(t *testing.T, s *Session, id, name string) {
	t.Helper()
	a := ask(t, s, id, "tools/call", fmt.Sprintf(`{"name":"greet","arguments":{"name":%q}}`, name))
	if a.Error != nil || !strings.Contains(string(a.Result), "Hello, "+name) {
		t.Fatalf("greet: %s, %v", a.Result, a.Error)
	}
}
