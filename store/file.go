package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/mod/semver"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// file is one database file with two pools. SQLite has one writer at a time:
// with a pool of one connection writers wait for each other here, in order,
// instead of failing there with SQLITE_BUSY.
type file struct {
	path string
	w    *sql.DB
	r    *sql.DB
}

// Readers beside the writer. A page needs one or two for some milliseconds.
const readers = 6

// How hard a commit is pressed onto the disk. FULL survives a power cut,
// NORMAL may lose the last commits to one (never to a crash of the program).
const (
	syncFull   = "FULL"
	syncNormal = "NORMAL"
)

// Before this version, one connection writing while another checkpoints could
// corrupt the file (sqlite.org/wal.html#walresetbug).
const oldestSQLite = "v3.51.3"

func openFile(ctx context.Context, path, sync string, schema fs.FS) (*file, error) {
	name := filepath.Base(path)
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	w, err := sql.Open("sqlite", address(path, url.Values{
		"_txlock":    {"immediate"},
		"_defensive": {"1"},
		"_pragma": {
			"busy_timeout(5000)", // before journal_mode, which may have to wait
			"journal_mode(WAL)",
			"synchronous(" + sync + ")",
			"foreign_keys(1)",
			"trusted_schema(0)",
			"journal_size_limit(67108864)",
			"wal_autocheckpoint(1000)",
		},
	}))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	w.SetMaxOpenConns(1)
	r, err := openReaders(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), w.Close())
	}

	f := &file{path: path, w: w, r: r}
	if err := f.prepare(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, translate(err)), f.close())
	}
	return f, nil
}

// openReaders opens the pool that cannot write.
func openReaders(path string) (*sql.DB, error) {
	r, err := sql.Open("sqlite", address(path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)", "query_only(1)", "foreign_keys(1)", "trusted_schema(0)"},
	}))
	if err != nil {
		return nil, err
	}
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	return r, nil
}

// private makes the file for its owner alone. SQLite gives the files beside it
// (-wal, -shm) the same mode. An existing one is never opened here: closing any
// descriptor of it would drop SQLite's locks.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// address is the URI of a database file, whose path is absolute. Without the
// file: form SQLite would take mode=ro for a part of the name and open the
// file for writing.
func address(path string, query url.Values) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return u.String()
}

func (f *file) prepare(ctx context.Context, schema fs.FS) error {
	var version string
	if err := f.w.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version); err != nil {
		return err
	}
	if semver.Compare("v"+version, oldestSQLite) < 0 {
		return fmt.Errorf("SQLite %s can corrupt files; %s is the oldest that Moorage works with", version, oldestSQLite)
	}
	return migrate(ctx, f.w, schema)
}

func (f *file) folder() string { return filepath.Dir(f.path) }

func (f *file) close() error {
	// The readers first: the last connection to go moves the write-ahead log
	// into the file, which readers may not.
	return errors.Join(f.r.Close(), f.w.Close())
}

func (f *file) ping(ctx context.Context) error {
	var n int
	if err := f.r.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n); err != nil {
		return translate(fmt.Errorf("read %s: %w", filepath.Base(f.path), err))
	}
	begun, err := f.w.BeginTx(ctx, nil) // takes the write lock
	if err != nil {
		return translate(fmt.Errorf("lock %s: %w", filepath.Base(f.path), err))
	}
	return begun.Rollback()
}
