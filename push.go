package moorage

import (
	"strings"
	"time"
)

// Push is one push to a repository of GitHub, as a webhook tells it.
type Push struct {
	RepositoryID  int64  // GitHub's; names change hands
	Repository    string // acme/weather
	CloneURL      string
	DefaultBranch string
	Fork          bool
	Ref           string // refs/heads/main
	Commit        string // what the ref points to now; "" when it was deleted
	Message       string // of that commit
	By            string // login of who pushed
	Paths         []string
	Complete      bool // Paths is all that changed; false when GitHub did not say all
}

// Branch returns the branch that was pushed to, "" when it was a tag.
func (p Push) Branch() string {
	branch, found := strings.CutPrefix(p.Ref, "refs/heads/")
	if !found {
		return ""
	}
	return branch
}

// Delivery names one request of a webhook. GitHub sends the same one again when
// a person asks it to.
type Delivery struct {
	ID   string   // X-GitHub-Delivery
	Hook ServerID // whose own webhook sent it; "": that of the GitHub App
}

// AutoDeploy is how a server follows the pushes to its repository.
type AutoDeploy struct {
	ServerID     ServerID
	Enabled      bool
	RepositoryID int64    // GitHub's; 0: not looked up yet
	WatchPaths   []string // patterns of Matches; none: what the server is built from
	HookSecret   []byte   // of a webhook set up by hand, sealed; nil: none was made
	Trouble      string   // why GitHub is not told how deployments went; "" when it is
	TroubleNext  string   // what to do about it
}

// Follower is a server with how it follows its repository.
type Follower struct {
	Server
	AutoDeploy AutoDeploy
}

// Decision is what one push meant for one server.
type Decision struct {
	ServerID   ServerID
	ServerSlug string
	Deployment DeploymentID // "": it deployed nothing
	Reason     string       // a sentence
	Ref        string
	Commit     string
	By         string // login
	At         time.Time
}

// Deploys reports whether the push deploys the server.
func (d Decision) Deploys() bool { return d.Deployment != "" }

// Report is what GitHub is told about a deployment: a status of its commit and
// a deployment of its own.
type Report struct {
	DeploymentID DeploymentID
	RepositoryID int64
	Commit       string // full hash
	Context      string // names the status among others: moorage/weather
	Environment  string
	State        ReportState
	Description  string // a sentence
	URL          string // of the deployment's page
	EndpointURL  string // "" until it answers
	GitHubID     int64  // GitHub's number of the deployment; 0: none was made yet
}

// ReportState is where a deployment stands in GitHub's eyes.
type ReportState string

const (
	ReportQueued   ReportState = "queued"
	ReportRunning  ReportState = "in_progress"
	ReportSuccess  ReportState = "success"
	ReportFailure  ReportState = "failure"  // the commit's fault
	ReportError    ReportState = "error"    // not the commit's fault
	ReportDropped  ReportState = "dropped"  // it never came to an end of its own
	ReportInactive ReportState = "inactive" // it was live once
)

// Reported is what GitHub was told last about a deployment.
type Reported struct {
	DeploymentID DeploymentID
	RepositoryID int64            // where; it is not changed
	Status       DeploymentStatus // "": nothing yet
	Commit       string           // what it was told about
	GitHubID     int64
}

// Unreported is a deployment of which GitHub does not know the latest.
type Unreported struct {
	Deployment Deployment
	Follower   Follower
	Reported   Reported
}
