// Package aggregate is one MCP endpoint for all servers that a person may use:
// their tools, prompts and resources under names that say whose they are, and a
// few tools of Moorage's own. It is built on the official Go SDK, in both eras of
// the protocol, because what it says is Moorage's own word; what a server
// described or answered passes as the server said it, nevertheless.
//
// What is listed comes from the store, and no list starts a server. Who calls is
// decided before: Serve gets a Caller. What a person may call is asked of the
// store anew after each change.
package aggregate
