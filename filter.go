package moorage

// ServerFilter chooses servers. Zero fields choose all; Limit 0 is no limit.
type ServerFilter struct {
	OwnerID UserID
	Search  string // part of a slug, name, title or description, in any case
	Limit   int
	Offset  int
}

// DeploymentFilter chooses deployments. Zero fields choose all; Limit 0 is no
// limit.
type DeploymentFilter struct {
	ServerID ServerID
	OwnerID  UserID             // of the server
	Statuses []DeploymentStatus // any of them
	Limit    int
	Offset   int
}
