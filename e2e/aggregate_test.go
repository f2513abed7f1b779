package e2e

import (
	"context"
	"net/http"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// withToken is a program's way to a Moorage.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(w))
	return http.DefaultTransport.RoundTrip(r)
}

func TestOneEndpointHasTheToolsOfEveryServer(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil)
	told := make(chan bool, 10)
	listening := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, &mcp.ClientOptions{
		ToolListChangedHandler: func(_ context.Context, _ *mcp.ToolListChangedRequest) { told <- true },
	})
	connect := func(c *mcp.Client, version string) *mcp.ClientSession {
		t.Helper()
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{
			Endpoint: h.url + "/mcp", HTTPClient: &http.Client{Transport: withToken(p.token)},
		}, &mcp.ClientSessionOptions{ProtocolVersion: version})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	early := connect(listening, "2025-11-25")
	p.live("example:greeter", "greeter")
	p.live("example:greeter", "second")
	<-told // a session that was there before hears of it
	for _, s := range []*mcp.ClientSession{early, connect(client, "2026-07-28")} {
		for _, name := range []string{"greeter__greet", "second__greet"} {
			r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: map[string]any{"name": "Ada"}})
			if err != nil || r.IsError || r.Content[0].(*mcp.TextContent).Text != "Hello, Ada." {
				t.Errorf("%s: %+v, %v", name, r, err)
			}
		}
		r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "deploy", Arguments: map[string]any{"server": "second"}})
		if err != nil || r.IsError || r.StructuredContent.(map[string]any)["status"] != "queued" {
			t.Errorf("deploy: %+v, %v", r, err)
		}
	}
	h.stop()
}
