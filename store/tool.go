package store

import (
	"context"

	"moorage"
)

// Tools returns the tools of a server in the order it lists them: those of the
// deployment that was live last.
func (db *DB) Tools(ctx context.Context, server moorage.ServerID) ([]moorage.Tool, error) {
	return tools(ctx, db.main.r, server)
}

func tools(ctx context.Context, q querier, server moorage.ServerID) ([]moorage.Tool, error) {
	return all(ctx, q, scanTool, `
		SELECT   name, object, hash, first_seen_at, changed_at
		FROM     tools
		WHERE    server_id = ?
		ORDER BY position`, server)
}

// replaceTools puts the list in place of the old one. A tool that was there
// before keeps the time it was first seen, and when it is the same to the last
// byte of its hash, the time it changed. Of two with one name the first counts.
func replaceTools(ctx context.Context, t *tx, server moorage.ServerID, list []moorage.Tool) error {
	old, err := tools(ctx, t, server)
	if err != nil {
		return err
	}
	known := make(map[string]moorage.Tool, len(old))
	for _, tool := range old {
		known[tool.Name] = tool
	}
	if _, err := t.exec(ctx, `
		DELETE FROM tools
		WHERE  server_id = ?`, server); err != nil {
		return err
	}
	for position, tool := range list {
		tool.FirstSeenAt, tool.ChangedAt = t.now, t.now
		if before, ok := known[tool.Name]; ok {
			tool.FirstSeenAt = before.FirstSeenAt
			if before.Hash == tool.Hash {
				tool.ChangedAt = before.ChangedAt
			}
		}
		if _, err := t.exec(ctx, `
			INSERT INTO tools (server_id, name, position, object, hash, first_seen_at, changed_at)
			VALUES            (?,         ?,    ?,        ?,      ?,    ?,             ?)
			ON CONFLICT (server_id, name) DO NOTHING`,
			server, tool.Name, position, string(tool.Object), tool.Hash,
			at(tool.FirstSeenAt), at(tool.ChangedAt)); err != nil {
			return err
		}
	}
	return nil
}

func scanTool(row scanner) (t moorage.Tool, err error) {
	err = row.Scan(&t.Name, &t.Object, &t.Hash, moment{&t.FirstSeenAt}, moment{&t.ChangedAt})
	return t, err
}
