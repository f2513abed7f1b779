package store

import (
	"context"

	"moorage"
)

// Caps on the changes that are kept of one server, the newest first: a server
// may say something else each time it is asked.
const (
	maxChanges     = 500
	maxChangeBytes = 16 << 20 // of their objects together
)

const changeColumns = `n, server_id, deployment_id, running, kind, name, before, after, hash, held, at, settled_at, settled_by`

// Changes returns the changes of a server that have a lower number than
// before, newest first; 0 begins with the newest.
func (db *DB) Changes(ctx context.Context, server moorage.ServerID, before int64, limit int) ([]moorage.Change, error) {
	w := new(where)
	w.and(`server_id = ?`, server)
	if before > 0 {
		w.and(`n < ?`, before)
	}
	return all(ctx, db.main.r, scanChange, `
		SELECT `+changeColumns+`
		FROM   changes`+w.String()+`
		ORDER BY n DESC
		LIMIT ? OFFSET ?`, w.page(limit, 0)...)
}

// OpenChanges counts the changes of a server that nobody has approved or seen.
func (db *DB) OpenChanges(ctx context.Context, server moorage.ServerID) (int, error) {
	return count(ctx, db.main.r, `
		SELECT count(*)
		FROM   changes
		WHERE  server_id = ? AND settled_at IS NULL`, server)
}

// recordChanges writes down what is different now, and forgets the oldest.
func recordChanges(ctx context.Context, t *tx, l listing, found []moorage.Difference) error {
	if len(found) == 0 {
		return nil
	}
	heldNow, err := held(ctx, t, l.server)
	if err != nil {
		return err
	}
	for _, d := range found {
		_, err := t.exec(ctx, `
			INSERT INTO changes (server_id, deployment_id, running, kind, name, before, after, hash, held, at)
			VALUES              (?,         ?,             ?,       ?,    ?,    ?,      ?,     ?,    ?,    ?)`,
			l.server, l.deployment, l.running, d.Kind, d.Name, textOrNull(d.Before), textOrNull(d.After), d.Hash,
			d.After != nil && heldNow.Has(d.Kind, d.Name), at(t.now))
		if err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, `
		DELETE FROM changes
		WHERE  n IN (
			SELECT n
			FROM  (SELECT n,
			              row_number() OVER newest AS rank,
			              sum(COALESCE(length(before), 0) + COALESCE(length(after), 0)) OVER newest AS bytes
			       FROM   changes
			       WHERE  server_id = ?
			       WINDOW newest AS (ORDER BY n DESC))
			WHERE rank > ? OR rank > 1 AND bytes > ?)`, l.server, maxChanges, maxChangeBytes)
	return err
}

// settle says that the actor has approved or seen the open changes of a server
// that the condition chooses, and returns how many there were.
func settle(ctx context.Context, t *tx, server moorage.ServerID, condition string, args ...any) (int64, error) {
	return t.exec(ctx, `
		UPDATE changes
		SET    settled_at = ?, settled_by = ?
		WHERE  server_id = ? AND settled_at IS NULL `+condition, append([]any{at(t.now), moorage.ActorOf(ctx).Login, server}, args...)...)
}

// textOrNull stores JSON as text; nil as NULL.
func textOrNull(object []byte) any {
	if object == nil {
		return nil
	}
	return string(object)
}

func scanChange(row scanner) (c moorage.Change, err error) {
	err = row.Scan(&c.N, &c.ServerID, &c.Deployment, &c.Running, &c.Kind, &c.Name, &c.Before, &c.After, &c.Hash, &c.Held,
		moment{&c.At}, moment{&c.SettledAt}, &c.SettledBy)
	return c, err
}
