package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"moorage"
	"moorage/backup"
	"moorage/secrets"
	"moorage/store"
)

const backupHelp = `Writes everything that Moorage knows into one file: people, servers, variables,
deployments and their logs. Moorage may be running meanwhile. The copy is opened
and checked before the file gets its name; - writes it to stdout. The master key
is not in it: without the key, nobody who gets hold of the file reads a secret.
Keep the key elsewhere, or let --with-key put it in. Images stay in the engine.

Examples:
  moorage backup /mnt/backups/moorage.tar.gz
  moorage backup --with-key - | gpg --encrypt --recipient me > moorage.tar.gz.gpg`

// backUp makes a backup of a data folder, beside a running Moorage or without.
func backUp(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "backup")
	withKey := flags.Bool("with-key", false, "put the master key into the file, which then opens every secret in it")
	readSettings := settingFlags(flags, p.getenv)
	found, err := flags.parse(args)
	if err != nil {
		return err
	}
	config, err := readSettings()
	if err != nil {
		return err
	}
	if !begun(config.Data) {
		return errNotBegun(config)
	}
	db, err := store.Open(ctx, config.Data, config.Failpoints.Now, config.Failpoints.Reach)
	if err != nil {
		return err
	}
	maker := makerOf(config, db)
	if found[0] == "-" {
		return errors.Join(maker.Stream(ctx, p.stdout, *withKey), db.Close())
	}
	made, err := maker.Create(ctx, target(found[0], maker), *withKey)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return sayBackedUp(p, config, made)
}

// target is the file that is meant: in a folder, one named after the moment.
func target(path string, m backup.Maker) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, backup.FileName(m.Now()))
	}
	return path
}

func sayBackedUp(p process, config Config, made moorage.Backup) error {
	key := fmt.Sprintf("The master key is not in it. Keep a copy of %s in another place: without it, no secret of the backup can be opened.", config.MasterKeyFile)
	if made.WithKey {
		key = "The master key is in it: who has this file has every secret."
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %d rows, %d bytes, verified.\n%s\n", made.Name, made.Rows, made.Size, key)
	return err
}

// makerOf is what makes backups of a data folder.
func makerOf(config Config, db *store.DB) backup.Maker {
	return backup.Maker{
		DB: db, Inspect: store.Inspect, Version: buildVersion(), Work: filepath.Join(config.Data, "work"), Now: config.Failpoints.Now,
		Key: func() (string, []byte, error) {
			id, key, err := secrets.ReadKey(config.MasterKeyFile)
			if errors.Is(err, fs.ErrNotExist) {
				return "", nil, nil // nothing was ever sealed
			}
			return id, key, err
		},
	}
}

// keeperOf makes the backups of every night.
func (a *app) keeperOf(home string) *backup.Keeper {
	return &backup.Keeper{
		Maker: makerOf(a.config, a.db), Folder: a.config.Backups, Keep: a.config.BackupKeep, Minute: backup.NightMinute(home), Log: a.log,
	}
}
