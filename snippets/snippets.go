// Package snippets says how each MCP client is told of an endpoint: the
// commands, files and links that it reads.
package snippets

import "net/url"

// TokenVariable is the environment variable that snippets take an API token
// from, so that none is written down.
const TokenVariable = "MOORAGE_TOKEN"

// Endpoint is what a client is to call.
type Endpoint struct {
	Name string // what the client calls it: lower-case letters, digits and dashes
	URL  string
}

// plain reports whether an endpoint is called without TLS.
func (e Endpoint) plain() bool {
	u, err := url.Parse(e.URL)
	return err == nil && u.Scheme == "http"
}

// Client is an MCP client and how it is told of an endpoint.
type Client struct {
	ID      string // in URLs
	Name    string
	Install string    // a link that the client itself opens; "": it has none
	SignIn  []Snippet // so that it signs its person in, in a browser
	Token   []Snippet // so that it sends the token in TokenVariable
	Note    string    // what else has to be known, a sentence
}

// Snippet is one thing to copy.
type Snippet struct {
	Where string // it belongs: "In a terminal", "In ~/.cursor/mcp.json"
	Text  string
}

// Clients are the clients that Moorage has words for, those that need the
// fewest first.
func Clients(e Endpoint) []Client {
	return []Client{claudeCode(e), claudeDesktop(e), vsCode(e), cursor(e), codex(e), gemini(e), openCode(e), plain(e)}
}

const (
	terminal = "In a terminal"
	bearer   = "Bearer "
)
