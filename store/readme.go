package store

import (
	"context"

	"moorage"
)

// SetReadme keeps what the source of a deployment says of itself.
func (db *DB) SetReadme(ctx context.Context, id moorage.DeploymentID, text string) error {
	return db.write(ctx, "set readme", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO readmes (deployment_id, text)
			VALUES              (?,             ?)
			ON CONFLICT (deployment_id) DO UPDATE
			SET text = excluded.text`, id, text)
		return err
	})
}

// Readme returns it: "" when the source says nothing.
func (db *DB) Readme(ctx context.Context, id moorage.DeploymentID) (string, error) {
	found, err := all(ctx, db.main.r, value[string], `
		SELECT text
		FROM   readmes
		WHERE  deployment_id = ?`, id)
	if len(found) == 0 {
		return "", err
	}
	return found[0], err
}
