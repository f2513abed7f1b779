package moorage

import "slices"

// DeploymentStatus is where a deployment stands. The text is the same in the
// database, in JSON, in logs and as a CSS class.
type DeploymentStatus string

const (
	StatusQueued     DeploymentStatus = "queued"     // waits for a worker
	StatusCloning    DeploymentStatus = "cloning"    // the source is fetched and planned
	StatusBuilding   DeploymentStatus = "building"   // the image is built
	StatusPushing    DeploymentStatus = "pushing"    // the image goes to the registry
	StatusStarting   DeploymentStatus = "starting"   // a new instance starts
	StatusProbing    DeploymentStatus = "probing"    // the instance is asked for its tools
	StatusLive       DeploymentStatus = "live"       // it answers the endpoint
	StatusRetired    DeploymentStatus = "retired"    // it did, until another took its place
	StatusSuperseded DeploymentStatus = "superseded" // a newer commit was queued before it began
	StatusFailed     DeploymentStatus = "failed"     // it ended with an error
	StatusCancelled  DeploymentStatus = "cancelled"  // a person stopped it
)

// transitions is the whole state machine of a deployment.
var transitions = map[DeploymentStatus][]DeploymentStatus{
	StatusQueued:     {StatusCloning, StatusSuperseded, StatusFailed, StatusCancelled},
	StatusCloning:    {StatusBuilding, StatusFailed, StatusCancelled},
	StatusBuilding:   {StatusPushing, StatusFailed, StatusCancelled},
	StatusPushing:    {StatusStarting, StatusFailed, StatusCancelled},
	StatusStarting:   {StatusProbing, StatusFailed, StatusCancelled},
	StatusProbing:    {StatusLive, StatusFailed, StatusCancelled},
	StatusLive:       {StatusRetired},
	StatusRetired:    {},
	StatusSuperseded: {},
	StatusFailed:     {},
	StatusCancelled:  {},
}

// CanBecome reports whether the state machine has a way from s to next.
func (s DeploymentStatus) CanBecome(next DeploymentStatus) bool {
	return slices.Contains(transitions[s], next)
}

// Valid reports whether s is one of the statuses above.
func (s DeploymentStatus) Valid() bool { _, ok := transitions[s]; return ok }

// Running reports whether a worker has the deployment in its hands.
func (s DeploymentStatus) Running() bool {
	switch s {
	case StatusCloning, StatusBuilding, StatusPushing, StatusStarting, StatusProbing:
		return true
	}
	return false
}

// Settled reports whether the pipeline is done with it: its log has ended.
func (s DeploymentStatus) Settled() bool { return s.Valid() && s != StatusQueued && !s.Running() }

// Unsettled are the statuses of deployments that the pipeline is not done with,
// in the order in which they come.
func Unsettled() []DeploymentStatus {
	return []DeploymentStatus{StatusQueued, StatusCloning, StatusBuilding, StatusPushing, StatusStarting, StatusProbing}
}

// StepStatus is where one step of a deployment stands.
type StepStatus string

const (
	StepRunning   StepStatus = "running"
	StepDone      StepStatus = "done"
	StepFailed    StepStatus = "failed"
	StepCancelled StepStatus = "cancelled"
)

// ServerStatus says whether a server can be used.
type ServerStatus string

const (
	ServerNew     ServerStatus = "new"     // no deployment of it was ever live
	ServerLive    ServerStatus = "live"    // a deployment answers its endpoint
	ServerStopped ServerStatus = "stopped" // its owner stopped it
)

// InstanceStatus is where one container stands.
type InstanceStatus string

const (
	InstanceStarting InstanceStatus = "starting"
	InstanceReady    InstanceStatus = "ready"
	InstanceDraining InstanceStatus = "draining" // serves its last calls
	InstanceStopped  InstanceStatus = "stopped"
)
