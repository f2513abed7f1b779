package moorage

// ServerFilter chooses servers for a list. Zero values mean "any".
type ServerFilter struct {
	OwnerID  UserID
	Callable UserID // only those that this person may call, were they no admin
	Search   string // in slug, title and description
	Live     bool   // only those that have a live deployment
	First    UserID // whose come before all others
	After    Place  // those that follow it
	Limit    int
	Offset   int
}

// Place is where a list of servers goes on: behind a slug, among those that
// come first or among the others. The zero Place is the beginning.
type Place struct {
	Others bool
	Slug   string
}

// ServerSummary is one row of a list of servers.
type ServerSummary struct {
	Server
	Owner      string           // login
	Transport  Transport        // of its live deployment; "" for none
	Tools      int              // how many it lists, those included that are held
	Held       int              // how many offers of any kind are held
	Instances  int              // how many containers run
	LastStatus DeploymentStatus // of its newest deployment; "" for none
	LastID     DeploymentID
	LastError  string
	Health     Health // zero when nothing of it is live
}

// DeploymentFilter chooses deployments for a list. Zero values mean "any".
type DeploymentFilter struct {
	ServerID ServerID
	OwnerID  UserID // of the server
	Statuses []DeploymentStatus
	Before   DeploymentID // those that are older; none when there is no such deployment
	Limit    int
	Offset   int
}

// DeploymentSummary is one row of a list of deployments.
type DeploymentSummary struct {
	Deployment
	ServerSlug     string
	ServerTitle    string
	CreatedByLogin string
}
