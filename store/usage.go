package store

import (
	"context"
	"time"

	"moorage"
)

// usageTopic is the bell of how a server is used.
func usageTopic(server moorage.ServerID) string { return "usage:" + string(server) }

// WatchUsage is Watch of how a server is used.
func (db *DB) WatchUsage(server moorage.ServerID) (<-chan struct{}, func()) {
	return db.Watch(usageTopic(server))
}

// AddUsage counts what is new beside what is there, keeps the last calls of
// each server, and forgets what is older than moorage.UsageAge.
func (db *DB) AddUsage(ctx context.Context, u moorage.Usage) error {
	return db.writeTo(ctx, db.logs, "add usage", func(t *tx) error {
		for _, tally := range u.Tallies {
			if err := addTally(ctx, t, tally); err != nil {
				return err
			}
		}
		for _, l := range u.Loads {
			t.touch(usageTopic(l.Server))
			if _, err := t.exec(ctx, `
				INSERT OR REPLACE INTO loads (server_id, at, sessions, instances, memory, cpu)
				VALUES                       (?,         ?,  ?,        ?,         ?,      ?)`,
				l.Server, at(l.At), l.Sessions, l.Instances, l.Memory, l.CPU); err != nil {
				return err
			}
		}
		if err := addCalls(ctx, t, u.Calls); err != nil {
			return err
		}
		return sweepUsage(ctx, t, t.now.Add(-moorage.UsageAge))
	})
}

const tallyColumns = `server_id, minute, method, tool, calls, errors, cancelled, bytes_in, bytes_out, took`

func addTally(ctx context.Context, t *tx, tally moorage.Tally) error {
	t.touch(usageTopic(tally.Server))
	there, err := all(ctx, t, scanTally, `
		SELECT `+tallyColumns+`
		FROM   tallies
		WHERE  server_id = ? AND minute = ? AND method = ? AND tool = ?`, tally.Server, at(tally.Minute), tally.Method, tally.Tool)
	if err != nil {
		return err
	}
	for _, before := range there {
		tally.Merge(before)
	}
	_, err = t.exec(ctx, `
		INSERT OR REPLACE INTO tallies (`+tallyColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tally.Server, at(tally.Minute), tally.Method, tally.Tool, tally.Calls, tally.Errors, tally.Cancelled, tally.In, tally.Out, document{tally.Took})
	return err
}

const callColumns = `server_id, n, instance_id, user_id, means, method, tool, began, took, outcome, code, bytes_in, bytes_out`

func addCalls(ctx context.Context, t *tx, calls []moorage.Call) error {
	servers := map[moorage.ServerID]bool{}
	for _, c := range calls {
		servers[c.Server] = true
		if _, err := t.exec(ctx, `
			INSERT INTO calls (`+callColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Server, c.N, c.Instance, c.User, c.Means, c.Method, c.Tool, at(c.Began), c.Took.Microseconds(), c.Outcome, c.Code, c.In, c.Out); err != nil {
			return err
		}
	}
	for server := range servers {
		t.touch(usageTopic(server))
		if _, err := t.exec(ctx, `
			DELETE FROM calls
			WHERE  server_id = ?1 AND n <= (
				SELECT n
				FROM   calls
				WHERE  server_id = ?1
				ORDER BY n DESC
				LIMIT 1 OFFSET ?2)`, server, moorage.MaxCalls); err != nil {
			return err
		}
	}
	return nil
}

func sweepUsage(ctx context.Context, t *tx, before time.Time) error {
	for _, statement := range []string{
		`DELETE FROM tallies WHERE minute < ?`,
		`DELETE FROM loads WHERE at < ?`,
		`DELETE FROM calls WHERE began < ?`,
	} {
		if _, err := t.exec(ctx, statement, at(before)); err != nil {
			return err
		}
	}
	return nil
}

// Tallies returns what was counted of a server since a time, oldest first.
func (db *DB) Tallies(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Tally, error) {
	return all(ctx, db.logs.r, scanTally, `
		SELECT   `+tallyColumns+`
		FROM     tallies
		WHERE    server_id = ? AND minute >= ?
		ORDER BY minute`, server, at(since))
}

// Loads returns what the instances of a server used since a time, oldest first.
func (db *DB) Loads(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Load, error) {
	return all(ctx, db.logs.r, scanLoad, `
		SELECT   server_id, at, sessions, instances, memory, cpu
		FROM     loads
		WHERE    server_id = ? AND at >= ?
		ORDER BY at`, server, at(since))
}

// Calls returns the last calls of a server, newest first; with a person, those
// of them alone.
func (db *DB) Calls(ctx context.Context, server moorage.ServerID, by moorage.UserID) ([]moorage.Call, error) {
	w := new(where)
	w.and(`server_id = ?`, server)
	if by != "" {
		w.and(`user_id = ?`, by)
	}
	return all(ctx, db.logs.r, scanCall, `
		SELECT   `+callColumns+`
		FROM     calls`+w.String()+`
		ORDER BY n DESC
		LIMIT ? OFFSET ?`, w.page(moorage.MaxCalls, 0)...)
}

// AuditRecording writes down that somebody lets be kept what is asked of a
// server and answered, or no more.
func (db *DB) AuditRecording(ctx context.Context, server moorage.ServerID, on bool) error {
	return db.write(ctx, "audit recording", func(t *tx) error {
		return t.auditServer(ctx, moorage.ActRecord, server, map[string]string{"recording": map[bool]string{true: "on", false: "off"}[on]})
	})
}

// DeleteUsage forgets how a server was used.
func (db *DB) DeleteUsage(ctx context.Context, server moorage.ServerID) error {
	return db.writeTo(ctx, db.logs, "delete usage", func(t *tx) error {
		for _, statement := range []string{
			`DELETE FROM tallies WHERE server_id = ?`,
			`DELETE FROM loads WHERE server_id = ?`,
			`DELETE FROM calls WHERE server_id = ?`,
		} {
			if _, err := t.exec(ctx, statement, server); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanTally(row scanner) (t moorage.Tally, err error) {
	err = row.Scan(&t.Server, moment{&t.Minute}, &t.Method, &t.Tool, &t.Calls, &t.Errors, &t.Cancelled, &t.In, &t.Out, document{&t.Took})
	return t, err
}

func scanLoad(row scanner) (l moorage.Load, err error) {
	err = row.Scan(&l.Server, moment{&l.At}, &l.Sessions, &l.Instances, &l.Memory, &l.CPU)
	return l, err
}

func scanCall(row scanner) (c moorage.Call, err error) {
	var took int64
	err = row.Scan(&c.Server, &c.N, &c.Instance, &c.User, &c.Means, &c.Method, &c.Tool, moment{&c.Began}, &took, &c.Outcome, &c.Code, &c.In, &c.Out)
	c.Took = time.Duration(took) * time.Microsecond
	return c, err
}
