package backup

import (
	"context"
	"hash/fnv"
	"time"

	"moorage"
)

const (
	nightBegins = 2 * 60 // minutes after midnight, local time
	nightLasts  = 3 * 60 // minutes
	firstAfter  = time.Hour
	againAfter  = time.Hour // a failure
	lookEvery   = time.Hour // at the clock: it may jump, or the machine sleep
)

// NightMinute is when a Moorage makes its backups: between two and five, each
// at another minute, so that many on one disk do not begin at once.
func NightMinute(home string) int {
	h := fnv.New32a()
	h.Write([]byte(home)) // never fails
	return nightBegins + int(h.Sum32()%nightLasts)
}

// Run makes a backup whenever one is due, until the context ends. What is due
// follows from the newest backup in the folder, so that restarts change
// nothing.
func (k *Keeper) Run(ctx context.Context) {
	if k.Folder == "" {
		return
	}
	k.mu.Lock()
	k.began = k.Maker.Now()
	k.mu.Unlock()
	for {
		wait := min(k.next().Sub(k.Maker.Now()), lookEvery)
		if wait <= 0 {
			if _, err := k.Now(ctx); err != nil {
				k.Log.ErrorContext(ctx, "Not backed up", "err", err)
			}
			wait = time.Minute // also when another one is being made
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// State says how it stands.
func (k *Keeper) State() moorage.BackupState {
	s := moorage.BackupState{Folder: k.Folder, Keep: k.Keep}
	if k.Folder != "" {
		s.Next = k.next()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.Trouble = k.trouble
	return s
}

// next is when the next backup is due. A folder that cannot be read is tried
// as if it were empty: the attempt then says what is wrong.
func (k *Keeper) next() time.Time {
	names, err := k.names()
	var newest time.Time
	for _, name := range names {
		if at := timeOf(name); err == nil && !at.After(k.Maker.Now()) { // of a clock that was ahead: not ours to wait for
			newest = at.In(k.Maker.Now().Location())
			break
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	at := due(newest, k.began, k.Minute)
	if again := k.tried.Add(againAfter); !k.tried.IsZero() && again.After(at) {
		return again
	}
	return at
}

// due is the night after the newest backup. It may be past, when the machine
// was off: then it is due at once. Without any it is the coming night, or an
// hour after the start on a machine that is off at night.
func due(newest, began time.Time, minute int) time.Time {
	if newest.IsZero() {
		night := nightAfter(began, minute)
		if soon := began.Add(firstAfter); soon.Before(night) {
			return soon
		}
		return night
	}
	return nightAfter(newest, minute)
}

// nightAfter is the first of these minutes after a moment, in its zone.
func nightAfter(t time.Time, minute int) time.Time {
	night := time.Date(t.Year(), t.Month(), t.Day(), 0, minute, 0, 0, t.Location())
	if !night.After(t) {
		night = time.Date(t.Year(), t.Month(), t.Day()+1, 0, minute, 0, 0, t.Location())
	}
	return night
}
