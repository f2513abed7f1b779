package store

import (
	"context"
	"fmt"

	"moorage"
)

const logColumns = `seq, step, stream, at, text`

// AppendLog stores a batch of lines in one transaction and rings the
// deployment's bell. The caller numbers them; a number that is taken is a
// Conflict, and nothing of the batch is stored.
func (db *DB) AppendLog(ctx context.Context, id moorage.DeploymentID, lines []moorage.LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	return db.writeTo(ctx, db.logs, "append to the log", func(t *tx) error {
		t.touch(string(id))
		insert, err := t.PrepareContext(ctx, `
			INSERT INTO log_lines (deployment_id, seq, step, stream, at, text)
			VALUES                (?,             ?,   ?,    ?,      ?,  ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, l := range lines {
			_, err := insert.ExecContext(ctx, id, l.Seq, l.Step, l.Stream, at(or(l.At, t.now)), l.Text)
			if isDuplicate(err) {
				return moorage.Errorf(moorage.Conflict, "Line %d of this log is stored already.", l.Seq).Because(err)
			}
			if err != nil {
				return fmt.Errorf("line %d: %w", l.Seq, err)
			}
		}
		return nil
	})
}

// LogLines returns up to limit lines of a log that come after the cursor, in
// order. After 0 is the first line.
func (db *DB) LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error) {
	return all(ctx, db.logs.r, scanLogLine, `
		SELECT   `+logColumns+`
		FROM     log_lines
		WHERE    deployment_id = ? AND seq > ?
		ORDER BY seq
		LIMIT    ?`, id, after, limit)
}

// SearchLog returns the first lines that hold the query as it is written. The
// case of a–z does not matter; other letters match as they are.
func (db *DB) SearchLog(ctx context.Context, id moorage.DeploymentID, query string, limit int) ([]moorage.LogLine, error) {
	if query == "" {
		return nil, nil
	}
	return all(ctx, db.logs.r, scanLogLine, `
		SELECT   `+logColumns+`
		FROM     log_lines
		WHERE    deployment_id = ? AND instr(lower(text), lower(?)) > 0
		ORDER BY seq
		LIMIT    ?`, id, query, limit)
}

// LastSeq returns the number of a log's last line; 0 when it has none.
func (db *DB) LastSeq(ctx context.Context, id moorage.DeploymentID) (int64, error) {
	n, err := count(ctx, db.logs.r, `
		SELECT COALESCE(max(seq), 0)
		FROM   log_lines
		WHERE  deployment_id = ?`, id)
	return int64(n), err
}

// logPage is how many lines EachLogLine reads at once. A download may take
// minutes; no read of the database may, or its write-ahead log could not be reset.
const logPage = 1000

// EachLogLine calls do for each line of a log, in order, until it fails. What
// is appended meanwhile is included.
func (db *DB) EachLogLine(ctx context.Context, id moorage.DeploymentID, do func(moorage.LogLine) error) error {
	for after := int64(0); ; {
		page, err := db.LogLines(ctx, id, after, logPage)
		if err != nil {
			return err
		}
		for _, line := range page {
			if err := do(line); err != nil {
				return err
			}
		}
		if len(page) < logPage {
			return nil
		}
		after = page[len(page)-1].Seq
	}
}

// ReplaceLog puts one line in the place of all lines of a deployment.
func (db *DB) ReplaceLog(ctx context.Context, id moorage.DeploymentID, by moorage.LogLine) error {
	return db.writeTo(ctx, db.logs, "replace the log", func(t *tx) error {
		t.touch(string(id))
		if _, err := t.exec(ctx, `
			DELETE FROM log_lines
			WHERE  deployment_id = ?`, id); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO log_lines (deployment_id, seq, step, stream, at, text)
			VALUES                (?,             1,   ?,    ?,      ?,  ?)`, id, by.Step, by.Stream, at(or(by.At, t.now)), by.Text)
		return err
	})
}

// DeleteLog removes all lines of a deployment.
func (db *DB) DeleteLog(ctx context.Context, id moorage.DeploymentID) error {
	return db.writeTo(ctx, db.logs, "delete the log", func(t *tx) error {
		t.touch(string(id))
		_, err := t.exec(ctx, `
			DELETE FROM log_lines
			WHERE  deployment_id = ?`, id)
		return err
	})
}

// forgetOrphanLogs removes the logs of deployments that are gone: the two
// files share no transaction, so a crash may come between them.
func (db *DB) forgetOrphanLogs(ctx context.Context) error {
	// One probe of the index for each log instead of a walk over every line.
	logged, err := all(ctx, db.logs.r, value[moorage.DeploymentID], `
		WITH RECURSIVE logged (id) AS (
			SELECT min(deployment_id) FROM log_lines
			UNION ALL
			SELECT (SELECT min(deployment_id) FROM log_lines WHERE deployment_id > logged.id)
			FROM   logged
			WHERE  logged.id IS NOT NULL
		)
		SELECT id
		FROM   logged
		WHERE  id IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, id := range logged {
		_, err := db.Deployment(ctx, id)
		if moorage.ErrorCode(err) == moorage.NotFound {
			err = db.DeleteLog(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func scanLogLine(row scanner) (l moorage.LogLine, err error) {
	err = row.Scan(&l.Seq, &l.Step, &l.Stream, moment{&l.At}, &l.Text)
	return l, err
}
