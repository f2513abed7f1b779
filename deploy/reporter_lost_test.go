package deploy_test

import (
	"context"
	"errors"
	"testing"

	"moorage"
	"moorage/github"
)

// deaf is a GitHub whose answer is lost when it has made a deployment.
type deaf struct{ *github.Client }

func (d deaf) DeploymentFor(ctx context.Context, token string, r moorage.Report) (int64, error) {
	_, err := d.Client.DeploymentFor(ctx, token, r)
	return 0, errors.Join(err, errors.New("the connection was reset"))
}

func TestADeploymentThatGitHubMadeUnheardIsFoundAgain(t *testing.T) {
	for _, overtaken := range []bool{false, true} {
		r := newReporting(t)
		r.restartWith(deaf{r.client})
		d := r.pushed("One")
		r.pass()
		r.wants(t, "", "", d.PushedCommit)
		cloned, commits, deployments := d.PushedCommit, "1:pending 1:success", "in_progress success"
		if overtaken {
			cloned = r.hub.Commit("ada", "greeter", "main", "Two", map[string]string{"a": "2"})
			commits, deployments = "1:error 2:pending 2:success", "inactive, in_progress success"
		}
		r.cloned(cloned)
		r.restart()
		r.pass()
		r.goesLive(d)
		r.pass()
		r.wants(t, commits, deployments, d.PushedCommit, cloned)
	}
}
