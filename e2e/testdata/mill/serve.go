package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serve speaks MCP on stdin and stdout, or with the argument "http" on $PORT.
// Further words name the version of the server. MILL_ECHO is what it says of its
// tool echo.
func serve(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	overHTTP := len(args) > 0 && args[0] == "http"
	version := "1"
	if len(args) > 0 {
		version = args[len(args)-1]
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "mill", Title: "The mill", Version: version}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: cmp.Or(os.Getenv("MILL_ECHO"), "Says what it is told.")}, echo)
	mcp.AddTool(server, &mcp.Tool{Name: "version", Description: "Says which mill this is."}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return words("This is mill " + version + "."), nil, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "key_length", Description: "Says how long MILL_KEY is."}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return words(fmt.Sprintf("The key has %d characters.", len(os.Getenv("MILL_KEY")))), nil, nil
	})
	if !overHTTP {
		if err := server.Run(ctx, &mcp.StdioTransport{}); ctx.Err() == nil {
			return err
		}
		return nil
	}
	return listen(ctx, server)
}

func listen(ctx context.Context, server *mcp.Server) error {
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	h := &http.Server{Addr: net.JoinHostPort("", os.Getenv("PORT")), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { h.Close() })
	defer stop()
	if err := h.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

type told struct {
	Text   string `json:"text" jsonschema:"what to say"`
	Times  int    `json:"times,omitempty" jsonschema:"how often"`
	Loudly bool   `json:"loudly,omitempty" jsonschema:"with an exclamation"`
}

func echo(_ context.Context, _ *mcp.CallToolRequest, in told) (*mcp.CallToolResult, any, error) {
	said := in.Text
	for range in.Times - 1 {
		said += " " + in.Text
	}
	if in.Loudly {
		said += "!"
	}
	return words(said), nil, nil
}

func words(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}
