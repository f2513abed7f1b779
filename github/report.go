package github

import (
	"context"
	"fmt"
	"net/http"

	gh "github.com/google/go-github/v92/github"

	"moorage"
)

const descriptionCap = 140 // characters, of a commit status

// A repository is addressed by its number: /repositories/<id> is where GitHub
// itself redirects the requests for one that was renamed, and a POST does not
// survive a redirect.

// SetStatus puts the state of a deployment on its commit.
func (c *Client) SetStatus(ctx context.Context, token string, r moorage.Report) error {
	state := "pending"
	switch r.State {
	case moorage.ReportSuccess, moorage.ReportInactive:
		state = "success"
	case moorage.ReportFailure:
		state = "failure"
	case moorage.ReportError, moorage.ReportDropped:
		state = "error"
	}
	body := gh.RepoStatus{State: &state, Context: &r.Context, TargetURL: &r.URL, Description: short(r.Description)}
	return c.post(ctx, token, fmt.Sprintf("repositories/%d/statuses/%s", r.RepositoryID, r.Commit), body, nil)
}

// task is what GitHub's deployment is named by: whoever asks again after a crash
// finds the same one.
func task(r moorage.Report) string { return "deploy:" + string(r.DeploymentID) }

// FindDeployment returns GitHub's number of the deployment, 0 when there is none.
func (c *Client) FindDeployment(ctx context.Context, token string, r moorage.Report) (int64, error) {
	path := fmt.Sprintf("repositories/%d/deployments?task=%s&sha=%s", r.RepositoryID, task(r), r.Commit)
	var found []gh.Deployment
	if err := c.call(ctx, token, http.MethodGet, path, nil, &found); err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].GetID(), nil
}

// DeploymentFor is FindDeployment, and makes the deployment when there is none.
func (c *Client) DeploymentFor(ctx context.Context, token string, r moorage.Report) (int64, error) {
	if id, err := c.FindDeployment(ctx, token, r); err != nil || id != 0 {
		return id, err
	}
	name := task(r)
	no := false
	var made gh.Deployment
	err := c.post(ctx, token, fmt.Sprintf("repositories/%d/deployments", r.RepositoryID), gh.DeploymentRequest{
		Ref: r.Commit, Task: &name, Environment: &r.Environment, Description: short(r.Description),
		AutoMerge: &no, RequiredContexts: []string{}, ProductionEnvironment: &no, TransientEnvironment: &no,
	}, &made)
	return made.GetID(), err
}

// SetDeploymentStatus says where the deployment r.GitHubID stands. Which ones
// became inactive is said of each: GitHub's own guess leaves out a server that
// was stopped.
func (c *Client) SetDeploymentStatus(ctx context.Context, token string, r moorage.Report) error {
	state, no := string(r.State), false
	if r.State == moorage.ReportDropped {
		state = "inactive"
	}
	body := gh.DeploymentStatusRequest{State: state, LogURL: &r.URL, Description: short(r.Description), Environment: &r.Environment, AutoInactive: &no}
	if r.EndpointURL != "" {
		body.EnvironmentURL = &r.EndpointURL
	}
	return c.post(ctx, token, fmt.Sprintf("repositories/%d/deployments/%d/statuses", r.RepositoryID, r.GitHubID), body, nil)
}

func (c *Client) post(ctx context.Context, token, path string, body, answer any) error {
	return c.call(ctx, token, http.MethodPost, path, body, answer)
}

func (c *Client) call(ctx context.Context, token, method, path string, body, answer any) error {
	client, err := c.as(token)
	if err != nil {
		return err
	}
	req, err := client.NewRequest(ctx, method, path, body)
	if err != nil {
		return fmt.Errorf("make a request to GitHub: %w", err)
	}
	_, err = client.Do(req, answer)
	return c.explain(method+" "+path, err)
}

func short(text string) *string {
	r := []rune(text)
	if len(r) > descriptionCap {
		text = string(r[:descriptionCap-1]) + "…"
	}
	return &text
}
