package views

import "moorage/views/parts"

// SetupPage is the first run: three steps with a tick each. Forms:
//
//	POST /setup           code     become the operator
//	POST <ManifestURL>    manifest              GitHub makes an App (leaves this site)
//	POST /setup/github    client_id, client_secret
//	POST /setup/example                         deploy the example
//
// Every step can be skipped by a link and come back to at /setup.
type SetupPage struct {
	Shell Shell
	Code  string // from the one-time link; goes back in a hidden field

	Operator      SetupStep
	OperatorLogin string       // who is signed in
	Faults        parts.Faults // client_id, client_secret

	GitHub      SetupStep
	GitHubAs    string // "acme-moorage, an App of acme", once connected
	ManifestURL string // https://github.com/settings/apps/new?state=…
	Manifest    string // JSON for the field "manifest"
	CallbackURL string // what to type at GitHub when making an OAuth App by hand
	HomepageURL string

	Example     SetupStep
	ExampleURL  string         // of its deployment, once begun
	Engine      string         // "Docker 20.10.24 answers."
	EngineFails *parts.Trouble // when it does not
}

// SetupStep is where one of the three steps stands.
type SetupStep struct {
	Done    bool
	Current bool           // the one to do next: its card is open
	Locked  bool           // an earlier one must be done first
	Trouble *parts.Trouble // why it did not work
}

// LoginPage asks for a sign-in with GitHub.
type LoginPage struct {
	Shell     Shell
	SignInURL string // /auth/github?next=…; "" when GitHub is not connected
	Provider  string // GitHub, or the host of a GitHub Enterprise
	Trouble   *parts.Trouble
}

// NotAllowedPage tells a person whom GitHub knows and we do not let in.
type NotAllowedPage struct {
	Shell Shell
	Login string   // who they are at GitHub
	Ask   []string // logins of the people who can let them in
}

// ErrorPage is any request that could not be answered.
type ErrorPage struct {
	Shell   Shell
	Status  int
	Heading string // "This page does not exist."
	Message string // what happened, a sentence; may be ""
	Next    string // what to do next, a sentence
	Ref     string // request id for the log; "" when it is of no use
	Links   []parts.Link
}
