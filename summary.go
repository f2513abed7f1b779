package moorage

// ServerSummary is a server as lists show it.
type ServerSummary struct {
	Server
	Tools          int
	LastDeployment LastDeployment
}

// LastDeployment is the newest deployment of a server, whatever became of it.
// All fields are zero when there was none.
type LastDeployment struct {
	ID     DeploymentID
	Status DeploymentStatus
}

// DeploymentSummary is a deployment as lists show it.
type DeploymentSummary struct {
	Deployment
	ServerSlug   string
	ServerTitle  string
	CreatorLogin string
}
