// Package oauth is Moorage as an OAuth 2.1 authorization server for MCP
// clients (MCP 2026-07-28, basic/authorization): a client sends a person here,
// they agree, and the client gets tokens for one endpoint of this Moorage.
//
//	Read      the client is found (registered, or by its metadata document), its
//	          redirect compared, and the rest of the request checked
//	Allow     the person agreed: a grant, and a code in the redirect
//	Token     the code is traded for tokens, with the PKCE verifier; or a refresh
//	          token for new ones, which ends the grant when it comes twice
//	Caller    an access token is somebody, at the endpoint it was made for
//
// Codes, tokens and client secrets are random and stored as SHA-256. Everything
// of a grant ends with it.
//
// Who the person is comes from auth, by way of handlers, which also own the
// pages, HTTP, and where errors go. What a caller may do is the business of
// those who ask for one.
package oauth
