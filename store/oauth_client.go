package store

import (
	"context"
	"time"

	"moorage"
)

const oauthClientColumns = `id, name, redirect_uris, auth_method, secret_hash, created_at, used_at, expires_at`

// CreateOAuthClient adds a client that registered itself. Of those that nobody
// ever let in, the newest so many are kept.
func (db *DB) CreateOAuthClient(ctx context.Context, c moorage.OAuthClient, unused int) error {
	return db.write(ctx, "create OAuth client", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO oauth_clients (`+oauthClientColumns+`)
			VALUES                    (?, ?, ?, ?, ?, ?, ?, ?)`,
			c.ID, c.Name, document{&c.RedirectURIs}, c.AuthMethod, c.SecretHash, at(or(c.CreatedAt, t.now)), at(c.UsedAt), at(c.ExpiresAt))
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			DELETE FROM oauth_clients
			WHERE  id IN (SELECT id FROM oauth_clients WHERE used_at IS NULL ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET ?)`, unused)
		return err
	})
}

// OAuthClient returns a client that registered itself.
func (db *DB) OAuthClient(ctx context.Context, id string) (moorage.OAuthClient, error) {
	absent := moorage.Errorf(moorage.NotFound, "This client is not registered here, or not any more.")
	return one(ctx, db.main.r, absent, scanOAuthClient, `
		SELECT `+oauthClientColumns+`
		FROM   oauth_clients
		WHERE  id = ?`, id)
}

// letIn notes that a client is of use to somebody, and is kept until then. A
// client that did not register has no row.
func (t *tx) letIn(ctx context.Context, id string, until time.Time) error {
	_, err := t.exec(ctx, `
		UPDATE oauth_clients
		SET    used_at = ?, expires_at = ?
		WHERE  id = ?`, at(t.now), at(until), id)
	return err
}

func scanOAuthClient(row scanner) (c moorage.OAuthClient, err error) {
	err = row.Scan(&c.ID, &c.Name, document{&c.RedirectURIs}, &c.AuthMethod, &c.SecretHash, moment{&c.CreatedAt}, moment{&c.UsedAt}, moment{&c.ExpiresAt})
	return c, err
}
