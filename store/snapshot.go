package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Snapshot copies both files into a folder, while everything goes on. Each
// copy is of one moment.
//
// The main file is copied first, and the logs after it. What is settled there
// then has all of its log here, as the pipeline stores the last line before
// the end. The lines of what came later belong to nothing, and are forgotten
// at the next Open; of what still ran there are some more than were known.
func (db *DB) Snapshot(ctx context.Context, dir string) error {
	for _, f := range []*file{db.main, db.logs} {
		if err := f.copyTo(ctx, filepath.Join(dir, filepath.Base(f.path))); err != nil {
			return fmt.Errorf("copy %s: %w", filepath.Base(f.path), translate(err))
		}
	}
	return nil
}

// Size is how many bytes the files take, which a snapshot does not exceed: a
// copy holds no free pages, and what is not in a file yet is in its
// write-ahead log.
func (db *DB) Size() (int64, error) {
	var sum int64
	for _, f := range []*file{db.main, db.logs} {
		for _, name := range []string{f.path, f.path + "-wal"} {
			info, err := os.Stat(name)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return 0, fmt.Errorf("measure the database: %w", err)
			}
			if err == nil {
				sum += info.Size()
			}
		}
	}
	return sum, nil
}

// copyTo writes a copy through a connection of its own: VACUUM INTO fails on a
// reader that is query_only, and on the writer it would hold up every write.
func (f *file) copyTo(ctx context.Context, path string) (err error) {
	if err := private(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", address(f.path, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "trusted_schema(0)"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
