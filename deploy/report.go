package deploy

import (
	"cmp"
	"fmt"
	"strings"

	"moorage"
)

// reportState is what a status of ours is in GitHub's eyes.
func reportState(status moorage.DeploymentStatus, code moorage.Code) moorage.ReportState {
	switch {
	case status == moorage.StatusQueued:
		return moorage.ReportQueued
	case status.Running():
		return moorage.ReportRunning
	case status == moorage.StatusLive:
		return moorage.ReportSuccess
	case status == moorage.StatusRetired:
		return moorage.ReportInactive
	case status == moorage.StatusFailed && (code == moorage.Internal || code == moorage.Unavailable):
		return moorage.ReportError
	case status == moorage.StatusFailed:
		return moorage.ReportFailure
	}
	return moorage.ReportDropped
}

// reportWords is the sentence beside it.
func reportWords(d moorage.Deployment) string {
	switch {
	case d.Status == moorage.StatusQueued:
		return "Waits for its turn."
	case d.Status.Running():
		return "Is being deployed."
	case d.Status == moorage.StatusLive:
		return "Is live."
	case d.Status == moorage.StatusRetired:
		return "Was live, and is no longer."
	case d.Status == moorage.StatusSuperseded:
		return "A newer deployment took its place before it began."
	case d.Status == moorage.StatusCancelled:
		return "Was cancelled."
	}
	return cmp.Or(d.Error, "Failed.")
}

// report is what GitHub is to be told about a deployment, of the commit that
// was cloned, or before that of the one that was pushed.
func (r *Reporter) report(u moorage.Unreported) moorage.Report {
	d, s := u.Deployment, u.Follower.Server
	return moorage.Report{
		DeploymentID: d.ID, RepositoryID: u.Reported.RepositoryID,
		Commit:  cmp.Or(d.Commit, d.PushedCommit),
		Context: "moorage/" + s.Slug, Environment: s.Slug,
		State: reportState(d.Status, d.ErrorCode), Description: reportWords(d),
		URL:         strings.TrimSuffix(r.PublicURL, "/") + "/deployments/" + string(d.ID),
		EndpointURL: d.DeploymentURL, GitHubID: u.Reported.GitHubID,
	}
}

// instead is what is said of the commit that was pushed when a newer one was
// cloned: its own deployment will never come to an end.
func instead(report moorage.Report, was moorage.Reported) moorage.Report {
	report.Description = fmt.Sprintf("Commit %.7s, which is newer, is deployed instead.", report.Commit)
	report.Commit, report.GitHubID, report.State, report.EndpointURL = was.Commit, was.GitHubID, moorage.ReportDropped, ""
	return report
}
