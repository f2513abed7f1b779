package moorage

// ServerFilter chooses servers for a list. Zero values mean "any".
type ServerFilter struct {
	OwnerID UserID
	Search  string // in slug, title and description
	Live    bool   // only those that have a live deployment
	After   string // slug: those that follow it
	Limit   int
	Offset  int
}

// ServerSummary is one row of a list of servers.
type ServerSummary struct {
	Server
	Transport  Transport        // of its live deployment; "" for none
	Tools      int              // how many it has
	Instances  int              // how many containers run
	LastStatus DeploymentStatus // of its newest deployment; "" for none
	LastID     DeploymentID
	LastError  string
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
