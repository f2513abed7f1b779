// Package gateway is MCP over Streamable HTTP: one URL for each server, for
// clients of both eras of the protocol. The legacy era (2025-03-26 to 2025-11-25)
// has sessions, which outlive the instance that answers them: an idle one is
// stopped, a replaced one drains, and the next call finds another, greeted in the
// client's own words. The modern era (2026-07-28) has calls only; to servers that
// speak the legacy one they go over a bridge.
//
// Who may call is decided before: a Call names the person and the server. What a
// message means is looked at where the protocol makes it the gateway's business,
// and nowhere else; methods that nobody knows yet pass.
package gateway
