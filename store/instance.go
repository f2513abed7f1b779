package store

import (
	"context"
	"time"

	"moorage"
)

const instanceColumns = `id, server_id, deployment_id, container_id, status, started_at, last_used_at`

// CreateInstance adds a container, and forgets the server's stopped ones.
func (db *DB) CreateInstance(ctx context.Context, i moorage.Instance) error {
	return db.write(ctx, "create instance", func(t *tx) error {
		t.touch(string(i.ServerID))
		if _, err := t.exec(ctx, `
			DELETE FROM instances
			WHERE  server_id = ? AND status = 'stopped'`, i.ServerID); err != nil {
			return err
		}
		started := or(i.StartedAt, t.now)
		_, err := t.exec(ctx, `
			INSERT INTO instances (`+instanceColumns+`)
			VALUES                (?, ?, ?, ?, ?, ?, ?)`,
			i.ID, i.ServerID, i.DeploymentID, i.ContainerID, i.Status, at(started), at(or(i.LastUsedAt, started)))
		if isDuplicate(err) {
			return moorage.Errorf(moorage.Conflict, "This instance exists already.").Because(err)
		}
		return err
	})
}

// SetInstanceStatus says where a container stands.
func (db *DB) SetInstanceStatus(ctx context.Context, id moorage.InstanceID, status moorage.InstanceStatus) error {
	return db.write(ctx, "set instance status", func(t *tx) error {
		server, err := one(ctx, t, noInstance(), value[string], `
			UPDATE    instances
			SET       status = ?
			WHERE     id = ?
			RETURNING server_id`, status, id)
		t.touch(server)
		if status == moorage.InstanceStopped {
			t.touch(topicServers) // it may be idle now
		}
		return err
	})
}

// TouchInstance says that an instance was used. It rings no bell.
func (db *DB) TouchInstance(ctx context.Context, id moorage.InstanceID, used time.Time) error {
	return db.write(ctx, "touch instance", func(t *tx) error {
		return t.execOne(ctx, noInstance(), `
			UPDATE instances
			SET    last_used_at = ?
			WHERE  id = ?`, at(used), id)
	})
}

// Instances returns the instances of a server that have not stopped, oldest first.
func (db *DB) Instances(ctx context.Context, server moorage.ServerID) ([]moorage.Instance, error) {
	return all(ctx, db.main.r, scanInstance, `
		SELECT   `+instanceColumns+`
		FROM     instances
		WHERE    server_id = ? AND status <> 'stopped'
		ORDER BY started_at, id`, server)
}

// AllInstances returns every instance that has not stopped, oldest first.
func (db *DB) AllInstances(ctx context.Context) ([]moorage.Instance, error) {
	return all(ctx, db.main.r, scanInstance, `
		SELECT   `+instanceColumns+`
		FROM     instances
		WHERE    status <> 'stopped'
		ORDER BY started_at, id`)
}

func scanInstance(row scanner) (i moorage.Instance, err error) {
	err = row.Scan(&i.ID, &i.ServerID, &i.DeploymentID, &i.ContainerID, &i.Status,
		moment{&i.StartedAt}, moment{&i.LastUsedAt})
	return i, err
}

func noInstance() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "There is no such instance.")
}
