package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// aside moves what was there into a folder beside it. The write-ahead logs go
// along: they are a part of their database.
func (r Restorer) aside(there []string) (string, error) {
	if len(there) == 0 {
		return "", nil
	}
	folder := filepath.Join(r.Data, "replaced-"+r.Now().UTC().Format("2006-01-02T150405Z"))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", fmt.Errorf("keep what is there: %w", err)
	}
	for _, path := range there {
		if err := os.Rename(path, filepath.Join(folder, filepath.Base(path))); err != nil {
			return folder, fmt.Errorf("keep what is there: %w", err)
		}
	}
	return folder, errors.Join(syncFolder(folder), syncFolder(r.Data))
}

// place puts what was restored where it belongs. The database itself comes
// last: until then there is no Moorage in the folder, and restore can be run
// again.
func (r Restorer) place(dir, key string) error {
	if key != "" {
		if err := r.placeKey(key); err != nil {
			return fmt.Errorf("put the master key into place: %w", err)
		}
	}
	for _, name := range []string{logsName, mainName} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(r.Data, name)); err != nil {
			return fmt.Errorf("put %s into place: %w", name, err)
		}
		if err := syncFolder(r.Data); err != nil {
			return err
		}
	}
	return nil
}

// placeKey copies the key. One that is there already is kept beside it.
func (r Restorer) placeKey(from string) error {
	key, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	folder := filepath.Dir(r.KeyFile)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(folder, partPattern)
	if err != nil {
		return err
	}
	if _, err := part.Write(key); err != nil {
		return errors.Join(err, discard(part))
	}
	if err := part.Sync(); err != nil {
		return errors.Join(err, discard(part))
	}
	err = os.Link(r.KeyFile, r.KeyFile+".replaced-"+r.Now().UTC().Format("2006-01-02T150405Z"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, discard(part))
	}
	return settle(part, r.KeyFile)
}
