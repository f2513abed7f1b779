package deploy

import (
	"context"
	"time"

	"moorage"
	"moorage/runtime"
)

// database is every role that the pipeline needs of the store.
type database interface {
	queue
	history
	states
	results
	steps
	lines
	images
	servers
	readmes
	asks
	orders
	followers
}

// queue holds deployments that wait, and those that a worker has.
type queue interface {
	CreateDeployment(ctx context.Context, d moorage.Deployment) (superseded []moorage.DeploymentID, err error)
	ClaimDeployment(ctx context.Context) (moorage.Deployment, error)
	RunningDeployments(ctx context.Context) ([]moorage.Deployment, error)
	Watch(topics ...string) (bell <-chan struct{}, stop func())
}

// history knows every deployment that ever was.
type history interface {
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	Deployments(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.Deployment, error) // newest first
}

// states moves a deployment through the transition table.
type states interface {
	AdvanceDeployment(ctx context.Context, id moorage.DeploymentID, from, to moorage.DeploymentStatus) error
	EndDeployment(ctx context.Context, id moorage.DeploymentID, from, to moorage.DeploymentStatus, err *moorage.Error) error
	CancelDeployment(ctx context.Context, id moorage.DeploymentID) error // of one that runs: writes down who did
	Heartbeat(ctx context.Context, id moorage.DeploymentID) error
}

// results keeps what the steps find out.
type results interface {
	SetCommit(ctx context.Context, id moorage.DeploymentID, c moorage.Commit) error
	SetConfig(ctx context.Context, id moorage.DeploymentID, c moorage.Config) error
	SetImage(ctx context.Context, id moorage.DeploymentID, img moorage.Image) error
	Switch(ctx context.Context, id moorage.DeploymentID, url string, info moorage.ServerInfo, offers []moorage.Offer) (replaced moorage.DeploymentID, err error)
}

// steps keeps the foldable parts of a log.
type steps interface {
	BeginStep(ctx context.Context, id moorage.DeploymentID, s moorage.Step) error
	EndStep(ctx context.Context, id moorage.DeploymentID, n int, status moorage.StepStatus, cached bool, at time.Time) error
	Steps(ctx context.Context, id moorage.DeploymentID) ([]moorage.Step, error)
}

// lines keeps the log itself.
type lines interface {
	AppendLog(ctx context.Context, id moorage.DeploymentID, batch []moorage.LogLine) error
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
	LastSeq(ctx context.Context, id moorage.DeploymentID) (int64, error)
	ReplaceLog(ctx context.Context, id moorage.DeploymentID, by moorage.LogLine) error
}

// images knows which deployments still have an image in the engine.
type images interface {
	KeptImages(ctx context.Context, id moorage.ServerID) ([]moorage.Deployment, error) // newest first
	ForgetImage(ctx context.Context, id moorage.DeploymentID) error
	DeleteServer(ctx context.Context, id moorage.ServerID) error
}

// orders keeps the servers that somebody asks for.
type orders interface {
	CreateServer(ctx context.Context, s moorage.Server) error
	UpdateServer(ctx context.Context, s moorage.Server) error
}

// servers knows what is deployed, and with which values.
type servers interface {
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	Variables(ctx context.Context, id moorage.ServerID) ([]moorage.Variable, error)
}

// followers knows which servers follow a repository, and keeps what its pushes
// mean.
type followers interface {
	Followers(ctx context.Context, repository int64, cloneURL string) ([]moorage.Follower, error)
	Follower(ctx context.Context, id moorage.ServerID) (moorage.Follower, error)
	AutoDeploy(ctx context.Context, id moorage.ServerID) (moorage.AutoDeploy, error)
	SetAutoDeploy(ctx context.Context, a moorage.AutoDeploy) error
	TakePush(ctx context.Context, v moorage.Delivery, decided []moorage.Decision, queue []moorage.Deployment) (superseded []moorage.DeploymentID, err error)
}

// asks keeps which variables a server was found to need.
type asks interface {
	SetVariable(ctx context.Context, id moorage.ServerID, v moorage.Variable) error
}

// githubTokens opens the GitHub token of a person, renewed when it has to be:
// "" for one without GitHub.
type githubTokens interface {
	GitHubToken(ctx context.Context, id moorage.UserID) (string, error)
}

// opener opens what is sealed at rest; row names where it is kept.
type opener interface {
	Open(sealed []byte, row string) ([]byte, error)
}

// sealer also closes it.
type sealer interface {
	opener
	Seal(plain []byte, row string) ([]byte, error)
}

// prober asks a started server who it is and what it offers. The variables
// in env may be what the query of its URL is made from. It does not wait for a
// server that ends.
type prober interface {
	Probe(ctx context.Context, c runtime.Container, run moorage.RunConfig, env map[string]string) (moorage.Probed, error)
}

// endpoints is what answers MCP: it takes over and lets go of instances.
type endpoints interface {
	// Warm hands over the container of a deployment that serves HTTP and was
	// just switched to. After an error it is still the caller's.
	Warm(ctx context.Context, spec runtime.Spec, secrets []string, c runtime.Container) error

	// Retire lets the instances of a replaced deployment serve their last
	// calls and stops them. It does not wait for that.
	Retire(id moorage.DeploymentID)
}

// Meter hears how long things took, for the metrics.
type Meter interface {
	StepEnded(step moorage.DeploymentStatus, took time.Duration, failed bool)
	DeploymentEnded(outcome moorage.DeploymentStatus, took time.Duration)
}

// silence is the Meter of who did not ask for one.
type silence struct{}

func (silence) StepEnded(moorage.DeploymentStatus, time.Duration, bool) {}
func (silence) DeploymentEnded(moorage.DeploymentStatus, time.Duration) {}
