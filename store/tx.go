package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"moorage"
)

// tx is one write. Its clock stands still; the bells of what it touched ring
// when it is committed.
type tx struct {
	*sql.Tx
	now    time.Time
	topics []string
}

// touch says that the topics will have changed.
func (t *tx) touch(topics ...string) { t.topics = append(t.topics, topics...) }

// exec runs one statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// execOne runs a statement that has to change a row; absent is returned when
// it changed none.
func (t *tx) execOne(ctx context.Context, absent error, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return absent
	}
	return err
}

// write runs work in a transaction of the main file. The deed says what for, in
// errors and to who follows the commits: "create server".
func (db *DB) write(ctx context.Context, deed string, work func(*tx) error) error {
	return db.writeTo(ctx, db.main, deed, work)
}

// writeTo tries a second time when the disk was full and the ballast is dropped:
// otherwise not even deleting would be possible any more.
func (db *DB) writeTo(ctx context.Context, f *file, deed string, work func(*tx) error) error {
	err := db.tryTo(ctx, f, deed, work)
	if isFull(err) && db.ballast.drop() {
		err = db.tryTo(ctx, f, deed, work)
	}
	return err
}

func (db *DB) tryTo(ctx context.Context, f *file, deed string, work func(*tx) error) error {
	begun, err := f.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", deed, translate(err))
	}
	defer begun.Rollback() // does nothing after Commit
	t := &tx{Tx: begun, now: db.now()}
	if err := work(t); err != nil {
		return fmt.Errorf("%s: %w", deed, translate(err))
	}
	db.reach("before " + deed)
	err = begun.Commit()
	if f == db.main {
		db.memory.forget() // whatever Commit says: it may be there
	}
	if err != nil {
		return fmt.Errorf("%s: commit: %w", deed, translate(err))
	}
	db.reach("after " + deed)
	db.bells.ring(t.topics)
	return nil
}

// reach tells who follows the commits where a write has come to.
func (db *DB) reach(point string) {
	for _, tell := range db.follows {
		tell(point)
	}
}

// querier is what reads: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanner is a row that can be read once.
type scanner interface{ Scan(dest ...any) error }

// all reads every row of a query.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, translate(rows.Err())
}

// one reads the first row of a query; absent is returned when there is none.
func one[T any](ctx context.Context, q querier, absent *moorage.Error, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	list, err := all(ctx, q, scan, query, args...)
	switch {
	case err != nil:
		return none, err
	case len(list) == 0:
		return none, absent
	}
	return list[0], nil
}

// value scans a row of one column.
func value[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// count reads one number.
func count(ctx context.Context, q querier, query string, args ...any) (int, error) {
	list, err := all(ctx, q, value[int], query, args...)
	if err == nil && len(list) == 0 {
		err = errors.New("a count without a row")
	}
	if err != nil {
		return 0, err
	}
	return list[0], nil
}
