package store

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"moorage"
)

const serverColumns = `s.id, s.slug, s.name, s.title, s.description, s.owner_id, s.sharing,
	(SELECT iif(count(*) = 0, 'null', json_group_array(p.user_id)) FROM server_people AS p WHERE p.server_id = s.id), s.origin, s.repo_url, s.ref, s.subdir,
	s.config, s.status, COALESCE(s.live_deployment_id, ''), s.hold_changes, s.created_at, s.updated_at`

// Server returns a server by id.
func (db *DB) Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error) {
	return one(ctx, db.main.r, noServer(), scanServer, `
		SELECT `+serverColumns+`
		FROM   servers AS s
		WHERE  s.id = ?`, id)
}

// slugKey is what a server is remembered by.
type slugKey string

// ServerBySlug returns a server by the word in its URLs.
func (db *DB) ServerBySlug(ctx context.Context, slug string) (moorage.Server, error) {
	return remember(&db.memory, slugKey(slug), func() (moorage.Server, error) {
		return one(ctx, db.main.r, noServer(), scanServer, `
			SELECT `+serverColumns+`
			FROM   servers AS s
			WHERE  s.slug = ?`, slug)
	})
}

// SlugFree reports whether a server could take the slug. CreateServer decides.
func (db *DB) SlugFree(ctx context.Context, slug string) (bool, error) {
	n, err := count(ctx, db.main.r, `
		SELECT NOT EXISTS (SELECT 1 FROM servers WHERE slug = ?)`, slug)
	return n == 1, err
}

// CreateServer adds a server. Conflict when the slug is taken.
func (db *DB) CreateServer(ctx context.Context, s moorage.Server) error {
	s.Status, s.Sharing = cmp.Or(s.Status, moorage.ServerNew), cmp.Or(s.Sharing, moorage.SharingPrivate)
	return db.write(ctx, "create server", func(t *tx) error {
		t.touch(topicServers, string(s.ID))
		created := or(s.CreatedAt, t.now)
		_, err := t.exec(ctx, `
			INSERT INTO servers (id, slug, name, title, description, owner_id, sharing, origin, repo_url, ref, subdir,
			                     config, status, live_deployment_id, created_at, updated_at)
			VALUES              (?,  ?,    ?,    ?,     ?,           ?,        ?,       ?,      ?,        ?,   ?,
			                     ?,      ?,      NULLIF(?, ''),      ?,          ?)`,
			s.ID, s.Slug, s.Name, s.Title, s.Description, s.OwnerID, s.Sharing,
			s.Source.Origin, s.Source.RepoURL, s.Source.Ref, s.Source.Subdir,
			document{&s.Config}, s.Status, s.LiveDeploymentID, at(created), at(created))
		if err != nil {
			return slugTaken(err, s.Slug)
		}
		return t.auditServer(ctx, moorage.ActServerCreate, s.ID, map[string]string{"source": s.Source.RepoURL})
	})
}

// UpdateServer stores what its owner may change: slug, name, title,
// description, source and config. Its status follows its deployments; who may
// call it and whether changes are held have methods of their own.
func (db *DB) UpdateServer(ctx context.Context, s moorage.Server) error {
	return db.write(ctx, "update server", func(t *tx) error {
		t.touch(topicServers, string(s.ID))
		if err := leaveRepository(ctx, t, s); err != nil {
			return err
		}
		was, err := one(ctx, t, noServer(), scanServer, `
			SELECT `+serverColumns+`
			FROM   servers AS s
			WHERE  s.id = ?`, s.ID)
		if err != nil {
			return err
		}
		if err := slugTaken(t.execOne(ctx, noServer(), `
			UPDATE servers
			SET    slug = ?, name = ?, title = ?, description = ?,
			       origin = ?, repo_url = ?, ref = ?, subdir = ?,
			       config = ?, updated_at = ?
			WHERE  id = ?`,
			s.Slug, s.Name, s.Title, s.Description,
			s.Source.Origin, s.Source.RepoURL, s.Source.Ref, s.Source.Subdir,
			document{&s.Config}, at(t.now), s.ID), s.Slug); err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActServerUpdate, s.ID, changedFields(was, s))
	})
}

// DeleteServer removes a server with its deployments, logs, variables, tools
// and instances. Conflict while a worker has a deployment of it in its hands.
// What runs of it in the engine is the caller's to stop.
func (db *DB) DeleteServer(ctx context.Context, id moorage.ServerID) error {
	var gone []moorage.DeploymentID
	err := db.write(ctx, "delete server", func(t *tx) (err error) {
		running, err := count(ctx, t, `
			SELECT count(*)
			FROM   deployments
			WHERE  server_id = ? AND status IN `+runningStatuses, id)
		if err != nil {
			return err
		}
		if running > 0 {
			return moorage.Errorf(moorage.Conflict, "A deployment of this server is running.").
				Try("Cancel it, then delete the server.")
		}
		if gone, err = all(ctx, t, value[moorage.DeploymentID], `
			SELECT id
			FROM   deployments
			WHERE  server_id = ?`, id); err != nil {
			return err
		}
		for _, deployment := range gone {
			t.touch(string(deployment))
		}
		t.touch(topicServers, topicDeployments, string(id))
		if err := t.auditServer(ctx, moorage.ActServerDelete, id, map[string]string{"deployments": strconv.Itoa(len(gone))}); err != nil {
			return err
		}
		return t.execOne(ctx, noServer(), `
			DELETE FROM servers
			WHERE  id = ?`, id)
	})
	if err != nil {
		return err
	}
	// The server is gone, whether the caller still waits or not. A crash from
	// here on is mended by the next Open.
	ctx = context.WithoutCancel(ctx)
	for _, deployment := range gone {
		err = errors.Join(err, db.DeleteLog(ctx, deployment))
	}
	return errors.Join(err, db.DeleteUsage(ctx, id))
}

// StopServer takes a server out of service: what is live retires. It returns
// the deployment that was live; Conflict when none was.
func (db *DB) StopServer(ctx context.Context, id moorage.ServerID) (stopped moorage.DeploymentID, err error) {
	err = db.write(ctx, "stop server", func(t *tx) error {
		if stopped, err = retireLive(ctx, t, id); err != nil {
			return err
		}
		if stopped == "" {
			return moorage.Errorf(moorage.Conflict, "Nothing of this server is live.")
		}
		if err := setLive(ctx, t, id, moorage.ServerStopped, ""); err != nil {
			return err
		}
		return t.auditServer(ctx, moorage.ActServerStop, id, nil)
	})
	return stopped, err
}

// setLive points a server at the deployment that answers for it, or at none.
func setLive(ctx context.Context, t *tx, id moorage.ServerID, status moorage.ServerStatus, live moorage.DeploymentID) error {
	t.touch(topicServers, string(id))
	return t.execOne(ctx, noServer(), `
		UPDATE servers
		SET    status = ?, live_deployment_id = NULLIF(?, ''), updated_at = ?
		WHERE  id = ?`, status, live, at(t.now), id)
}

// serverFields are where the columns of a server go.
func serverFields(s *moorage.Server) []any {
	return []any{&s.ID, &s.Slug, &s.Name, &s.Title, &s.Description, &s.OwnerID, &s.Sharing, document{&s.People},
		&s.Source.Origin, &s.Source.RepoURL, &s.Source.Ref, &s.Source.Subdir,
		document{&s.Config}, &s.Status, &s.LiveDeploymentID, &s.HoldChanges, moment{&s.CreatedAt}, moment{&s.UpdatedAt}}
}

func scanServer(row scanner) (s moorage.Server, err error) {
	err = row.Scan(serverFields(&s)...)
	return s, err
}

func noServer() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "There is no such server.")
}

func slugTaken(err error, slug string) error {
	if isDuplicate(err) {
		return moorage.Errorf(moorage.Conflict, "The name %s is taken.", slug).Try("Choose another one.").Because(err)
	}
	return err
}
