package deploy

import (
	"context"
	"crypto/rand"
	"fmt"

	"moorage"
)

// follow has a server be deployed by the pushes to a repository, with the
// patterns and the secret that it had.
func (p *Pipeline) follow(ctx context.Context, id moorage.ServerID, repository int64) error {
	a, err := p.Database.AutoDeploy(ctx, id)
	if err != nil {
		return fmt.Errorf("read auto-deploy: %w", err)
	}
	a.Enabled, a.RepositoryID = true, repository
	return p.Database.SetAutoDeploy(ctx, a)
}

// NewHookSecret makes the secret of a webhook that somebody sets up by hand.
// It is returned this once; the one before is good no longer.
func (p *Pipeline) NewHookSecret(ctx context.Context, id moorage.ServerID) (string, error) {
	a, err := p.Database.AutoDeploy(ctx, id)
	if err != nil {
		return "", fmt.Errorf("read auto-deploy: %w", err)
	}
	secret := rand.Text()
	if a.HookSecret, err = p.Box.Seal([]byte(secret), hookRow(id)); err != nil {
		return "", fmt.Errorf("seal the secret of a webhook: %w", err)
	}
	return secret, p.Database.SetAutoDeploy(ctx, a)
}

// HookSecret returns the secret of a server's own webhook: nil when there is
// none, or no such server.
func (p *Pipeline) HookSecret(ctx context.Context, id moorage.ServerID) ([]byte, error) {
	a, err := p.Database.AutoDeploy(ctx, id)
	if err != nil || a.HookSecret == nil {
		return nil, err
	}
	secret, err := p.Box.Open(a.HookSecret, hookRow(id))
	if err != nil {
		return nil, fmt.Errorf("open the secret of a webhook: %w", err)
	}
	return secret, nil
}

func hookRow(id moorage.ServerID) string { return fmt.Sprintf("server/%s/hook_secret", id) }
