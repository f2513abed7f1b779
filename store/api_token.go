package store

import (
	"context"
	"time"

	"moorage"
)

const apiTokenColumns = `id, user_id, name, hash, scope, created_at, expires_at, last_used_at`

// CreateAPIToken adds a personal token.
func (db *DB) CreateAPIToken(ctx context.Context, token moorage.APIToken) error {
	return db.write(ctx, "create token", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO api_tokens (`+apiTokenColumns+`)
			VALUES                 (?, ?, ?, ?, ?, ?, ?, ?)`,
			token.ID, token.UserID, token.Name, token.Hash, token.Scope.String(),
			at(or(token.CreatedAt, t.now)), at(token.ExpiresAt), at(token.LastUsedAt))
		if isDuplicate(err) {
			return moorage.Errorf(moorage.Conflict, "This token exists already.").Because(err)
		}
		if err != nil {
			return err
		}
		return t.auditToken(ctx, moorage.ActTokenCreate, token)
	})
}

// hashKey is what a token is remembered by.
type hashKey string

// APITokenByHash returns a token, also an expired one: the caller checks.
func (db *DB) APITokenByHash(ctx context.Context, hash []byte) (moorage.APIToken, error) {
	return remember(&db.memory, hashKey(hash), func() (moorage.APIToken, error) {
		return one(ctx, db.main.r, noAPIToken(), scanAPIToken, `
			SELECT `+apiTokenColumns+`
			FROM   api_tokens
			WHERE  hash = ?`, hash)
	})
}

// APITokens returns the tokens of a person, newest first.
func (db *DB) APITokens(ctx context.Context, user moorage.UserID) ([]moorage.APIToken, error) {
	return all(ctx, db.main.r, scanAPIToken, `
		SELECT   `+apiTokenColumns+`
		FROM     api_tokens
		WHERE    user_id = ?
		ORDER BY created_at DESC, id DESC`, user)
}

// DeleteAPIToken removes a token of this person; another's is NotFound.
func (db *DB) DeleteAPIToken(ctx context.Context, user moorage.UserID, id moorage.TokenID) error {
	return db.write(ctx, "delete token", func(t *tx) error {
		gone, err := one(ctx, t, noAPIToken(), scanAPIToken, `
			DELETE FROM api_tokens
			WHERE     id = ? AND user_id = ?
			RETURNING `+apiTokenColumns, id, user)
		if err != nil {
			return err
		}
		return t.auditToken(ctx, moorage.ActTokenRevoke, gone)
	})
}

func (t *tx) auditToken(ctx context.Context, act moorage.Act, token moorage.APIToken) error {
	owner, err := t.person(ctx, token.UserID)
	if err != nil {
		return err
	}
	details := map[string]string{"of": owner.Login}
	if len(token.Scope) > 0 {
		details["scope"] = token.Scope.String()
	}
	return t.audit(ctx, moorage.Deed{
		Act: act, Target: moorage.Target{Kind: "token", ID: string(token.ID), Name: token.Name}, Details: details,
	})
}

// TouchAPIToken says that the token was used.
func (db *DB) TouchAPIToken(ctx context.Context, id moorage.TokenID, used time.Time) error {
	return db.write(ctx, "touch token", func(t *tx) error {
		return t.execOne(ctx, noAPIToken(), `
			UPDATE api_tokens
			SET    last_used_at = ?
			WHERE  id = ?`, at(used), id)
	})
}

func scanAPIToken(row scanner) (t moorage.APIToken, err error) {
	var scope string
	if err = row.Scan(&t.ID, &t.UserID, &t.Name, &t.Hash, &scope, moment{&t.CreatedAt}, moment{&t.ExpiresAt}, moment{&t.LastUsedAt}); err != nil {
		return t, err
	}
	// One that cannot be read is no token: an empty scope would be everything.
	t.Scope, err = moorage.ParseScope(scope)
	return t, err
}

func noAPIToken() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "There is no such token.")
}
