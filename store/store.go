// Package store keeps what Moorage knows in two SQLite files: moorage.db for
// everything, logs.db for the lines of deployments. It owns the SQL, the
// transactions and the bells that say "look again"; it decides nothing that a
// person could disagree with.
//
// Each entity has its file. A public method opens the transaction, a private
// one works inside it, so that several can share one. Errors that a person may
// meet are moorage.Errors: NotFound for what is not there, Conflict for what
// somebody else did first.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"moorage/migrations"
)

// The files of a data folder.
const (
	mainFile = "moorage.db"
	logsFile = "logs.db"
)

// DB is the store. All methods may be called at the same time.
type DB struct {
	main    *file
	logs    *file
	now     func() time.Time
	follows []func(point string)
	ballast ballast
	bells   bells
	memory  memory
}

// Open opens the store in the folder dir, which is made when it is not there,
// and brings its schema up to date. A schema newer than this program is
// refused. The clock stamps what callers leave open. Who follows the commits is
// told of each before it and after it, "before create server", on the time of
// the writer.
func Open(ctx context.Context, dir string, now func() time.Time, follows ...func(point string)) (*DB, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	main, err := openFile(ctx, filepath.Join(dir, mainFile), syncFull, migrations.Main)
	if err != nil {
		return nil, err
	}
	logs, err := openFile(ctx, filepath.Join(dir, logsFile), syncNormal, migrations.Logs)
	if err != nil {
		return nil, errors.Join(err, main.close())
	}
	db := &DB{main: main, logs: logs, now: now, follows: follows, ballast: ballast{path: filepath.Join(dir, "ballast")}}
	if err := db.forgetOrphanLogs(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close ends all connections. What was committed stays.
func (db *DB) Close() error {
	return errors.Join(db.logs.close(), db.main.close())
}

// Ping reports whether both files can be read and written.
func (db *DB) Ping(ctx context.Context) error {
	return errors.Join(db.main.ping(ctx), db.logs.ping(ctx))
}
