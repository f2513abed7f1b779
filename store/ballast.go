package store

import (
	"errors"
	"os"

	"moorage/disk"
)

// ballastSize is enough for the transactions that delete what filled the disk.
const ballastSize = 16 << 20

// ballast is a file that takes up room until there is none: on a full disk
// SQLite cannot even delete.
type ballast struct{ path string }

// Reserve takes up the room, if there is a good deal more. It is for the process
// that serves: others only look.
func (db *DB) Reserve() error {
	path := db.ballast.path
	if has, err := os.Stat(path); err == nil && has.Size() == ballastSize {
		return nil
	}
	free, err := disk.Free(db.main.folder())
	if err != nil || free < 4*ballastSize {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	chunk := make([]byte, 1<<20) // written, not left out: a hole takes up nothing
	for range ballastSize / len(chunk) {
		if _, err = f.Write(chunk); err != nil {
			break
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// drop gives the room back, and reports whether there was any. The next start
// takes it up again.
func (b ballast) drop() bool {
	return os.Remove(b.path) == nil
}
