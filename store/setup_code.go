package store

import (
	"context"
	"time"

	"moorage"
)

// CreateSetupCode remembers a one-time setup link, and forgets expired ones.
func (db *DB) CreateSetupCode(ctx context.Context, hash []byte, expires time.Time) error {
	return db.write(ctx, "create setup code", func(t *tx) error {
		if _, err := t.exec(ctx, `
			DELETE FROM setup_codes
			WHERE  expires_at <= ?`, at(t.now)); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO setup_codes (code_hash, expires_at)
			VALUES                  (?,         ?)`, hash, at(expires))
		if err != nil {
			return err
		}
		return t.audit(ctx, moorage.Deed{Act: moorage.ActSetupLink})
	})
}

// HasSetupCode checks a code without using it up: nil when TakeSetupCode would
// succeed, NotFound otherwise.
func (db *DB) HasSetupCode(ctx context.Context, hash []byte) error {
	_, err := one(ctx, db.main.r, noSetupCode(), value[int], `
		SELECT 1
		FROM   setup_codes
		WHERE  code_hash = ? AND expires_at > ?`, hash, at(db.now()))
	return err
}

// TakeSetupCode uses a code up. NotFound when it is used, expired or unknown.
func (db *DB) TakeSetupCode(ctx context.Context, hash []byte) error {
	return db.write(ctx, "take setup code", func(t *tx) error {
		if err := t.execOne(ctx, noSetupCode(), `
			DELETE FROM setup_codes
			WHERE  code_hash = ? AND expires_at > ?`, hash, at(t.now)); err != nil {
			return err
		}
		return t.audit(ctx, moorage.Deed{Act: moorage.ActSetup})
	})
}

func noSetupCode() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "This setup link was used already, or has expired.").
		Try("Run “moorage setup-link” for a new one.")
}
