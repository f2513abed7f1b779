package store

import (
	"bytes"
	"context"
	"strings"

	"moorage"
)

const autoDeployColumns = `a.server_id, a.enabled, a.repository_id, a.watch_paths, a.hook_secret, a.trouble, a.trouble_next`

// AutoDeploy returns how a server follows its repository: switched off when
// nobody has ever said.
func (db *DB) AutoDeploy(ctx context.Context, server moorage.ServerID) (moorage.AutoDeploy, error) {
	return autoDeploy(ctx, db.main.r, server)
}

func autoDeploy(ctx context.Context, q querier, server moorage.ServerID) (moorage.AutoDeploy, error) {
	list, err := all(ctx, q, scanAutoDeploy, `
		SELECT `+autoDeployColumns+`
		FROM   auto_deploys AS a
		WHERE  a.server_id = ?`, server)
	if err != nil || len(list) == 0 {
		return moorage.AutoDeploy{ServerID: server}, err
	}
	return list[0], nil
}

// SetAutoDeploy stores how a server follows its repository. What troubles the
// reports is for SetReportTrouble; it is forgotten, so that they are tried again.
func (db *DB) SetAutoDeploy(ctx context.Context, a moorage.AutoDeploy) error {
	return db.write(ctx, "set auto-deploy", func(t *tx) error {
		t.touch(topicDeployments, string(a.ServerID))
		was, err := autoDeploy(ctx, t, a.ServerID)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			INSERT INTO auto_deploys (server_id, enabled, repository_id, watch_paths, hook_secret)
			VALUES                   (?,         ?,       ?,             ?,           ?)
			ON CONFLICT (server_id) DO UPDATE
			SET enabled     = excluded.enabled,     repository_id = excluded.repository_id,
			    watch_paths = excluded.watch_paths, hook_secret   = excluded.hook_secret,
			    trouble     = '',                   trouble_next  = ''`,
			a.ServerID, a.Enabled, a.RepositoryID, document{&a.WatchPaths}, a.HookSecret)
		if err != nil {
			return err
		}
		details := map[string]string{"auto-deploy": map[bool]string{true: "on", false: "off"}[a.Enabled]}
		if !bytes.Equal(was.HookSecret, a.HookSecret) {
			details["webhook"] = "a new secret"
		}
		return t.auditServer(ctx, moorage.ActAutoDeploy, a.ServerID, details)
	})
}

// Followers returns the servers that follow a repository of GitHub, by slug,
// and those whose source has its URL and that follow another one: a new
// repository may have an old name.
func (db *DB) Followers(ctx context.Context, repository int64, cloneURL string) ([]moorage.Follower, error) {
	return all(ctx, db.main.r, scanFollower, `
		SELECT   `+serverColumns+`, `+autoDeployColumns+`
		FROM     auto_deploys AS a
		JOIN     servers      AS s ON s.id = a.server_id
		WHERE    a.repository_id = ? OR s.repo_url COLLATE NOCASE IN (?, ?)
		ORDER BY s.slug`, repository, cloneURL, strings.TrimSuffix(cloneURL, ".git"))
}

// Follower returns one server with how it follows its repository.
func (db *DB) Follower(ctx context.Context, server moorage.ServerID) (moorage.Follower, error) {
	return one(ctx, db.main.r, noServer(), scanFollower, `
		SELECT `+serverColumns+`, `+autoDeployColumns+`
		FROM   auto_deploys AS a
		JOIN   servers      AS s ON s.id = a.server_id
		WHERE  s.id = ?`, server)
}

// leaveRepository ends the following of a server whose source is about to
// become another repository: its owner has to say so again.
func leaveRepository(ctx context.Context, t *tx, s moorage.Server) error {
	_, err := t.exec(ctx, `
		UPDATE auto_deploys
		SET    enabled = 0, repository_id = 0
		WHERE  server_id = ? AND EXISTS (
			SELECT 1
			FROM   servers
			WHERE  id = ? AND repo_url <> ? COLLATE NOCASE)`, s.ID, s.ID, s.Source.RepoURL)
	return err
}

func autoDeployFields(a *moorage.AutoDeploy) []any {
	return []any{&a.ServerID, &a.Enabled, &a.RepositoryID, document{&a.WatchPaths}, &a.HookSecret, &a.Trouble, &a.TroubleNext}
}

func scanAutoDeploy(row scanner) (a moorage.AutoDeploy, err error) {
	err = row.Scan(autoDeployFields(&a)...)
	return a, err
}

func scanFollower(row scanner) (f moorage.Follower, err error) {
	err = row.Scan(append(serverFields(&f.Server), autoDeployFields(&f.AutoDeploy)...)...)
	return f, err
}
