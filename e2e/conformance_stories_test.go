//go:build conformance

package e2e

import "testing"

// What clients call of the Go SDK's fixture.
var (
	plain = []request{
		{Tool: "test_simple_text", says: "This is a simple text response"},
	}
	asking = []request{
		{Tool: "test_tool_with_progress", progress: 3},
		{Tool: "test_input_required_result_sampling", says: "Sampling response: sampled by the client"},
		{Tool: "test_input_required_result_elicitation", says: "Hello, elicited!"},
		{Tool: "test_input_required_result_list_roots", says: "Client exposed 1 root(s): file:///harbour"},
	}
	asked = []request{
		{Tool: "test_sampling", Arguments: map[string]any{"prompt": "Say something."}, says: "LLM response: sampled by the client"},
		{Tool: "test_elicitation", Arguments: map[string]any{"message": "Who are you?"}, says: "action=accept"},
	}
)

func (p program) serves(slug string) served {
	return served{slug: slug, endpoint: p.h.endpoint(slug), ticket: p.h.url + "/ws?server=" + slug, token: p.token}
}

func TestConformanceClientsAndAStdioServer(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("everything", everything(t, `CMD ["/everything-server"]`))
	s := p.serves("everything")
	s.calls, s.asking, s.older = plain, asking, asked
	s.plays(t)
}

func TestConformanceClientsAndAnHTTPServerWithSessions(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("stateful", everything(t, "EXPOSE 8080", `CMD ["/everything-server", "-http", ":8080", "-stateless=false"]`))
	s := p.serves("stateful")
	s.calls, s.asking, s.older = plain, asking, asked
	s.plays(t)
}

// Without sessions, a server cannot ask clients of the legacy era.
func TestConformanceClientsAndAnHTTPServerWithoutSessions(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("stateless", everything(t, "EXPOSE 8080", `CMD ["/everything-server", "-http", ":8080"]`))
	s := p.serves("stateless")
	s.calls = plain
	s.plays(t)
}

func TestConformanceClientsAndTheExample(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.live("example:greeter", "greeter")
	s := p.serves("greeter")
	s.calls = []request{{Tool: "greet", Arguments: map[string]any{"name": "Ada"}, says: "Hello, Ada"}}
	s.asking = []request{{Tool: "countdown", Arguments: map[string]any{"from": 3, "pause": 100}, progress: 3}}
	s.plays(t)
}

// The reference server from npm speaks 2025-11-25 and nothing newer: who insists
// on 2026-07-28 is served by the bridge.
func TestConformanceClientsAndAServerOfTheLegacyEra(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("reference", folder(t, "testdata/everything"))
	s := p.serves("reference")
	s.calls = []request{{Tool: "echo", Arguments: map[string]any{"message": "from npm"}, says: "from npm"}}
	s.asking = []request{{Tool: "trigger-long-running-operation", Arguments: map[string]any{"duration": 1, "steps": 4}, says: "completed", progress: 3}}
	s.plays(t)
}

// A stream that breaks in the middle of a call is taken up where it broke.
func TestConformanceClientTakesUpABrokenStream(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("everything", everything(t, `CMD ["/everything-server"]`))
	calls := []request{{Tool: "test_tool_with_progress", progress: 3}}
	got := script("sdk1.mjs", "MCP_CUT=test_tool_with_progress")(t, p.serves("everything"), calls)
	got.matches(t, caller{asked: true}, calls)
	if got.Cuts != 1 || got.Resumed == 0 {
		t.Errorf("the stream was cut %d times and taken up %d times", got.Cuts, got.Resumed)
	}
}
