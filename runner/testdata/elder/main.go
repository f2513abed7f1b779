// Command elder is a server that speaks the old HTTP+SSE alone, at the path that
// its argument names, and does what callers have to cope with.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type in struct {
	Name string `json:"name,omitempty"`
	From int    `json:"from,omitempty"`
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "elder", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "greet", Description: "Greets."}, func(_ context.Context, _ *mcp.CallToolRequest, a in) (*mcp.CallToolResult, any, error) {
		return text("Hello, " + a.Name + "."), nil, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "countdown", Description: "Counts down, and never ends from 0."}, countdown)
	mcp.AddTool(server, &mcp.Tool{Name: "ask", Description: "Asks the client for a name."}, ask)
	mcp.AddTool(server, &mcp.Tool{Name: "die", Description: "Ends in the middle of the call."}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, any, error) {
		os.Exit(7)
		return nil, nil, nil
	})
	http.Handle(os.Args[1], mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return server }, nil))
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}

func countdown(ctx context.Context, req *mcp.CallToolRequest, a in) (*mcp.CallToolResult, any, error) {
	for i := range max(a.From, 1) {
		p := &mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(), Progress: float64(i + 1), Total: float64(a.From)}
		if err := req.Session.NotifyProgress(ctx, p); err != nil {
			return nil, nil, err
		}
	}
	if a.From == 0 {
		<-ctx.Done()
		fmt.Fprintln(os.Stderr, "elder: cancelled")
	}
	return text("Liftoff."), nil, nil
}

func ask(ctx context.Context, req *mcp.CallToolRequest, _ in) (*mcp.CallToolResult, any, error) {
	said, err := req.Session.Elicit(ctx, &mcp.ElicitParams{Message: "Who are you?", RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}},
	}})
	if err != nil {
		return nil, nil, err
	}
	return text(fmt.Sprintf("Hello, %v.", said.Content["name"])), nil, nil
}
