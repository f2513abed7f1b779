package moorage

import "time"

// Deployment is one attempt to bring one commit of a server live.
type Deployment struct {
	ID            DeploymentID
	ServerID      ServerID
	Status        DeploymentStatus
	Source        Source // as asked for
	Config        Config // as it is built and run
	Trigger       Trigger
	Commit        string // full hash; "" until cloned
	CommitMessage string
	CommitAuthor  string
	Image         Image
	DeploymentURL string // the endpoint that it answers, once live
	ServerInfo    ServerInfo
	ErrorCode     Code
	Error         string // a sentence
	ErrorNext     string // what to try
	CreatedBy     UserID
	RollbackOf    DeploymentID // the deployment whose image is used again
	PushedCommit  string       // what the push announced; Commit may be newer
	PushedBy      string       // login at GitHub of who pushed
	CreatedAt     time.Time
	UpdatedAt     time.Time
	StartedAt     time.Time
	FinishedAt    time.Time
	HeartbeatAt   time.Time
}

// Trigger is what asked for a deployment.
type Trigger string

const (
	TriggerUser     Trigger = "user"
	TriggerRedeploy Trigger = "redeploy"
	TriggerRollback Trigger = "rollback"
	TriggerRecovery Trigger = "recovery" // a retry after a restart of Moorage
	TriggerPush     Trigger = "push"     // somebody pushed to the branch that the server follows
)

// Image is the result of a build.
type Image struct {
	Ref    string // moorage/weather:dep_…, or with the registry in front
	ID     string // the engine's id of it: sha256:…
	Digest string // the registry's digest; "" when never pushed
	Size   int64  // bytes
}

// ServerInfo is what a server said of itself when it was probed.
type ServerInfo struct {
	Name            string `json:"name,omitempty"`
	Title           string `json:"title,omitempty"`
	Version         string `json:"version,omitempty"`
	ProtocolVersion string `json:"protocol_version,omitempty"`
	Instructions    string `json:"instructions,omitempty"`
	Tools           bool   `json:"tools,omitempty"`
	Prompts         bool   `json:"prompts,omitempty"`
	Resources       bool   `json:"resources,omitempty"`
}

// Step is one foldable part of a deployment's log, numbered in start order
// from 1.
type Step struct {
	N          int
	Name       string
	Status     StepStatus
	Cached     bool
	StartedAt  time.Time
	FinishedAt time.Time
}

// Stream is where a line of a log came from.
type Stream uint8

const (
	StreamStdout Stream = 1
	StreamStderr Stream = 2
	StreamNote   Stream = 3 // Moorage itself
)

// LogLine is one line of a deployment's log. Seq counts from 1 over the whole
// deployment, without gaps; it is the line's number and the cursor.
type LogLine struct {
	Seq    int64
	Step   int
	Stream Stream
	At     time.Time
	Text   string // masked; may hold ANSI escapes; no line break
}
