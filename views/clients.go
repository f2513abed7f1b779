package views

import (
	"moorage"
	"moorage/views/parts"
)

// ConsentPage asks a person whether an MCP client may call servers as them. Its
// form goes back to where it came from:
//
//	POST /oauth/authorize   decision (allow, deny), person, and the request as it came
type ConsentPage struct {
	Shell     Shell
	Login     string // who is asked
	PersonID  string
	Client    string // as it calls itself
	VouchedBy string // the host whose document says so; "": nobody
	GoesTo    string // where the answer goes: a host with its port, or the scheme of an app
	Local     bool   // to the person's own machine
	Server    string // slug of what it will call; "": all
	Request   []HiddenValue
}

// HiddenValue goes with a form as it came.
type HiddenValue struct{ Name, Value string }

// ClientsPage is what a person has let in:
//
//	GET  /clients
//	POST /clients/revoke   id
type ClientsPage struct {
	Shell   Shell
	Clients []ClientRow
}

// ClientRow is one sign-in of a client.
type ClientRow struct {
	ID       moorage.GrantID
	Name     string
	From     string // the host that says who it is, or where it was let in from
	Local    bool   // From is the person's own machine
	Server   string // slug; "": all
	Resource string
	Since    parts.Moment
	Used     parts.Moment // zero: never
	Ends     parts.Moment // if it does not call until then
}
