package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"moorage"
	"moorage/migrations"
)

// OpenToRead opens the store in the folder dir as it is: nothing is made or
// brought up to date, whoever writes beside it is not disturbed, and writes
// fail. NotFound when there is none.
func OpenToRead(dir string, now func() time.Time) (*DB, error) {
	db := &DB{now: now}
	for _, row := range []struct {
		name string
		to   **file
	}{{mainFile, &db.main}, {logsFile, &db.logs}} {
		path, err := filepath.Abs(filepath.Join(dir, row.name))
		if err != nil {
			return nil, fmt.Errorf("find the data folder: %w", err)
		}
		if _, err := os.Stat(path); err != nil {
			return nil, moorage.Errorf(moorage.NotFound, "There is no %s in %s.", row.name, dir).Because(err)
		}
		r, err := openReaders(path)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", row.name, err)
		}
		*row.to = &file{path: path, w: r, r: r}
	}
	return db, nil
}

// Condition is how the database is.
type Condition struct {
	SQLite string // the version of the library
	Schema int64  // the version of the data
	Knows  int64  // the newest version that this program knows
}

// Check reads both files from end to end and reports what it finds. The error
// says that the database is damaged or cannot be read. It writes nothing, and
// takes about a second for each gigabyte.
func (db *DB) Check(ctx context.Context) (c Condition, err error) {
	for _, f := range []*file{db.main, db.logs} {
		faults, err := all(ctx, f.r, value[string], `PRAGMA quick_check(3)`)
		switch name := filepath.Base(f.path); {
		case err != nil:
			return c, fmt.Errorf("check %s: %w", name, err)
		case len(faults) != 1 || faults[0] != "ok":
			return c, moorage.Errorf(moorage.Internal, "The database %s is damaged.", name).
				Try("Stop Moorage and restore a backup of the data folder.").Because(errors.New(strings.Join(faults, "; ")))
		}
	}
	if c.SQLite, err = one(ctx, db.main.r, noVersion(), value[string], `SELECT sqlite_version()`); err != nil {
		return c, err
	}
	if c.Schema, err = one(ctx, db.main.r, noVersion(), value[int64], `
		SELECT max(version_id)
		FROM   goose_db_version
		WHERE  is_applied`); err != nil {
		return c, err
	}
	c.Knows, err = newest(migrations.Main)
	return c, err
}

func noVersion() *moorage.Error {
	return moorage.Errorf(moorage.Internal, "The database has no version.").Try("Restore a backup of the data folder.")
}

// newest is the number of the last migration.
func newest(steps fs.FS) (int64, error) {
	names, err := fs.Glob(steps, "*.sql") // in order
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("there are no migrations"), err)
	}
	number, _, _ := strings.Cut(names[len(names)-1], "_")
	return strconv.ParseInt(number, 10, 64)
}
