package runner

import (
	"context"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runtime"
)

// link is one MCP conversation with an instance, message by message, over
// whatever transport it speaks.
type link interface {
	// send hands one message on. It may return before the server has read it.
	// errLinkClosed says that no more can be sent.
	send(ctx context.Context, m jsonrpc.Message) error

	// messages is what the server says. It is closed when the conversation
	// has ended, from either side. It must be read, or the server blocks.
	messages() <-chan jsonrpc.Message

	// reason is why the conversation ended when the transport knows; "" else.
	// It may be asked when messages is closed.
	reason() string

	// noise counts what the server wrote that is no message.
	noise() int64

	// close says goodbye, and gives up what was not read. It may be called
	// more than once.
	close()

	// wait returns when nothing of the link runs any more. A stdio link runs
	// until its container has ended.
	wait()
}

// inbox is how many messages a link reads ahead of its reader, outbox how many
// wait for a server that does not read.
const (
	inbox  = 64
	outbox = 64
)

// newLink begins a conversation with a container. It lives until it is closed,
// not until ctx ends. The variables in env are for run.Query.
func newLink(ctx context.Context, c runtime.Container, run moorage.RunConfig, env map[string]string) link {
	switch run.Transport {
	case moorage.TransportHTTP:
		return newHTTPLink(ctx, endpoint(c.Addr(), run, env))
	case moorage.TransportSSE:
		return newSSELink(ctx, endpoint(c.Addr(), run, env), welcomeTimeout)
	}
	return newStdioLink(c.Stdio())
}
