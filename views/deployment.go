package views

import (
	"moorage"
	"moorage/views/parts"
)

// DeploymentPage answers: how far, and if not, why? It is whole without the
// stream; the stream adds what came after LastSeq.
//
//	GET  /deployments/<id>                     the page
//	GET  /deployments/<id>/log?after=<seq>     SSE: unnamed messages of Stream… components, id: <last seq>,
//	                                           named "status" (data: the status) and last "eof"
//	GET  /deployments/<id>/search?q=           LogHits
//	GET  /deployments/<id>/log.txt             raw
//	POST /deployments/<id>/cancel, /redeploy, /rollback
type DeploymentPage struct {
	Shell     Shell
	Head      DeploymentHeadView
	Steps     []parts.StepView
	StreamURL string // "" when settled
	SearchURL string
	RawURL    string
	Lines     int64  // how many lines are on the page
	Cut       string // "The first 40,000 lines are in the raw log.", or ""
}

// DeploymentHeadView is the top of the page. It is sent again whenever it changes.
type DeploymentHeadView struct {
	ID          moorage.DeploymentID
	Status      moorage.DeploymentStatus
	StatusNote  string // "Waits for 2 others", "Ends in at most 17 minutes"
	ServerTitle string
	ServerURL   string
	Source      string // acme/weather
	Ref         string
	Commit      CommitView
	StartedBy   string
	Trigger     string // "deployed", "redeployed", "rolled back to dep_…", ready to follow "ada"
	Created     parts.Moment
	StartedISO  string // RFC 3339 while it runs: the browser counts on; "" otherwise
	Took        string // "1 min 12 s"
	Image       string // "96.0 MB, sha256:9a1c…", once built

	Failure *Failure // failed
	Live    *Live    // live, or retired and still told

	CancelURL   string // "" when it cannot
	RetryURL    string
	RollbackURL string
}

// Failure says why a deployment failed: its first error line, and what to try.
type Failure struct {
	Message  string
	Next     string
	Line     string   // the first error line of the log; "" when there is none
	LineURL  string   // #L120
	Asks     []string // variables that it said are missing
	AsksURL  string   // where to give them
	FixURL   string   // another place that mends it (settings)
	FixLabel string
}

// Live is what a deployment brought.
type Live struct {
	Endpoint string
	ToolsURL string
	Tools    []string // names
}

// LogHitsView is what a search in the log found.
type LogHitsView struct {
	Query string
	Hits  []LogHit
	More  bool // there are more than are shown
}

// LogHit is one line found; its link opens the step that holds it.
type LogHit struct {
	Seq    int64
	Step   int
	Before string
	Match  string
	After  string
}

// DeploymentsPage lists deployments. GET /deployments?status=&page=
type DeploymentsPage struct {
	Shell    Shell
	Statuses []parts.Option // of the filter
	List     DeploymentListView
}

// DeploymentListView is one page of deployments.
type DeploymentListView struct {
	Rows       []DeploymentRow
	HideServer bool   // all are of one server
	Empty      string // a sentence for none
	Pager      parts.Pager
}

// DeploymentRow is one deployment in a list.
type DeploymentRow struct {
	ID          moorage.DeploymentID
	URL         string
	Status      moorage.DeploymentStatus
	ServerTitle string
	ServerURL   string
	Ref         string
	Commit      CommitView
	DiffURL     string // what changed since the one before; "" when unknown
	StartedBy   string
	Created     parts.Moment
	StartedISO  string // while it runs
	Took        string
	Error       string
	RollbackURL string // "" when it cannot be rolled back to
}
