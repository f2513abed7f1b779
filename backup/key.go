package backup

import (
	"errors"
	"io/fs"
	"path/filepath"

	"moorage"
)

// key finds the master key that opens what is sealed in the backup. The file
// has to be copied to KeyFile; it is "" when the right key is there already.
func (r Restorer) key(dir string, about moorage.Backup, how How) (file, says string, err error) {
	if about.KeyID == "" {
		return "", "The backup was made without a master key: one is made at the next start.", nil
	}
	if how.Key != "" {
		return r.givenKey(about, how.Key)
	}
	there, err := r.idOf(r.KeyFile)
	switch {
	case err != nil:
		return "", "", err
	case there == about.KeyID:
		return "", "The master key is the one in " + r.KeyFile + ".", nil
	case about.WithKey:
		return filepath.Join(dir, keyName), "The master key came with the backup.", nil
	case how.WithoutKey:
		return "", "Without the master key, secret variables and the connection to GitHub have to be set again.", nil
	case there != "":
		return "", "", errOtherKey(r.KeyFile, there, about.KeyID)
	}
	return "", "", moorage.Errorf(moorage.NotFound, "The secrets in this backup are sealed with the master key %s, which is not here.", about.KeyID).
		Try("Copy the key file of the Moorage that was backed up to %s, or name it with --key. If it is lost, --without-key restores the rest.", r.KeyFile)
}

func (r Restorer) givenKey(about moorage.Backup, path string) (file, says string, err error) {
	id, err := r.KeyID(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", moorage.Errorf(moorage.NotFound, "There is no master key in %s.", path).Try("Check the name of the file.").Because(err)
	case err != nil:
		return "", "", err
	case id != about.KeyID:
		return "", "", errOtherKey(path, id, about.KeyID)
	}
	if there, err := r.idOf(r.KeyFile); err != nil || there == id {
		return "", "The master key is the one in " + r.KeyFile + ".", err
	}
	return path, "The master key was copied from " + path + ".", nil
}

// idOf is the id of a key file, "" when there is none.
func (r Restorer) idOf(path string) (string, error) {
	id, err := r.KeyID(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return id, err
}

func errOtherKey(path, id, wanted string) error {
	return moorage.Errorf(moorage.Conflict, "The master key %s is another one (%s) than the backup needs (%s).", path, id, wanted).
		Try("Name the right key file with --key. If it is lost, --without-key restores the rest.")
}
