package views

import (
	"moorage"
	"moorage/views/parts"
)

// HomePage answers: is all well? HomeNow is its live part; the stream at
// StreamURL sends it again (StreamHome) when something changed.
type HomePage struct {
	Shell     Shell
	StreamURL string // /stream; "" for none
	Now       HomeNowView
}

// HomeNowView is everything on the home page that changes by itself.
type HomeNowView struct {
	Deploying  []DeploymentRow
	Running    []ServerRow
	Attention  []Attention
	FirstSteps []FirstStep // shown as long as one is not done and nothing runs
}

// Attention is something that a person should look at.
type Attention struct {
	What string // "The last deployment of weather failed."
	Why  string // "npm install ended with exit code 1."
	URL  string
	Do   string // label of the link: "Open the log"
	When parts.Moment
}

// FirstStep is one of the first things to do.
type FirstStep struct {
	Label string
	Text  string
	URL   string
	Done  bool
}

// ServersPage lists servers. GET /servers?q=&page=; ServerList is its fragment,
// and StreamURL of it sends its rows again (StreamServers) when something changed.
type ServersPage struct {
	Shell Shell
	Query string
	List  ServerListView
}

// ServerListView is one page of servers.
type ServerListView struct {
	Rows  []ServerRow
	Query string // what was searched for, for the words of an empty list
	Pager parts.Pager

	StreamURL string // /stream/servers?q=&page=; "" for none
}

// ServerRow is one server in a list.
type ServerRow struct {
	Title       string
	Slug        string
	URL         string
	Owner       string // login, when it is somebody else
	Description string
	Status      moorage.ServerStatus
	StatusNote  string // "Starts with the next call", "Last deployment failed"
	Failing     bool   // StatusNote is a complaint
	Health      moorage.HealthState
	Tools       int
	Endpoint    string
	Source      string // acme/weather @ main
	Updated     parts.Moment
}

// SearchResultsView answers the search box of the shell. GET /search?q=
type SearchResultsView struct {
	Query       string
	Servers     []SearchHit
	Deployments []SearchHit
}

// SearchHit is one thing found.
type SearchHit struct {
	Label string
	Note  string
	URL   string
}

// SearchPage is the search without JavaScript: the same URL, not a fragment.
type SearchPage struct {
	Shell   Shell
	Results SearchResultsView
}
