package views

import (
	"moorage"
	"moorage/views/parts"
)

// PeoplePage is who may do what.
//
//	GET  /admin/people
//	POST /admin/people/role      user, role
//	POST /admin/access           kind, name
//	POST /admin/access/remove    kind, name
type PeoplePage struct {
	Shell   Shell
	People  []PersonRow
	Rules   []RuleRow
	Kind    moorage.AccessKind // what was typed
	Name    string
	Faults  parts.Faults // name
	Trouble *parts.Trouble
}

// PersonRow is one person.
type PersonRow struct {
	ID        moorage.UserID
	Login     string
	Name      string
	AvatarURL string
	Role      moorage.Role
	Servers   int
	Seen      parts.Moment
	You       bool
	CanChange bool // the role
}

// RuleRow is one rule of who may sign in.
type RuleRow struct {
	Kind  moorage.AccessKind
	Name  string
	By    string
	Added parts.Moment
}

// ConnectionPage is the connection with GitHub.
//
//	GET  /admin/github
//	POST <ManifestURL>                 manifest (leaves this site)
//	POST /admin/github                 client_id, client_secret
//	POST <DisconnectURL>
type ConnectionPage struct {
	Shell         Shell
	Connected     bool
	As            string // "acme-moorage"
	How           string // "From the environment", "Made here by ada"
	Fixed         bool   // set by the environment: nothing to change here
	AppURL        string // of the App at GitHub
	DisconnectURL string // "" when it cannot be undone here
	ManifestURL   string
	Manifest      string
	CallbackURL   string
	HomepageURL   string
	ClientID      string
	Faults        parts.Faults
	Trouble       *parts.Trouble
}

// TokensPage is a person's own API tokens.
//
//	GET  /tokens
//	POST /tokens           name, days (30, 90, 365, 0 = never)
//	POST /tokens/revoke    id
type TokensPage struct {
	Shell   Shell
	BaseURL string // of this Moorage
	Fresh   string // a token just made: shown once
	Tokens  []TokenRow
	Name    string
	Scope   string // as typed
	Days    string // the chosen end; "": the offered one
	Faults  parts.Faults
	Trouble *parts.Trouble
}

// TokenRow is one token.
type TokenRow struct {
	ID      moorage.TokenID
	Name    string
	Scope   []string // patterns; none: all that the person may call
	Created parts.Moment
	Expires parts.Moment // zero: never
	Used    parts.Moment // zero: never
	Expired bool
}
