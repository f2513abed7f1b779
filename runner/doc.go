// Package runner is MCP in and MCP out. It probes a server that was just
// deployed, starts instances of live ones on demand, relays JSON-RPC messages
// between a client and an instance, and stops what idles.
//
// The relay knows the envelope of a message (id, method) and no method beyond
// the few that decide a conversation's life, so that every present and future
// method, _meta key and extension passes. Each message is parsed once, strictly,
// and what goes on is its re-serialised form, never the bytes that came in.
//
// What is live is the database's business, how a container is made is package
// runtime's; both reach this room through the interfaces in options.go.
package runner
