package deploy

import (
	"context"
	"fmt"
	"strings"

	"moorage"
)

// Pushed decides what a push means for the servers that follow its repository,
// and queues a deployment of each that it concerns: of the branch, so that of
// many pushes the latest commit is cloned, once. It only asks the database.
// Conflict when the delivery came before.
func (p *Pipeline) Pushed(ctx context.Context, v moorage.Delivery, push moorage.Push) ([]moorage.Decision, error) {
	followers, err := p.followers(ctx, v, push)
	if err != nil {
		return nil, err
	}
	var decided []moorage.Decision
	var queue []moorage.Deployment
	for _, f := range followers {
		d, err := p.consider(ctx, f, push)
		if err != nil {
			return nil, err
		}
		if d.Deploys() {
			queue = append(queue, p.ofPush(d, f.Server, push))
		}
		decided = append(decided, d)
	}
	if len(decided) == 0 {
		return nil, nil
	}
	superseded, err := p.Database.TakePush(ctx, v, decided, queue)
	if err != nil {
		return nil, err
	}
	for _, d := range queue {
		p.changed(d, "", moorage.StatusQueued, "trigger", d.Trigger)
	}
	for _, id := range superseded {
		p.changed(moorage.Deployment{ID: id}, moorage.StatusQueued, moorage.StatusSuperseded)
	}
	return decided, nil
}

// followers are those that a push may concern: the one whose webhook sent it,
// or with the GitHub App's all of the repository.
func (p *Pipeline) followers(ctx context.Context, v moorage.Delivery, push moorage.Push) ([]moorage.Follower, error) {
	if v.Hook == "" {
		return p.Database.Followers(ctx, push.RepositoryID, push.CloneURL)
	}
	f, err := p.Database.Follower(ctx, v.Hook)
	return []moorage.Follower{f}, err
}

// consider decides, and gives the deployment its id.
func (p *Pipeline) consider(ctx context.Context, f moorage.Follower, push moorage.Push) (moorage.Decision, error) {
	now := p.Now()
	d := moorage.Decision{ServerID: f.ID, ServerSlug: f.Slug, Ref: push.Ref, Commit: push.Commit, By: push.By, At: now}
	deploys, reason := decide(f, push)
	d.Reason = reason
	if !deploys {
		return d, nil
	}
	newest, err := p.Database.Deployments(ctx, moorage.DeploymentFilter{ServerID: f.ID, Limit: 1})
	if err != nil {
		return d, fmt.Errorf("read the newest deployment: %w", err)
	}
	if len(newest) > 0 && covers(newest[0], push) {
		d.Reason = fmt.Sprintf("Deployment %s is of commit %.7s already.", newest[0].ID, push.Commit)
		return d, nil
	}
	d.Deployment = moorage.NewDeploymentID(now)
	return d, nil
}

// covers reports whether a deployment brings the pushed commit: another webhook
// told of it, or a person was faster.
func covers(d moorage.Deployment, push moorage.Push) bool {
	switch d.Status {
	case moorage.StatusFailed, moorage.StatusCancelled, moorage.StatusSuperseded, moorage.StatusRetired:
		return false
	}
	return push.Commit == d.PushedCommit || push.Commit == d.Commit
}

// ofPush is the deployment that a push asks for. The address is the one that
// the repository has today.
func (p *Pipeline) ofPush(decided moorage.Decision, s moorage.Server, push moorage.Push) moorage.Deployment {
	source := s.Source
	if sameOrigin(push.CloneURL, p.GitHubURL) && sameOrigin(source.RepoURL, p.GitHubURL) && !sameRepository(source.RepoURL, push.CloneURL) {
		source.RepoURL = push.CloneURL
	}
	return moorage.Deployment{
		ID: decided.Deployment, ServerID: s.ID, Status: moorage.StatusQueued, Source: source, Config: s.Config,
		Trigger: moorage.TriggerPush, CreatedBy: s.OwnerID, PushedCommit: push.Commit, PushedBy: push.By,
		CreatedAt: decided.At, UpdatedAt: decided.At,
	}
}

// sameRepository compares two addresses as GitHub does.
func sameRepository(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, ".git"), strings.TrimSuffix(b, ".git"))
}

// markers in the message of a commit keep it from being deployed.
var markers = []string{"[skip deploy]", "[deploy skip]"}

// decide says whether a push deploys a server, and why or why not.
func decide(f moorage.Follower, push moorage.Push) (deploys bool, reason string) {
	follows := trackedBranch(f.Server, push)
	switch a := f.AutoDeploy; {
	case !a.Enabled:
		return false, "Auto-deploy is switched off."
	case a.RepositoryID != push.RepositoryID:
		return false, fmt.Sprintf("It came from another repository: this one is number %d at GitHub, and the server follows number %d.", push.RepositoryID, a.RepositoryID)
	case push.Fork:
		return false, fmt.Sprintf("%s is a fork, and a push to a fork deploys nothing.", push.Repository)
	case push.Branch() == "":
		return false, fmt.Sprintf("It was of %s, which is no branch.", strings.TrimPrefix(push.Ref, "refs/"))
	case push.Branch() != follows:
		return false, fmt.Sprintf("It was to the branch %s; the server follows %s.", push.Branch(), follows)
	case push.Commit == "":
		return false, fmt.Sprintf("It deleted the branch %s.", push.Branch())
	}
	message := strings.ToLower(push.Message)
	for _, m := range markers {
		if strings.Contains(message, m) {
			return false, fmt.Sprintf("The message of its commit says %s.", m)
		}
	}
	return watched(watchedPaths(f), push)
}

// trackedBranch is the branch that a server follows.
func trackedBranch(s moorage.Server, push moorage.Push) string {
	if s.Source.Ref == "" {
		return push.DefaultBranch
	}
	return s.Source.Ref
}
