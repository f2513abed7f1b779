package store

import (
	"context"
	"time"

	"moorage"
)

// oauthTokenKey is what a token of a grant is remembered by.
type oauthTokenKey string

// oauthTokenFound is what is remembered.
type oauthTokenFound struct {
	token moorage.OAuthToken
	grant moorage.OAuthGrant
}

// OAuthToken returns a token with its grant, also one that is spent or too old:
// the caller checks.
func (db *DB) OAuthToken(ctx context.Context, hash []byte) (moorage.OAuthToken, moorage.OAuthGrant, error) {
	found, err := remember(&db.memory, oauthTokenKey(hash), func() (oauthTokenFound, error) {
		return one(ctx, db.main.r, noAPIToken(), scanOAuthToken, `
			SELECT t.hash, t.grant_id, t.kind, t.created_at, t.expires_at, t.spent_at,
			       g.id, g.user_id, g.client_id, g.client_name, g.client_host, g.redirect_uri, g.resource,
			       g.created_at, g.last_used_at, g.expires_at
			FROM   oauth_tokens AS t JOIN oauth_grants AS g ON g.id = t.grant_id
			WHERE  t.hash = ?`, hash)
	})
	return found.token, found.grant, err
}

// RotateOAuthToken trades a refresh token for new ones; the grant lasts as long
// as they. A token that was spent already is a Conflict, and ends the grant.
func (db *DB) RotateOAuthToken(ctx context.Context, spent moorage.OAuthToken, tokens ...moorage.OAuthToken) error {
	again := false
	err := db.write(ctx, "rotate OAuth token", func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE oauth_tokens
			SET    spent_at = ?
			WHERE  hash = ? AND kind = 'refresh' AND spent_at IS NULL`, at(t.now), spent.Hash)
		if err != nil {
			return err
		}
		if again = n == 0; again {
			return t.endGrant(ctx, spent.GrantID, "a refresh token came a second time")
		}
		return t.addOAuthTokens(ctx, spent.GrantID, tokens)
	})
	if err == nil && again {
		err = moorage.Errorf(moorage.Conflict, "This refresh token was used already.")
	}
	return err
}

// RevokeOAuthToken ends a token because its client gives it up: a refresh token
// with everything of its grant, an access token alone (RFC 7009, section 2.1).
func (db *DB) RevokeOAuthToken(ctx context.Context, token moorage.OAuthToken) error {
	return db.write(ctx, "revoke OAuth token", func(t *tx) error {
		if token.Kind == moorage.OAuthRefresh {
			return t.endGrant(ctx, token.GrantID, "the client gave it up")
		}
		_, err := t.exec(ctx, `
			DELETE FROM oauth_tokens
			WHERE  hash = ?`, token.Hash)
		return err
	})
}

// SweepOAuth forgets the tokens and grants that have expired, and clients
// that nobody has let in, or not for long.
func (db *DB) SweepOAuth(ctx context.Context) error {
	return db.write(ctx, "sweep OAuth", func(t *tx) error {
		for _, statement := range []string{
			`DELETE FROM oauth_grants WHERE expires_at <= ?`, // with its codes and tokens
			`DELETE FROM oauth_tokens WHERE expires_at <= ?`,
			`DELETE FROM oauth_clients
			 WHERE  expires_at <= ? AND NOT EXISTS (SELECT 1 FROM oauth_grants WHERE client_id = oauth_clients.id)`,
		} {
			if _, err := t.exec(ctx, statement, at(t.now)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) addOAuthTokens(ctx context.Context, id moorage.GrantID, tokens []moorage.OAuthToken) error {
	var last time.Time
	for _, token := range tokens {
		_, err := t.exec(ctx, `
			INSERT INTO oauth_tokens (hash, grant_id, kind, created_at, expires_at)
			VALUES                   (?,    ?,        ?,    ?,          ?)`,
			token.Hash, id, token.Kind, at(or(token.CreatedAt, t.now)), at(token.ExpiresAt))
		if err != nil {
			return err
		}
		if token.ExpiresAt.After(last) {
			last = token.ExpiresAt
		}
	}
	return t.execOne(ctx, noOAuthGrant(), `
		UPDATE oauth_grants
		SET    expires_at = ?
		WHERE  id = ?`, at(last), id)
}

func scanOAuthToken(row scanner) (v oauthTokenFound, err error) {
	t, g := &v.token, &v.grant
	err = row.Scan(&t.Hash, &t.GrantID, &t.Kind, moment{&t.CreatedAt}, moment{&t.ExpiresAt}, moment{&t.SpentAt},
		&g.ID, &g.UserID, &g.ClientID, &g.ClientName, &g.ClientHost, &g.RedirectURI, &g.Resource,
		moment{&g.CreatedAt}, moment{&g.LastUsedAt}, moment{&g.ExpiresAt})
	return v, err
}
