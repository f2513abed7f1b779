// Command moody is a server that changes while it runs, when one of its tools is
// called: change makes it list another tool, sicken lets its /health say so until
// it is called again, and freeze stops it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type nothing struct{}

func main() {
	overHTTP := flag.Bool("http", false, "speak Streamable HTTP on the port that PORT names")
	overSSE := flag.Bool("sse", false, "speak the old HTTP+SSE there")
	health := flag.Bool("health", false, "have an address /health")
	flag.Parse()
	var sick atomic.Bool
	server := mcp.NewServer(&mcp.Implementation{Name: "moody", Version: "1"}, &mcp.ServerOptions{Instructions: "Do not provoke it."})
	add := func(name, description string, do func()) {
		mcp.AddTool(server, &mcp.Tool{Name: name, Description: description}, func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
			do()
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Done."}}}, nil, nil
		})
	}
	add("change", "Lists another tool.", func() { add("more", "Is more.", func() {}) })
	add("sicken", "Is not well, or well again.", func() { sick.Store(!sick.Load()) })
	add("freeze", "Answers nothing from now on.", func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			panic(err)
		}
	})
	if !*overHTTP && !*overSSE {
		fmt.Fprintln(os.Stderr, "moody:", server.Run(context.Background(), &mcp.StdioTransport{}))
		return
	}
	mux, get := http.NewServeMux(), func(*http.Request) *mcp.Server { return server }
	if *overHTTP {
		mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(get, nil))
	} else {
		mux.Handle("/sse", mcp.NewSSEHandler(get, nil))
	}
	if *health {
		mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
			if sick.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
	}
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), mux))
}
