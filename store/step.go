package store

import (
	"context"
	"time"

	"moorage"
)

// BeginStep adds a step of a deployment. Conflict when its number is taken.
func (db *DB) BeginStep(ctx context.Context, id moorage.DeploymentID, s moorage.Step) error {
	return db.write(ctx, "begin step", func(t *tx) error {
		t.touch(string(id))
		_, err := t.exec(ctx, `
			INSERT INTO deployment_steps (deployment_id, n, name, status, cached, started_at, finished_at)
			VALUES                       (?,             ?, ?,    ?,      ?,      ?,          ?)`,
			id, s.N, s.Name, s.Status, s.Cached, at(or(s.StartedAt, t.now)), at(s.FinishedAt))
		if isDuplicate(err) {
			return moorage.Errorf(moorage.Conflict, "Step %d of this deployment has begun already.", s.N).Because(err)
		}
		return err
	})
}

// EndStep says how a step ended. Conflict when it is not running.
func (db *DB) EndStep(ctx context.Context, id moorage.DeploymentID, n int, status moorage.StepStatus, cached bool, ended time.Time) error {
	return db.write(ctx, "end step", func(t *tx) error {
		t.touch(string(id))
		return t.execOne(ctx, moorage.Errorf(moorage.Conflict, "Step %d of this deployment is not running.", n), `
			UPDATE deployment_steps
			SET    status = ?, cached = ?, finished_at = ?
			WHERE  deployment_id = ? AND n = ? AND status = 'running'`,
			status, cached, at(or(ended, t.now)), id, n)
	})
}

// Steps returns the steps of a deployment, in start order.
func (db *DB) Steps(ctx context.Context, id moorage.DeploymentID) ([]moorage.Step, error) {
	return all(ctx, db.main.r, scanStep, `
		SELECT   n, name, status, cached, started_at, finished_at
		FROM     deployment_steps
		WHERE    deployment_id = ?
		ORDER BY n`, id)
}

// closeSteps ends what still runs when its deployment has ended.
func closeSteps(ctx context.Context, t *tx, id moorage.DeploymentID, status moorage.StepStatus) error {
	_, err := t.exec(ctx, `
		UPDATE deployment_steps
		SET    status = ?, finished_at = ?
		WHERE  deployment_id = ? AND status = 'running'`, status, at(t.now), id)
	return err
}

func scanStep(row scanner) (s moorage.Step, err error) {
	err = row.Scan(&s.N, &s.Name, &s.Status, &s.Cached, moment{&s.StartedAt}, moment{&s.FinishedAt})
	return s, err
}
