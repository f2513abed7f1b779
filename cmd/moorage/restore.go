package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"moorage"
	"moorage/backup"
	"moorage/secrets"
	"moorage/store"
)

const restoreHelp = `Makes a data folder out of a backup. The whole file is verified first, its
databases are opened, and a backup of an older Moorage is brought up to date.
The data folder has to be empty, or --replace keeps what is there beside it, and
no Moorage may be running on it. --check verifies a backup and changes nothing.

Examples:
  moorage restore --check moorage.tar.gz
  moorage restore moorage.tar.gz --data /var/lib/moorage --key /safe/master.key
  moorage restore moorage.tar.gz --replace`

// restore makes a data folder out of a backup.
func restore(ctx context.Context, p process, args []string) (err error) {
	flags := newFlags(p, "restore")
	var how backup.How
	flags.BoolVar(&how.Replace, "replace", false, "keep what is in the data folder aside and restore over it")
	flags.StringVar(&how.Key, "key", "", "the `file` of the master key, which is copied into place")
	flags.BoolVar(&how.WithoutKey, "without-key", false, "the master key is lost: what is sealed has to be set again")
	check := flags.Bool("check", false, "verify the backup and change nothing")
	readSettings := settingFlags(flags, p.getenv)
	found, err := flags.parse(args)
	if err != nil {
		return err
	}
	config, err := readSettings()
	if err != nil {
		return err
	}
	restorer := restorerOf(config)
	if *check {
		about, err := restorer.Verify(ctx, found[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s is whole: %d rows, made at %s by Moorage %s. Its master key is %s.\n",
			about.Name, about.Rows, about.MadeAt.Format(time.RFC3339), about.Version, keyOf(about))
		return err
	}
	release, err := holdData(config.Data, time.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	done, err := restorer.Restore(ctx, found[0], how)
	if err != nil {
		return err
	}
	return sayRestored(p, config, done)
}

func restorerOf(config Config) backup.Restorer {
	return backup.Restorer{
		Data: config.Data, KeyFile: config.MasterKeyFile, Inspect: store.Inspect, Now: config.Failpoints.Now,
		KeyID: func(path string) (string, error) { id, _, err := secrets.ReadKey(path); return id, err },
		Adopt: func(ctx context.Context, dir string, d moorage.Deed) error {
			db, err := store.Open(ctx, dir, config.Failpoints.Now)
			if err != nil {
				return err
			}
			return errors.Join(db.Audit(ctx, d), db.Close())
		},
	}
}

func keyOf(b moorage.Backup) string {
	switch {
	case b.KeyID == "":
		return "not known"
	case b.WithKey:
		return b.KeyID + ", which is in it"
	}
	return b.KeyID + ", which is not in it"
}

func sayRestored(p process, config Config, done backup.Restored) error {
	fmt.Fprintf(p.stdout, "%s is restored to %s: %d rows, as of %s.\n%s\n", done.Backup.Name, config.Data, done.Backup.Rows, done.Backup.MadeAt.Format(time.RFC3339), done.Key)
	if done.Aside != "" {
		fmt.Fprintf(p.stdout, "What was there before is in %s.\n", done.Aside)
	}
	_, err := fmt.Fprintln(p.stdout, "Start it with moorage serve.")
	return err
}
