package views

import (
	"fmt"

	"moorage/views/parts"
)

// EndpointPage is what the endpoint of all servers offers a person, and what they
// leave out of it:
//
//	GET  /connect   page, client
//	POST /connect   server, on, shown (each tool of the form), tool (each that is offered)
type EndpointPage struct {
	Shell    Shell
	URL      string // of the endpoint
	SmallURL string // of its small form
	How      ConnectView
	Near     bool // it can be reached on this machine only
	Servers  []EndpointServer
	Pager    parts.Pager
}

// EndpointServer is one server that the person may call.
type EndpointServer struct {
	Slug   string
	Title  string
	Owner  string // login; "": the person themselves
	Live   bool
	On     bool
	Opened bool // its tools are shown at once: they were changed just now
	Tools  []EndpointTool
}

// EndpointTool is one of its tools.
type EndpointTool struct {
	Name        string
	Description string // a line; may be ""
	On          bool
}

// offered says how much of a server is offered.
func (s EndpointServer) offered() string {
	on := 0
	for _, t := range s.Tools {
		if t.On {
			on++
		}
	}
	switch {
	case !s.Live:
		return "not live"
	case !s.On:
		return "left out"
	case on == len(s.Tools) && on == 1:
		return "1 tool"
	case on == len(s.Tools):
		return fmt.Sprintf("%d tools", on)
	}
	return fmt.Sprintf("%d of %d tools", on, len(s.Tools))
}
