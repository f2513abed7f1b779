package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"moorage"
)

// Restorer makes a data folder out of a backup. Whoever calls it holds the
// folder's lock.
type Restorer struct {
	Data    string // the folder
	KeyFile string // where its master key is, or will be
	Inspect Inspect
	KeyID   func(path string) (string, error)                           // of a key file; fs.ErrNotExist
	Adopt   func(ctx context.Context, dir string, d moorage.Deed) error // opens the store in a folder, brings it up to date, writes it down
	Now     func() time.Time
}

// How a backup is restored.
type How struct {
	Replace    bool   // move what is there aside
	Key        string // file of the master key; "": the one that is there, or the backup's own
	WithoutKey bool   // restore although the key is lost: what is sealed has to be set again
}

// Restored says what was done.
type Restored struct {
	Backup moorage.Backup
	Aside  string // the folder of what was there before; "" when there was nothing
	Key    string // what the master key is: a sentence
}

// Verify reads a whole backup, opens its databases and changes nothing.
func (r Restorer) Verify(ctx context.Context, path string) (moorage.Backup, error) {
	dir, about, err := r.open(ctx, path, os.TempDir())
	if dir != "" {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return about, err
}

// Restore verifies a backup as a whole, brings its schema up to date beside
// what is there, and only then puts it into place.
func (r Restorer) Restore(ctx context.Context, path string, how How) (done Restored, err error) {
	there, err := r.there()
	if err != nil {
		return done, err
	}
	if len(there) > 0 && !how.Replace {
		return done, moorage.Errorf(moorage.Conflict, "There is a Moorage in %s already.", r.Data).
			Try("Restore into an empty folder with --data, or give --replace: what is there is then kept beside it.")
	}
	if err := os.MkdirAll(r.Data, 0o700); err != nil {
		return done, fmt.Errorf("make the data folder: %w", err)
	}
	if err := r.sweep(); err != nil {
		return done, err
	}
	dir, about, err := r.open(ctx, path, r.Data)
	if dir != "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err != nil {
		return done, err
	}
	done.Backup = about
	key, says, err := r.key(dir, about, how)
	if err != nil {
		return done, err
	}
	done.Key = says
	if err := r.Adopt(ctx, dir, moorage.Deed{
		Act: moorage.ActBackupRestore, Target: moorage.Target{Kind: "backup", ID: filepath.Base(path), Name: filepath.Base(path)},
		Details: map[string]string{"made at": about.MadeAt.Format(time.RFC3339), "made by": about.Version},
	}); err != nil {
		return done, fmt.Errorf("open what was restored: %w", err)
	}
	if done.Aside, err = r.aside(there); err != nil {
		return done, err
	}
	return done, r.place(dir, key)
}

// open unpacks a backup into a new folder, which is the caller's to remove, and
// checks everything that can be checked.
func (r Restorer) open(ctx context.Context, path, parent string) (dir string, about moorage.Backup, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", about, moorage.Errorf(moorage.NotFound, "The backup %s cannot be read.", path).Try("Check its name, and that you may read it.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", about, err
	}
	if dir, err = os.MkdirTemp(parent, restorePattern); err != nil {
		return "", about, err
	}
	m, err := unpack(ctx, f, dir)
	if err != nil {
		return dir, about, err
	}
	held, err := r.Inspect(ctx, dir)
	if err != nil {
		return dir, about, err
	}
	return dir, m.about(filepath.Base(path), info.Size()), m.compare(held)
}

// restorePattern names the folders in which backups are unpacked.
const restorePattern = ".moorage-restore-*"

// sweep removes what a restore that was killed has left.
func (r Restorer) sweep() error {
	left, err := filepath.Glob(filepath.Join(escaped(r.Data), restorePattern))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// there are the files of a Moorage in the data folder.
func (r Restorer) there() ([]string, error) {
	var found []string
	for _, pattern := range []string{mainName + "*", logsName + "*"} {
		names, err := filepath.Glob(filepath.Join(escaped(r.Data), pattern))
		if err != nil {
			return nil, err
		}
		found = append(found, names...)
	}
	return found, nil
}

// escaped is a path in which nothing is a pattern.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
