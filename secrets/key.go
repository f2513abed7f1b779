package secrets

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"moorage"
)

// keySize is the length of the master key, which its file holds as it is.
const keySize = 32

// OpenBox reads the master key from a file. When there is none it makes one,
// readable by its owner only, in a folder that it makes too if only that one
// is missing. A file that others may read, or of another length, is refused
// with a sentence.
func OpenBox(path string) (*Box, error) {
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if key, err = makeKey(path); errors.Is(err, fs.ErrExist) {
			key, err = readKey(path) // somebody else was faster
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the master key: %w", err)
	}
	return newBox(key)
}

// ReadBox opens the box with the master key that there is, and makes none. The
// error is fs.ErrNotExist when there is none.
func ReadBox(path string) (*Box, error) {
	key, err := readKey(path)
	if err != nil {
		return nil, fmt.Errorf("open the master key: %w", err)
	}
	return newBox(key)
}

// ReadKey returns the master key in a file, and the name by which sealed values
// know it. fs.ErrNotExist is in the chain when there is no such file.
func ReadKey(path string) (id string, key []byte, err error) {
	if key, err = readKey(path); err != nil {
		return "", nil, fmt.Errorf("read the master key: %w", err)
	}
	box, err := newBox(key)
	if err != nil {
		return "", nil, err
	}
	return hex.EncodeToString(box.header[1:]), key, nil
}

func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, moorage.Errorf(moorage.Invalid, "The master key %s is not a file.", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, moorage.Errorf(moorage.Invalid, "The master key %s can be read by others (its mode is %04o).", path, info.Mode().Perm()).
			Try("Run: chmod 600 %s", path)
	}
	key, err := io.ReadAll(io.LimitReader(f, keySize+1))
	if err != nil {
		return nil, err
	}
	if len(key) != keySize {
		return nil, moorage.Errorf(moorage.Invalid, "The master key %s is %d bytes long instead of %d.", path, info.Size(), keySize).
			Try("Put the right file back. If nothing was sealed with it yet, remove it: a new one is made.")
	}
	return key, nil
}

func makeKey(path string) ([]byte, error) {
	folder := filepath.Dir(path)
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = f.Write(key)
	// What is sealed with the key must not outlive it, so it is on the disk first.
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return key, nil
}

func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
