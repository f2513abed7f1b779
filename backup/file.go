package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"moorage"
	"moorage/disk"
)

// partPattern names what is being written, in the folder where it will stand.
const partPattern = ".moorage-*.part"

// settle gives a file its name, so that after a crash there is all of it or
// none. It closes the file.
func settle(part *os.File, path string) error {
	if err := part.Close(); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("name the file: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// discard removes a file that came to nothing.
func discard(part *os.File) error {
	err := part.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if gone := os.Remove(part.Name()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// room refuses what would fill a disk.
func (m Maker) room(folder string, bytes int64) error {
	ask := m.Free
	if ask == nil {
		ask = disk.Free
	}
	has, err := ask(folder)
	if err != nil {
		return errFolder(folder, err)
	}
	if needs := bytes + reserve; has < needs {
		return moorage.Errorf(moorage.Unavailable, "There is no room for a backup in %s: %d MB are free, and %d MB are needed.", folder, has>>20, needs>>20).
			Try("Free some space, or name another folder with MOORAGE_BACKUPS. The backups that there are stay.")
	}
	return nil
}

func errFolder(folder string, cause error) error {
	if errors.Is(cause, syscall.ENOSPC) {
		return moorage.Errorf(moorage.Unavailable, "The disk of %s is full.", folder).
			Try("Free some space, or name another folder. The backups that there are stay.").Because(cause)
	}
	return moorage.Errorf(moorage.Unavailable, "No backup can be written to %s.", folder).
		Try("Name a folder that is there and that Moorage's user may write to.").Because(cause)
}
