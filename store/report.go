package store

import (
	"context"

	"moorage"
)

// openReport has GitHub be told about a deployment, when its server follows a
// repository there.
func openReport(ctx context.Context, t *tx, d moorage.Deployment) error {
	_, err := t.exec(ctx, `
		INSERT INTO reports (deployment_id, repository_id)
		SELECT ?, repository_id
		FROM   auto_deploys
		WHERE  server_id = ? AND enabled = 1 AND repository_id <> 0`, d.ID, d.ServerID)
	return err
}

// Unreported returns the deployments whose status or commit has changed since
// GitHub was told, in the order they were asked for.
func (db *DB) Unreported(ctx context.Context) ([]moorage.Unreported, error) {
	return all(ctx, db.main.r, scanUnreported, `
		SELECT   `+deploymentColumns+`, `+serverColumns+`, `+autoDeployColumns+`,
		         r.deployment_id, r.repository_id, r.status, r."commit", r.github_id
		FROM     reports      AS r
		JOIN     deployments  AS d ON d.id = r.deployment_id
		JOIN     servers      AS s ON s.id = d.server_id
		JOIN     auto_deploys AS a ON a.server_id = d.server_id
		WHERE    r.closed = 0 AND r.status <> d.status
		ORDER BY d.arrival`)
}

// SetReported stores what GitHub was told last. A status that a deployment
// never leaves is the last word.
func (db *DB) SetReported(ctx context.Context, r moorage.Reported) error {
	closed := r.Status.Settled() && r.Status != moorage.StatusLive
	return db.write(ctx, "set reported", func(t *tx) error {
		return t.execOne(ctx, noDeployment(), `
			UPDATE reports
			SET    status = ?, "commit" = ?, github_id = ?, closed = ?
			WHERE  deployment_id = ?`, r.Status, r.Commit, r.GitHubID, closed, r.DeploymentID)
	})
}

// SetReportTrouble stores why GitHub is not told about the deployments of a
// server, and what to do; "" when it is again.
func (db *DB) SetReportTrouble(ctx context.Context, server moorage.ServerID, trouble, next string) error {
	return db.write(ctx, "set report trouble", func(t *tx) error {
		t.touch(string(server))
		return t.execOne(ctx, noServer(), `
			UPDATE auto_deploys
			SET    trouble = ?, trouble_next = ?
			WHERE  server_id = ?`, trouble, next, server)
	})
}

func scanUnreported(row scanner) (u moorage.Unreported, err error) {
	fields := append(deploymentFields(&u.Deployment), serverFields(&u.Follower.Server)...)
	fields = append(fields, autoDeployFields(&u.Follower.AutoDeploy)...)
	r := &u.Reported
	err = row.Scan(append(fields, &r.DeploymentID, &r.RepositoryID, &r.Status, &r.Commit, &r.GitHubID)...)
	return u, err
}
