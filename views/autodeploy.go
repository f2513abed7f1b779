package views

import "moorage/views/parts"

// AutoDeployView is how a server follows the pushes to its repository.
//
//	POST <URL>          enabled=on, watch_paths: a pattern a line
//	POST <URL>/secret   makes a new secret, shown once
type AutoDeployView struct {
	URL         string
	GitHubURL   string
	Possible    bool // the source is on GitHub
	Enabled     bool
	Branch      string // "main", "the default branch"
	WatchPaths  string
	AppHears    bool   // the GitHub App has a webhook
	Hidden      bool   // GitHub cannot reach this Moorage
	PayloadURL  string // of a webhook set up by hand
	HooksURL    string // where one is added on GitHub
	HasSecret   bool
	FreshSecret string         // shown this once
	Trouble     *parts.Trouble // why GitHub is not told how deployments went
	Decisions   []DecisionRow  // newest first
	Faults      parts.Faults
}

// DecisionRow is what one push meant.
type DecisionRow struct {
	At            parts.Moment
	Ref           string
	Commit        string
	By            string
	Reason        string
	DeploymentURL string // "": it deployed nothing
}
