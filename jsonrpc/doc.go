// Package jsonrpc is JSON-RPC 2.0 as MCP uses it, read strictly: one message,
// its id by value, and objects whose members are looked at and put back. What
// goes on to somebody else is always what was parsed, serialised again, so that
// nobody behind Moorage reads anything else than Moorage has.
//
// What a method means is package runner's and package gateway's business.
package jsonrpc
