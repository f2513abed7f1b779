package store

import (
	"context"
	"time"

	"moorage"
)

const (
	keptDeliveries = 30 * 24 * time.Hour // GitHub itself forgets them earlier
	keptDecisions  = 20                  // of each server
)

// TakePush stores what one delivery of a webhook does, all of it or nothing:
// what was decided, and the deployments that follow. Conflict when the delivery
// came before. Deployments that still wait are superseded and returned, as by
// CreateDeployment.
func (db *DB) TakePush(ctx context.Context, v moorage.Delivery, decided []moorage.Decision, queue []moorage.Deployment) (superseded []moorage.DeploymentID, err error) {
	err = db.write(ctx, "take push", func(t *tx) error {
		if err := takeDelivery(ctx, t, v); err != nil {
			return err
		}
		for _, d := range decided {
			if err := keepDecision(ctx, t, d); err != nil {
				return err
			}
		}
		for _, d := range queue {
			if err := follow(ctx, t, d); err != nil {
				return err
			}
			older, err := queueDeployment(ctx, t, d)
			if err != nil {
				return err
			}
			superseded = append(superseded, older...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return superseded, nil
}

// takeDelivery remembers a delivery, and forgets those that nobody sends again.
func takeDelivery(ctx context.Context, t *tx, v moorage.Delivery) error {
	if _, err := t.exec(ctx, `
		DELETE FROM deliveries
		WHERE  received_at < ?`, at(t.now.Add(-keptDeliveries))); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO deliveries (hook, id, received_at)
		VALUES                 (?,    ?,  ?)`, v.Hook, v.ID, at(t.now))
	if isDuplicate(err) {
		return moorage.Errorf(moorage.Conflict, "This delivery came before; it counts once.").
			Try("Press Redeploy in Moorage to deploy the same commit again.").Because(err)
	}
	return err
}

func keepDecision(ctx context.Context, t *tx, d moorage.Decision) error {
	t.touch(string(d.ServerID))
	if _, err := t.exec(ctx, `
		INSERT INTO decisions (server_id, deployment_id, reason, ref, "commit", pushed_by, at)
		VALUES                (?,         ?,             ?,      ?,   ?,        ?,         ?)`,
		d.ServerID, d.Deployment, d.Reason, d.Ref, d.Commit, d.By, at(or(d.At, t.now))); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		DELETE FROM decisions
		WHERE  server_id = ? AND n <= (
			SELECT   n
			FROM     decisions
			WHERE    server_id = ?
			ORDER BY n DESC
			LIMIT    1 OFFSET ?)`, d.ServerID, d.ServerID, keptDecisions)
	return err
}

// follow has a server go where its repository went: it was renamed, or moved.
func follow(ctx context.Context, t *tx, d moorage.Deployment) error {
	n, err := t.exec(ctx, `
		UPDATE servers
		SET    repo_url = ?, updated_at = ?
		WHERE  id = ? AND repo_url <> ?`, d.Source.RepoURL, at(t.now), d.ServerID, d.Source.RepoURL)
	if err != nil || n == 0 {
		return err
	}
	return t.auditServer(ctx, moorage.ActServerUpdate, d.ServerID, map[string]string{"changed": "source", "source": d.Source.RepoURL})
}

// Decisions returns what the latest pushes meant for a server, newest first.
func (db *DB) Decisions(ctx context.Context, server moorage.ServerID) ([]moorage.Decision, error) {
	return all(ctx, db.main.r, scanDecision, `
		SELECT   c.server_id, s.slug, c.deployment_id, c.reason, c.ref, c."commit", c.pushed_by, c.at
		FROM     decisions AS c
		JOIN     servers   AS s ON s.id = c.server_id
		WHERE    c.server_id = ?
		ORDER BY c.n DESC`, server)
}

func scanDecision(row scanner) (d moorage.Decision, err error) {
	err = row.Scan(&d.ServerID, &d.ServerSlug, &d.Deployment, &d.Reason, &d.Ref, &d.Commit, &d.By, moment{&d.At})
	return d, err
}
