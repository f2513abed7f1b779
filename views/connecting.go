package views

import "moorage/views/parts"

// ConnectingPage is how clients reach the endpoint of a server.
//
//	GET  /servers/<slug>/connect?client=<id>
//	POST /servers/<slug>/connect/test   client; Greeting for htmx, else the page with it
type ConnectingPage struct {
	Shell    Shell
	Head     ServerHeadView
	URL      string // of this page
	How      ConnectView
	Near     bool // the endpoint can be reached on this machine only
	CanTest  bool
	Why      string // why it cannot be tested, a sentence, when it cannot
	Greeting *GreetingView
}

// ConnectView is how each client is told of an endpoint.
type ConnectView struct {
	Clients []ClientLink
	Client  ClientWords // of the current one
}

// ClientLink leads to the words of one client.
type ClientLink struct {
	ID      string
	Name    string
	URL     string
	Current bool
}

// ClientWords is how one client is told of the endpoint.
type ClientWords struct {
	ID      string
	Name    string
	Install string // a link that the client itself opens; "": it has none
	SignIn  []Paste
	Token   []Paste
	Note    string
}

// Paste is one thing to copy, and where to.
type Paste struct{ Where, Text string }

// GreetingView is what a server said when Moorage greeted it.
type GreetingView struct {
	Says    string // "weather 1.2.0, MCP 2025-11-25"
	Took    string
	Tools   int
	Trouble *parts.Trouble // why it said nothing
}
