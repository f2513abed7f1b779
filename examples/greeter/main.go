// Command greeter is a small MCP server to try things with: each of its tools
// shows another kind of argument or result.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "greeter:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("greeter", flag.ContinueOnError)
	overHTTP := flags.Bool("http", false, "speak Streamable HTTP on the port that PORT names")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server := newServer()
	if !*overHTTP {
		fmt.Fprintln(os.Stderr, "Greeter listens on its standard input.")
		if err := server.Run(ctx, &mcp.StdioTransport{}); ctx.Err() == nil {
			return err
		}
		return nil // it was asked to end
	}
	return serve(ctx, server, os.Getenv("PORT"))
}

// serve speaks Streamable HTTP at /mcp until ctx ends.
func serve(ctx context.Context, server *mcp.Server, port string) error {
	if port == "" {
		return errors.New("PORT is not set: it names the port to listen on")
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	listener := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	l, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HOST"), port)) // HOST unset: every address
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Greeter listens on", l.Addr())
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	if err := listener.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newServer() *mcp.Server {
	server := mcp.NewServer(
		&mcp.Implementation{Name: "greeter", Title: "Greeter", Version: "1.0.0"},
		&mcp.ServerOptions{Instructions: "A server to try things with. Start with the tool greet."},
	)
	addTools(server)
	addMedia(server)
	addResources(server)
	return server
}
