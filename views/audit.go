package views

import "moorage/views/parts"

// AuditPage is what was done with privilege, newest first.
//
//	GET /admin/audit          person, act, target, from, until, page
//	GET <DownloadURL>         the same filter, as JSON lines
//	GET <ChainURL>            AuditChain: the chain, walked when the page is there
type AuditPage struct {
	Shell       Shell
	Persons     []parts.Option
	Acts        []parts.Option
	Target      string
	From, Until string // days: 2026-11-20
	Faults      parts.Faults
	DownloadURL string
	ChainURL    string
	Chain       *AuditChainView // nil: the page asks for it
	List        AuditListView
}

// AuditListView is one page of it.
type AuditListView struct {
	Rows  []AuditRow
	Empty string
	Pager parts.Pager
}

// AuditRow is one act: "ada" "deleted the server" "weather" "with its 3 deployments".
type AuditRow struct {
	N       int64
	Who     string
	Did     string
	What    string // "" when the words say it all
	How     string // "by an API token"; "" for a browser
	IP      string
	Request string
	Details []AuditDetail
	At      parts.Moment
}

// AuditDetail is a name or a hash that was written down with the act.
type AuditDetail struct {
	Name  string
	Value string
	Whole string // of a hash that Value shows the beginning of
}

// AuditChainView says whether the log is as it was written.
type AuditChainView struct {
	Whole  bool
	Says   string // a sentence
	Detail string
}
