package views

import "moorage/views/parts"

// ReposPage is the picker.
//
//	GET  /repos?q=&owner=&page=        the page; as a fragment: RepoList
//	POST /repos/refresh                asks GitHub again; q, owner; answers RepoFresh (or redirects)
//	GET  /repos/<owner>/<name>/holds   RepoHolds, loaded by each row on its own
//	GET  /plan?url=&ref=               any Git URL
type ReposPage struct {
	Shell     Shell
	Query     string
	Owner     string
	Owners    []parts.Option // "" = everyone
	List      RepoListView
	AccessURL string // "Configure access on GitHub"; "" when there is nothing to configure

	GitURL    string       // what was typed into "any Git URL"
	GitHint   string       // what is accepted: "https://…"
	GitFaults parts.Faults // url
}

// RepoListView is one page of repositories, or why there is none.
type RepoListView struct {
	Rows     []RepoRow
	Query    string
	Owner    string
	Summary  string // "1,024 repositories", "12 of 1,024"
	Fetched  parts.Moment
	MoreURL  string         // the next page, appended by "Show more"; "" at the end
	Trouble  *parts.Trouble // GitHub is slow, down, limited, or forgot us
	NotAsked bool           // GitHub is not connected: Trouble says how to
}

// RepoRow is one repository.
type RepoRow struct {
	Owner       string
	Name        string
	Description string
	Language    string
	URL         string // /repos/<owner>/<name>
	HoldsURL    string // "" when Holds is known already
	Holds       []string
	Private     bool
	Fork        bool
	Archived    bool
	Recent      bool // deployed from before
	Pushed      parts.Moment
}
