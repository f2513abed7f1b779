package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"moorage"
)

// Maker makes backups of one Moorage.
type Maker struct {
	DB      database
	Inspect Inspect
	Key     func() (id string, key []byte, err error) // the master key; its id is "" when there is none
	Version string                                    // of the program
	Work    string                                    // folder for copies, swept at the next start
	Now     func() time.Time
	Free    func(folder string) (int64, error) // bytes that may be written there; nil: asks the file system
}

// reserve stays free on each disk, so that a backup never is what fills it.
const reserve = 256 << 20 // bytes

// Create makes a backup and verifies it: the copies are opened, every page and
// every reference read, and the file is read back. Only then does it get its
// name; whatever happens before, there is none of that name, or the old one.
func (m Maker) Create(ctx context.Context, path string, withKey bool) (moorage.Backup, error) {
	made, err := m.create(ctx, path, withKey)
	if err != nil {
		return made, fmt.Errorf("back up: %w", err)
	}
	return made, nil
}

func (m Maker) create(ctx context.Context, path string, withKey bool) (made moorage.Backup, err error) {
	dir, about, err := m.copies(ctx, withKey)
	if dir != "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err != nil {
		return made, err
	}
	if err := m.room(filepath.Dir(path), about.size()); err != nil {
		return made, err
	}
	part, err := os.CreateTemp(filepath.Dir(path), partPattern)
	if err != nil {
		return made, errFolder(filepath.Dir(path), err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, discard(part))
		}
	}()
	if err := pack(ctx, part, about, dir); err != nil {
		return made, errFolder(filepath.Dir(path), err)
	}
	if made, err = m.verified(ctx, part, filepath.Base(path)); err != nil {
		return made, err
	}
	if err := m.writeDown(ctx, made); err != nil {
		return made, err
	}
	return made, settle(part, path)
}

// Stream makes a backup onto a writer, such as a pipe to another machine. The
// copies are verified; what becomes of the stream is the reader's.
func (m Maker) Stream(ctx context.Context, w io.Writer, withKey bool) (err error) {
	dir, about, err := m.copies(ctx, withKey)
	if dir != "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := m.writeDown(ctx, about.about("a stream", about.size())); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := pack(ctx, w, about, dir); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// copies puts the members into a folder of their own and checks them. The
// folder is the caller's to remove, also after an error.
func (m Maker) copies(ctx context.Context, withKey bool) (dir string, about manifest, err error) {
	size, err := m.DB.Size()
	if err != nil {
		return "", about, err
	}
	if err := os.MkdirAll(m.Work, 0o700); err != nil {
		return "", about, fmt.Errorf("make the work folder: %w", err)
	}
	if err := m.room(m.Work, size); err != nil {
		return "", about, err
	}
	if dir, err = os.MkdirTemp(m.Work, "backup-"); err != nil {
		return "", about, err
	}
	about = manifest{Format: format, Version: m.Version, MadeAt: m.Now().UTC().Truncate(time.Second)}
	if err := m.DB.Snapshot(ctx, dir); err != nil {
		return dir, about, err
	}
	held, err := m.Inspect(ctx, dir)
	if err != nil {
		return dir, about, err
	}
	names := []string{mainName, logsName}
	id, key, err := m.Key()
	if err != nil {
		return dir, about, err
	}
	if withKey {
		if err := os.WriteFile(filepath.Join(dir, keyName), key, 0o600); err != nil {
			return dir, about, err
		}
		names = append(names, keyName)
	}
	about.Home, about.KeyID, about.Schema = held.Home, id, held.Schema
	about.Audit = auditHead{held.Audit.Entries, hex.EncodeToString(held.Audit.Head)}
	about.Files, err = measure(ctx, dir, held.Rows, names...)
	return dir, about, err
}

// verified reads the file back as restore would, and presses it onto the disk.
func (m Maker) verified(ctx context.Context, part *os.File, name string) (moorage.Backup, error) {
	size, err := part.Seek(0, io.SeekCurrent)
	if err != nil {
		return moorage.Backup{}, err
	}
	if err := part.Sync(); err != nil {
		return moorage.Backup{}, fmt.Errorf("write the file: %w", err)
	}
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return moorage.Backup{}, err
	}
	about, err := unpack(ctx, part, "")
	if err != nil {
		return moorage.Backup{}, fmt.Errorf("read the file back: %w", err)
	}
	return about.about(name, size), nil
}

func (m Maker) writeDown(ctx context.Context, b moorage.Backup) error {
	return m.DB.Audit(ctx, moorage.Deed{
		Act: moorage.ActBackup, Target: moorage.Target{Kind: "backup", ID: b.Name, Name: b.Name},
		Details: map[string]string{"bytes": strconv.FormatInt(b.Size, 10), "rows": strconv.FormatInt(b.Rows, 10), "with the key": strconv.FormatBool(b.WithKey)},
	})
}

func (m manifest) size() (sum int64) {
	for _, f := range m.Files {
		sum += f.Size
	}
	return sum
}
