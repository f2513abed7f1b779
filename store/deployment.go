package store

import (
	"context"

	"moorage"
)

const deploymentColumns = `d.id, d.server_id, d.status, d.origin, d.repo_url, d.ref, d.subdir, d.config, d.trigger,
	d."commit", d.commit_message, d.commit_author, d.image_ref, d.image_id, d.image_digest, d.image_size,
	d.deployment_url, d.server_info, d.error_code, d.error, d.error_next, d.created_by, d.rollback_of, d.pushed_commit, d.pushed_by,
	d.created_at, d.updated_at, d.started_at, d.finished_at, d.heartbeat_at`

// runningStatuses are those with which DeploymentStatus.Running is true. The
// index deployments_one_running names the same.
const runningStatuses = `('cloning', 'building', 'pushing', 'starting', 'probing')`

// Deployment returns a deployment by id.
func (db *DB) Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error) {
	return one(ctx, db.main.r, noDeployment(), scanDeployment, `
		SELECT `+deploymentColumns+`
		FROM   deployments AS d
		WHERE  d.id = ?`, id)
}

// CreateDeployment adds a deployment, queued unless it says otherwise. Those
// of the same server and ref that still wait are superseded and returned: the
// latest wins.
func (db *DB) CreateDeployment(ctx context.Context, d moorage.Deployment) (superseded []moorage.DeploymentID, err error) {
	if d.Status == "" {
		d.Status = moorage.StatusQueued
	}
	err = db.write(ctx, "create deployment", func(t *tx) error {
		superseded, err = queueDeployment(ctx, t, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return superseded, nil
}

func queueDeployment(ctx context.Context, t *tx, d moorage.Deployment) (superseded []moorage.DeploymentID, err error) {
	if superseded, err = supersede(ctx, t, d); err != nil {
		return nil, err
	}
	if err := createDeployment(ctx, t, d); err != nil {
		return nil, err
	}
	return superseded, t.auditDeployment(ctx, actOf(d.Trigger), d)
}

func supersede(ctx context.Context, t *tx, by moorage.Deployment) ([]moorage.DeploymentID, error) {
	ids, err := all(ctx, t, value[moorage.DeploymentID], `
		UPDATE    deployments
		SET       status = 'superseded', updated_at = ?, finished_at = ?
		WHERE     server_id = ? AND ref = ? AND status = 'queued'
		RETURNING id`, at(t.now), at(t.now), by.ServerID, by.Source.Ref)
	for _, id := range ids {
		t.touch(string(id))
	}
	return ids, err
}

func createDeployment(ctx context.Context, t *tx, d moorage.Deployment) error {
	t.touch(topicDeployments, topicServers, string(d.ServerID), string(d.ID))
	created := or(d.CreatedAt, t.now)
	_, err := t.exec(ctx, `
		INSERT INTO deployments (id, server_id, status, origin, repo_url, ref, subdir, config, trigger,
		                         "commit", commit_message, commit_author, image_ref, image_id, image_digest, image_size,
		                         created_by, rollback_of, pushed_commit, pushed_by, created_at, updated_at)
		VALUES                  (?,  ?,         ?,      ?,      ?,        ?,   ?,      ?,      ?,
		                         ?,        ?,              ?,             ?,         ?,        ?,            ?,
		                         ?,          ?,           ?,             ?,         ?,          ?)`,
		d.ID, d.ServerID, d.Status, d.Source.Origin, d.Source.RepoURL, d.Source.Ref, d.Source.Subdir,
		document{&d.Config}, d.Trigger,
		d.Commit, d.CommitMessage, d.CommitAuthor, d.Image.Ref, d.Image.ID, d.Image.Digest, d.Image.Size,
		d.CreatedBy, d.RollbackOf, d.PushedCommit, d.PushedBy, at(created), at(created))
	if isDuplicate(err) {
		return moorage.Errorf(moorage.Conflict, "This deployment exists already.").Because(err)
	}
	if err != nil {
		return err
	}
	return openReport(ctx, t, d)
}

// SetCommit stores which commit was cloned.
func (db *DB) SetCommit(ctx context.Context, id moorage.DeploymentID, c moorage.Commit) error {
	return db.updateDeployment(ctx, "set commit", id, `
		UPDATE deployments
		SET    "commit" = ?, commit_message = ?, commit_author = ?, ref = iif(ref = '', ?, ref), updated_at = ?
		WHERE  id = ?`, c.Hash, c.Message, c.Author, c.Ref)
}

// SetConfig stores how the deployment is built and run.
func (db *DB) SetConfig(ctx context.Context, id moorage.DeploymentID, c moorage.Config) error {
	return db.updateDeployment(ctx, "set config", id, `
		UPDATE deployments
		SET    config = ?, updated_at = ?
		WHERE  id = ?`, document{&c})
}

// SetImage stores what was built or pushed.
func (db *DB) SetImage(ctx context.Context, id moorage.DeploymentID, i moorage.Image) error {
	return db.updateDeployment(ctx, "set image", id, `
		UPDATE deployments
		SET    image_ref = ?, image_id = ?, image_digest = ?, image_size = ?, updated_at = ?
		WHERE  id = ?`, i.Ref, i.ID, i.Digest, i.Size)
}

// ForgetImage says that the engine has no longer the image of the deployment.
// After a rollback several deployments hold the same one.
func (db *DB) ForgetImage(ctx context.Context, id moorage.DeploymentID) error {
	return db.updateDeployment(ctx, "forget image", id, `
		UPDATE deployments
		SET    image_id = '', updated_at = ?
		WHERE  id = ?`)
}

// updateDeployment runs an UPDATE whose last two parameters are the time and
// the id.
func (db *DB) updateDeployment(ctx context.Context, deed string, id moorage.DeploymentID, query string, args ...any) error {
	return db.write(ctx, deed, func(t *tx) error {
		t.touch(topicDeployments, string(id))
		return t.execOne(ctx, noDeployment(), query, append(args, at(t.now), id)...)
	})
}

// Heartbeat says that a worker is alive and at it. It rings no bell.
func (db *DB) Heartbeat(ctx context.Context, id moorage.DeploymentID) error {
	return db.write(ctx, "heartbeat", func(t *tx) error {
		return t.execOne(ctx, moorage.Errorf(moorage.Conflict, "This deployment is not running."), `
			UPDATE deployments
			SET    heartbeat_at = ?
			WHERE  id = ? AND status IN `+runningStatuses, at(t.now), id)
	})
}

// deploymentFields are where the columns of a deployment go.
func deploymentFields(d *moorage.Deployment) []any {
	return []any{&d.ID, &d.ServerID, &d.Status, &d.Source.Origin, &d.Source.RepoURL, &d.Source.Ref, &d.Source.Subdir,
		document{&d.Config}, &d.Trigger, &d.Commit, &d.CommitMessage, &d.CommitAuthor,
		&d.Image.Ref, &d.Image.ID, &d.Image.Digest, &d.Image.Size,
		&d.DeploymentURL, document{&d.ServerInfo}, &d.ErrorCode, &d.Error, &d.ErrorNext, &d.CreatedBy, &d.RollbackOf, &d.PushedCommit, &d.PushedBy,
		moment{&d.CreatedAt}, moment{&d.UpdatedAt}, moment{&d.StartedAt}, moment{&d.FinishedAt}, moment{&d.HeartbeatAt}}
}

func scanDeployment(row scanner) (d moorage.Deployment, err error) {
	err = row.Scan(deploymentFields(&d)...)
	return d, err
}

func noDeployment() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "There is no such deployment.")
}
