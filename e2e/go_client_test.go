//go:build conformance

package e2e

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// goClient is the client of the Go SDK: it asks for 2026-07-28 and falls back.
func goClient(t *testing.T, s served, calls []request) (got account) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	steps := &progress{of: map[any][]float64{}}
	session, err := newGoClient(steps).Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: s.endpoint, HTTPClient: &http.Client{Transport: bearer(s.token)},
	}, nil)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer session.Close()
	got.Server, got.Version = session.InitializeResult().ServerInfo.Name, session.InitializeResult().ProtocolVersion
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			t.Fatalf("list the tools: %v", err)
		}
		got.Tools = append(got.Tools, tool.Name)
	}
	for _, c := range calls {
		params := &mcp.CallToolParams{Name: c.Tool, Arguments: c.Arguments}
		params.SetProgressToken(c.Tool)
		result, err := session.CallTool(ctx, params)
		if err != nil {
			t.Fatalf("call %s: %v", c.Tool, err)
		}
		is := answered{Tool: c.Tool, Failed: result.IsError, Progress: steps.wait(t, c)}
		for _, part := range result.Content {
			if text, ok := part.(*mcp.TextContent); ok {
				is.Text += text.Text
			}
		}
		got.Calls = append(got.Calls, is)
	}
	return got
}

// newGoClient answers what it is asked as the scripts do.
func newGoClient(steps *progress) *mcp.Client {
	c := mcp.NewClient(&mcp.Implementation{Name: "moorage-conformance", Version: "1.0.0"}, &mcp.ClientOptions{
		CreateMessageHandler: func(context.Context, *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return &mcp.CreateMessageResult{Role: "assistant", Model: "a-person", Content: &mcp.TextContent{Text: "sampled by the client"}}, nil
		},
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"username": "elicited", "name": "elicited", "ok": true}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			steps.add(r.Params.ProgressToken, r.Params.Progress)
		},
	})
	c.AddRoots(&mcp.Root{URI: "file:///harbour", Name: "harbour"})
	return c
}

// progress is what was told of calls, by token.
type progress struct {
	mu sync.Mutex
	of map[any][]float64
}

func (p *progress) add(token any, step float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[token] = append(p.of[token], step)
}

// wait returns the steps of a call that has been answered. They are handed to us
// apart from the answer, and perhaps after it.
func (p *progress) wait(t *testing.T, c request) (steps []float64) {
	t.Helper()
	eventually(t, c.Tool+" tells of its progress", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		steps = p.of[c.Tool]
		return len(steps) >= c.progress
	})
	return steps
}

// bearer sends a token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
