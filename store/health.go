package store

import (
	"context"
	"time"

	"moorage"
)

const healthColumns = `h.server_id, h.deployment_id, h.state, h.since, h.checked_at, h.took, h.failures, h.why, h.until`

// nowColumns are the columns of health_now, which has no row of a server of
// which nothing is live.
const nowColumns = `COALESCE(h.server_id, ''), COALESCE(h.deployment_id, ''), COALESCE(h.state, ''), h.since, h.checked_at, COALESCE(h.took, 0),
	COALESCE(h.failures, 0), COALESCE(h.why, ''), h.until`

// RecordHealth stores what was found out about servers, and the looks that have
// found it. What is about a deployment that is not live is left out. Whoever
// shows one of the servers is told; whoever shows several, when a state changes.
func (db *DB) RecordHealth(ctx context.Context, found []moorage.Health, checks []moorage.HealthCheck) error {
	return db.write(ctx, "record health", func(t *tx) error {
		for _, h := range found {
			if err := recordHealth(ctx, t, h); err != nil {
				return err
			}
		}
		for _, c := range checks {
			if _, err := t.exec(ctx, `
				INSERT OR REPLACE INTO health_checks (server_id, at, state, took, error)
				SELECT id, ?, ?, ?, ?
				FROM   servers
				WHERE  id = ?`, at(c.At), c.State, millis(c.Took), c.Error, c.ServerID); err != nil {
				return err
			}
		}
		return nil
	})
}

func recordHealth(ctx context.Context, t *tx, h moorage.Health) error {
	was, err := all(ctx, t, value[string], `
		SELECT state
		FROM   health_now
		WHERE  server_id = ? AND deployment_id = ?`, h.ServerID, h.Deployment)
	if err != nil || len(was) == 0 { // it is not live any more
		return err
	}
	if _, err := t.exec(ctx, `
		INSERT OR REPLACE INTO health (server_id, deployment_id, state, since, checked_at, took, failures, why, until)
		VALUES                        (?,         ?,             ?,     ?,     ?,          ?,    ?,        ?,   ?)`,
		h.ServerID, h.Deployment, h.State, at(h.Since), at(h.CheckedAt), millis(h.Took), h.Failures, h.Why, at(h.Until)); err != nil {
		return err
	}
	t.touch(string(h.ServerID))
	if was[0] != string(h.State) {
		t.touch(topicServers)
	}
	return nil
}

// millis is a duration as it is kept: an answer took a millisecond at least.
func millis(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return max(1, d.Round(time.Millisecond).Milliseconds())
}

// Judgements returns what was found out last about all servers, whether they
// run or not.
func (db *DB) Judgements(ctx context.Context) ([]moorage.Health, error) {
	return all(ctx, db.main.r, scanHealth, `
		SELECT `+healthColumns+`
		FROM   health AS h`)
}

// Health returns how a server is now; the zero value when nothing of it is live.
func (db *DB) Health(ctx context.Context, server moorage.ServerID) (moorage.Health, error) {
	found, err := all(ctx, db.main.r, scanHealth, `
		SELECT `+nowColumns+`
		FROM   health_now AS h
		WHERE  h.server_id = ?`, server)
	if err != nil || len(found) == 0 {
		return moorage.Health{}, err
	}
	return found[0], nil
}

// HealthChecks returns the looks at a server of the last 24 hours, oldest first.
func (db *DB) HealthChecks(ctx context.Context, server moorage.ServerID) ([]moorage.HealthCheck, error) {
	return all(ctx, db.main.r, scanCheck, `
		SELECT   server_id, at, state, took, error
		FROM     health_checks
		WHERE    server_id = ? AND at > ?
		ORDER BY at`, server, at(db.now().Add(-moorage.HealthKept)))
}

// SweepHealth forgets the looks that are older than a day.
func (db *DB) SweepHealth(ctx context.Context) error {
	return db.write(ctx, "sweep health", func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM health_checks
			WHERE  at <= ?`, at(t.now.Add(-moorage.HealthKept)))
		return err
	})
}

// duration is how long an answer took, in a row: milliseconds.
type duration struct{ d *time.Duration }

func (d duration) Scan(src any) error {
	v, _ := src.(int64)
	*d.d = time.Duration(v) * time.Millisecond
	return nil
}

func healthFields(h *moorage.Health) []any {
	return []any{&h.ServerID, &h.Deployment, &h.State, moment{&h.Since}, moment{&h.CheckedAt}, duration{&h.Took}, &h.Failures, &h.Why, moment{&h.Until}}
}

func scanHealth(row scanner) (h moorage.Health, err error) {
	err = row.Scan(healthFields(&h)...)
	return h, err
}

func scanCheck(row scanner) (c moorage.HealthCheck, err error) {
	err = row.Scan(&c.ServerID, moment{&c.At}, &c.State, duration{&c.Took}, &c.Error)
	return c, err
}
