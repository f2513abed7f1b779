package store

import (
	"context"

	"moorage"
)

// CreateOAuthState remembers a sign-in that goes to GitHub, and forgets those
// that never came back.
func (db *DB) CreateOAuthState(ctx context.Context, s moorage.OAuthState) error {
	return db.write(ctx, "create OAuth state", func(t *tx) error {
		if _, err := t.exec(ctx, `
			DELETE FROM oauth_states
			WHERE  expires_at <= ?`, at(t.now)); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO oauth_states (state_hash, browser_hash, verifier, next, link_to, expires_at)
			VALUES                   (?,          ?,            ?,        ?,    ?,       ?)`,
			s.StateHash, s.BrowserHash, s.Verifier, s.Next, s.LinkTo, at(s.ExpiresAt))
		return err
	})
}

// TakeOAuthState returns a state and deletes it, so that of two who bring the
// same one only the first gets it. The caller checks when it expires.
func (db *DB) TakeOAuthState(ctx context.Context, stateHash []byte) (taken moorage.OAuthState, err error) {
	err = db.write(ctx, "take OAuth state", func(t *tx) error {
		absent := moorage.Errorf(moorage.NotFound, "This sign-in was not begun here, or is used up.").Try("Sign in again.")
		taken, err = one(ctx, t, absent, scanOAuthState, `
			DELETE FROM oauth_states
			WHERE     state_hash = ?
			RETURNING state_hash, browser_hash, verifier, next, link_to, expires_at`, stateHash)
		return err
	})
	return taken, err
}

func scanOAuthState(row scanner) (s moorage.OAuthState, err error) {
	err = row.Scan(&s.StateHash, &s.BrowserHash, &s.Verifier, &s.Next, &s.LinkTo, moment{&s.ExpiresAt})
	return s, err
}
