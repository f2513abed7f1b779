package api

import (
	"time"

	"moorage"
)

// Deployment is one deployment as JSON. Times are RFC 3339, UTC; those that
// have not come are left out.
type Deployment struct {
	ID            moorage.DeploymentID     `json:"id"`
	Server        string                   `json:"server"` // slug
	ServerID      moorage.ServerID         `json:"server_id"`
	Status        moorage.DeploymentStatus `json:"status"`
	Repo          string                   `json:"repo"`
	Branch        string                   `json:"branch"`
	Subdir        string                   `json:"subdir,omitempty"`
	Commit        string                   `json:"commit"`
	CommitMessage string                   `json:"commit_message"`
	CommitAuthor  string                   `json:"commit_author,omitempty"`
	Trigger       moorage.Trigger          `json:"trigger"`
	Image         string                   `json:"image,omitempty"`
	ImageDigest   string                   `json:"image_digest,omitempty"`
	DeploymentURL string                   `json:"deployment_url"`
	Logs          string                   `json:"logs"` // where the log is: text, or a stream for "Accept: text/event-stream"
	Error         *Error                   `json:"error,omitempty"`
	CreatedAt     time.Time                `json:"created_at"`
	UpdatedAt     time.Time                `json:"updated_at"`
	StartedAt     time.Time                `json:"started_at,omitzero"`
	FinishedAt    time.Time                `json:"finished_at,omitzero"`
}

// Error is why a deployment failed.
type Error struct {
	Code    moorage.Code `json:"code"`
	Message string       `json:"message"`
	Next    string       `json:"next,omitempty"`
}

// DeploymentList is one page of deployments, newest first.
type DeploymentList struct {
	Deployments []Deployment `json:"deployments"`
	NextCursor  string       `json:"next_cursor,omitempty"`
}

func deploymentOf(d moorage.Deployment, slug string) Deployment {
	v := Deployment{
		ID: d.ID, Server: slug, ServerID: d.ServerID, Status: d.Status, Repo: d.Source.RepoURL, Branch: d.Source.Ref, Subdir: d.Source.Subdir,
		Commit: d.Commit, CommitMessage: d.CommitMessage, CommitAuthor: d.CommitAuthor, Trigger: d.Trigger,
		Image: d.Image.Ref, ImageDigest: d.Image.Digest, DeploymentURL: d.DeploymentURL, Logs: path(d.ID) + "/log",
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(), StartedAt: utc(d.StartedAt), FinishedAt: utc(d.FinishedAt),
	}
	if d.Error != "" {
		v.Error = &Error{Code: d.ErrorCode, Message: d.Error, Next: d.ErrorNext}
	}
	return v
}

func path(id moorage.DeploymentID) string { return "/api/deployments/" + string(id) }

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
