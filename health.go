package moorage

import "time"

// HealthState is how a live server is, as people see it.
type HealthState string

const (
	HealthIdle      HealthState = "idle"      // nothing of it runs, or nobody has talked yet to what does: the next call finds out
	HealthHealthy   HealthState = "healthy"   // it answers
	HealthUnhealthy HealthState = "unhealthy" // it runs, and did not answer twice in a row
	HealthFailing   HealthState = "failing"   // it has ended by itself so often that it is started later and later
)

// Bad reports whether somebody should look at the server.
func (s HealthState) Bad() bool { return s == HealthUnhealthy || s == HealthFailing }

// Health is what was found out last about a live server.
type Health struct {
	ServerID   ServerID
	Deployment DeploymentID // that it is about
	State      HealthState
	Since      time.Time     // when it became so
	CheckedAt  time.Time     // zero: no instance was asked yet
	Took       time.Duration // that the answer took; 0: there was none
	Failures   int           // checks in a row without an answer
	Why        string        // it is not healthy, or did not answer last time: a sentence
	Until      time.Time     // when it is failing: no instance is started before
}

// HealthCheck is one look at what runs of a server.
type HealthCheck struct {
	ServerID ServerID
	At       time.Time
	State    HealthState   // healthy or unhealthy, as it was judged then
	Took     time.Duration // of the slowest answer; 0: there was none
	Error    string        // why an instance did not answer, a sentence; "": all did
}

// Running is an instance that can be asked how it is.
type Running struct {
	ServerID   ServerID
	Deployment DeploymentID
	Instance   InstanceID
	StartedAt  time.Time
	Unread     bool // it lists, or may list, something else than was read
}

// FailingEnds is how often a server has to end by itself, within ten minutes,
// to count as failing.
const FailingEnds = 10

// Trouble is what keeps a server from being started at once.
type Trouble struct {
	ServerID ServerID
	Ends     int       // by itself, in the last ten minutes
	Why      string    // of the last
	Until    time.Time // no instance starts before
}

// Failing reports whether it has ended so often that it cannot be relied on.
func (t Trouble) Failing() bool { return t.Ends >= FailingEnds }
