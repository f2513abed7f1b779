package store

import (
	"context"
	"time"

	"moorage"
)

// CreateWebSession signs a browser in, and forgets sessions that have ended.
func (db *DB) CreateWebSession(ctx context.Context, s moorage.WebSession) error {
	return db.write(ctx, "create web session", func(t *tx) error {
		if _, err := t.exec(ctx, `
			DELETE FROM web_sessions
			WHERE  expires_at <= ?`, at(t.now)); err != nil {
			return err
		}
		created := or(s.CreatedAt, t.now)
		_, err := t.exec(ctx, `
			INSERT INTO web_sessions (id_hash, user_id, created_at, seen_at, expires_at, user_agent)
			VALUES                   (?,       ?,       ?,          ?,       ?,          ?)`,
			s.IDHash, s.UserID, at(created), at(or(s.SeenAt, created)), at(s.ExpiresAt), s.UserAgent)
		if err != nil {
			return err
		}
		return t.auditSession(ctx, moorage.ActSignIn, s.UserID)
	})
}

// WebSession returns a session, also one that has ended: when it is too old is
// the caller's business.
func (db *DB) WebSession(ctx context.Context, hash []byte) (moorage.WebSession, error) {
	return one(ctx, db.main.r, noWebSession(), scanWebSession, `
		SELECT id_hash, user_id, created_at, seen_at, expires_at, user_agent
		FROM   web_sessions
		WHERE  id_hash = ?`, hash)
}

// TouchWebSession says that the browser was seen.
func (db *DB) TouchWebSession(ctx context.Context, hash []byte, seen time.Time) error {
	return db.write(ctx, "touch web session", func(t *tx) error {
		return t.execOne(ctx, noWebSession(), `
			UPDATE web_sessions
			SET    seen_at = ?
			WHERE  id_hash = ?`, at(seen), hash)
	})
}

// DeleteWebSession signs a browser out. It does not fail when it was already.
func (db *DB) DeleteWebSession(ctx context.Context, hash []byte) error {
	return db.write(ctx, "delete web session", func(t *tx) error {
		ended, err := all(ctx, t, value[moorage.UserID], `
			DELETE FROM web_sessions
			WHERE     id_hash = ?
			RETURNING user_id`, hash)
		if err != nil || len(ended) == 0 {
			return err
		}
		return t.auditSession(ctx, moorage.ActSignOut, ended[0])
	})
}

// DeleteWebSessionsOf signs a person out everywhere.
func (db *DB) DeleteWebSessionsOf(ctx context.Context, user moorage.UserID) error {
	return db.write(ctx, "delete web sessions", func(t *tx) error {
		if _, err := t.exec(ctx, `
			DELETE FROM web_sessions
			WHERE  user_id = ?`, user); err != nil {
			return err
		}
		return t.auditSession(ctx, moorage.ActSignOutAll, user)
	})
}

func (t *tx) auditSession(ctx context.Context, act moorage.Act, id moorage.UserID) error {
	u, err := t.person(ctx, id)
	if err != nil {
		return err
	}
	return t.auditAs(ctx, actsAs(ctx, u), moorage.Deed{Act: act, Target: personTarget(u)})
}

func scanWebSession(row scanner) (s moorage.WebSession, err error) {
	err = row.Scan(&s.IDHash, &s.UserID, moment{&s.CreatedAt}, moment{&s.SeenAt}, moment{&s.ExpiresAt}, &s.UserAgent)
	return s, err
}

func noWebSession() *moorage.Error {
	return moorage.Errorf(moorage.NotFound, "This browser is not signed in.").Try("Sign in again.")
}
