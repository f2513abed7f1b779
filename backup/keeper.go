package backup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"moorage"
)

// Keeper makes a backup each night into one folder, and keeps the newest.
type Keeper struct {
	Maker  Maker
	Folder string // "": it keeps nothing
	Keep   int    // how many
	Minute int    // of the night: see NightMinute
	Log    *slog.Logger

	making sync.Mutex // held while a backup is made

	mu      sync.Mutex
	began   time.Time // Run
	trouble error     // of the last attempt; nil when it went well
	tried   time.Time // the last attempt that failed
}

// Names of backups sort by time.
const (
	namePrefix = "moorage-"
	nameTime   = "2006-01-02T150405Z"
	nameSuffix = ".tar.gz"
)

// FileName is what a backup of this moment is called.
func FileName(at time.Time) string { return namePrefix + at.UTC().Format(nameTime) + nameSuffix }

// timeOf reads the time out of a name that FileName made; the zero time for
// all others.
func timeOf(name string) time.Time {
	at, err := time.Parse(nameTime, strings.TrimSuffix(strings.TrimPrefix(name, namePrefix), nameSuffix))
	if err != nil || FileName(at) != name {
		return time.Time{}
	}
	return at
}

// Now makes a backup in the folder and verifies it; then the oldest beyond
// those that are kept go. Conflict while another one is made.
func (k *Keeper) Now(ctx context.Context) (moorage.Backup, error) {
	if k.Folder == "" {
		return moorage.Backup{}, moorage.Errorf(moorage.Conflict, "Backups are switched off by MOORAGE_BACKUPS.").
			Try("Run “moorage backup <file>”, or name a folder there and start again.")
	}
	if !k.making.TryLock() {
		return moorage.Backup{}, moorage.Errorf(moorage.Conflict, "A backup is being made already.").Try("Look again in a moment.")
	}
	defer k.making.Unlock()
	made, err := k.make(ctx)
	k.note(err)
	if err != nil {
		return made, err
	}
	k.Log.InfoContext(ctx, "Backed up", "file", made.Name, "bytes", made.Size, "rows", made.Rows)
	if err := k.prune(); err != nil {
		k.Log.WarnContext(ctx, "Old backups not removed", "err", err)
	}
	return made, nil
}

func (k *Keeper) make(ctx context.Context) (moorage.Backup, error) {
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return moorage.Backup{}, moorage.Errorf(moorage.Unavailable, "The folder for backups cannot be made.").
			Try("Let Moorage's user write to %s, or name another one with MOORAGE_BACKUPS.", filepath.Dir(k.Folder)).Because(err)
	}
	path := filepath.Join(k.Folder, FileName(k.Maker.Now()))
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return moorage.Backup{}, errors.Join(err, moorage.Errorf(moorage.Conflict, "There is a backup of this second already."))
	}
	return k.Maker.Create(ctx, path, false)
}

func (k *Keeper) note(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trouble, k.tried = err, time.Time{}
	if err != nil {
		k.tried = k.Maker.Now()
	}
}

// prune removes what is beyond the newest, and what a crash has left.
func (k *Keeper) prune() error {
	names, err := k.names()
	if err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(escaped(k.Folder), partPattern))
	if err != nil {
		return err
	}
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && k.Maker.Now().Sub(info.ModTime()) < 24*time.Hour {
			continue // somebody on the command line may be writing it
		}
		err = errors.Join(err, os.Remove(path))
	}
	for _, name := range names[min(k.Keep, len(names)):] {
		err = errors.Join(err, os.Remove(filepath.Join(k.Folder, name)))
	}
	return err
}

// names are the backups in the folder, newest first.
func (k *Keeper) names() ([]string, error) {
	entries, err := os.ReadDir(k.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !timeOf(e.Name()).IsZero() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, err
}

// maxListed bounds how many backups are opened for a list.
const maxListed = 200

// List describes the backups in the folder, newest first.
func (k *Keeper) List(ctx context.Context) ([]moorage.Backup, error) {
	if k.Folder == "" {
		return nil, nil
	}
	names, err := k.names()
	var list []moorage.Backup
	for _, name := range names[:min(maxListed, len(names))] {
		list = append(list, describe(ctx, k.Folder, name))
	}
	return list, err
}

// describe reads the manifest of a backup, and no more.
func describe(ctx context.Context, folder, name string) moorage.Backup {
	unknown := moorage.Backup{Name: name, MadeAt: timeOf(name)}
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		unknown.Damaged = "It cannot be read."
		return unknown
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		unknown.Size = info.Size()
	}
	_, _, m, err := begin(ctx, f)
	if err != nil {
		unknown.Damaged = moorage.ErrorMessage(err)
		return unknown
	}
	return m.about(name, unknown.Size)
}

// Open opens a backup of the folder by name, and writes down that somebody
// takes it away.
func (k *Keeper) Open(ctx context.Context, name string) (*os.File, error) {
	absent := moorage.Errorf(moorage.NotFound, "There is no such backup.")
	if k.Folder == "" || timeOf(name).IsZero() {
		return nil, absent
	}
	f, err := os.Open(filepath.Join(k.Folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, absent
	}
	if err != nil {
		return nil, err
	}
	if err := k.Maker.DB.Audit(ctx, moorage.Deed{Act: moorage.ActBackupDownload, Target: moorage.Target{Kind: "backup", ID: name, Name: name}}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
