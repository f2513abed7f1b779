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

// DeploymentFor returns GitHub's number of the deployment, which is made when
// there is none: whoever asks again after a crash gets the same one.
func (c *Client) DeploymentFor(ctx context.Context, token string, r moorage.Report) (int64, error) {
	task := "deploy:" + string(r.DeploymentID)
	path := fmt.Sprintf("repositories/%d/deployments", r.RepositoryID)
	var found []gh.Deployment
	if err := c.call(ctx, token, http.MethodGet, path+"?task="+task+"&sha="+r.Commit, nil, &found); err != nil {
		return 0, err
	}
	if len(found) > 0 {
		return found[0].GetID(), nil
	}
	no := false
	var made gh.Deployment
	err := c.post(ctx, token, path, gh.DeploymentRequest{
		Ref: r.Commit, Task: &task, Environment: &r.Environment, Description: short(r.Description),
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
