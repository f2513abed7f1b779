package backup

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"moorage"
)

var berlin = time.FixedZone("CET", 3600)

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, berlin)
}

func TestABackupIsDueTheNightAfterTheNewest(t *testing.T) {
	const minute = 3*60 + 10
	for _, tt := range []struct {
		name                string
		newest, began, want time.Time
	}{
		{"made by day", at(20, 15, 0), at(20, 8, 0), at(21, 3, 10)},
		{"made this night", at(20, 3, 10), at(20, 3, 10), at(21, 3, 10)},
		{"made before it, this night", at(20, 2, 59), at(20, 8, 0), at(20, 3, 10)},
		{"the machine was off: due at once", at(17, 3, 10), at(20, 8, 0), at(18, 3, 10)},
		{"none, by day", time.Time{}, at(20, 8, 0), at(20, 9, 0)},
		{"none, shortly before", time.Time{}, at(20, 3, 0), at(20, 3, 10)},
	} {
		if got := due(tt.newest, tt.began, minute); !got.Equal(tt.want) {
			t.Errorf("%s: due %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestEachMoorageHasItsMinuteOfTheNight(t *testing.T) {
	seen := map[int]bool{}
	for _, home := range []string{"", "a", "b", "c", "0123456789abcdef"} {
		minute := NightMinute(home)
		if minute < 2*60 || minute >= 5*60 || minute != NightMinute(home) {
			t.Errorf("%q: minute %d", home, minute)
		}
		seen[minute] = true
	}
	if len(seen) < 4 {
		t.Errorf("only the minutes %v", seen)
	}
}

// paper is a database of empty files.
type paper struct {
	full bool
	made []time.Time
}

func (p *paper) Size() (int64, error)                      { return 0, nil }
func (p *paper) Audit(context.Context, moorage.Deed) error { return nil }
func (p *paper) contents() moorage.Contents {
	return moorage.Contents{Rows: map[string]map[string]int64{}, Schema: map[string]int64{}}
}

func (p *paper) Snapshot(_ context.Context, dir string) error {
	if p.full {
		return moorage.Errorf(moorage.Unavailable, "The disk is full.")
	}
	p.made = append(p.made, time.Now())
	for _, name := range []string{mainName, logsName} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newPaper(t *testing.T) (*Keeper, *paper) {
	p := new(paper)
	return &Keeper{
		Folder: filepath.Join(t.TempDir(), "backups"), Keep: 2, Minute: 180, Log: slog.New(slog.DiscardHandler),
		Maker: Maker{
			DB: p, Work: t.TempDir(), Now: time.Now, Free: func(string) (int64, error) { return 1 << 40, nil },
			Inspect: func(context.Context, string) (moorage.Contents, error) { return p.contents(), nil },
			Key:     func() (string, []byte, error) { return "", nil, nil },
		},
	}, p
}

// run keeps for as long, and then stops.
func run(t *testing.T, k *Keeper, d time.Duration) {
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	k.Run(ctx)
}

func TestOneIsMadeEachNightAcrossRestarts(t *testing.T) {
	folder, work := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) { // begins at midnight, UTC
		k, p := newPaper(t)
		k.Folder, k.Maker.Work = folder, work
		run(t, k, 30*time.Minute)
		if len(p.made) != 0 {
			t.Fatalf("made at %v, before its time", p.made)
		}
		run(t, k, 4*24*time.Hour)
		run(t, k, 2*time.Hour)         // a restart by day
		time.Sleep(3 * 24 * time.Hour) // the machine is off
		run(t, k, 10*time.Minute)
		if len(p.made) != 6 {
			t.Fatalf("made at %v", p.made)
		}
		for _, made := range p.made[1:4] {
			if made.UTC().Hour() != 3 || made.Minute() != 0 {
				t.Errorf("made at %s", made)
			}
		}
		if names, err := k.names(); err != nil || len(names) != 2 {
			t.Errorf("%q are kept: %v", names, err)
		}
	})
}

func TestAFailureIsTriedAgainEachHour(t *testing.T) {
	folder, work := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k, p := newPaper(t)
		k.Folder, k.Maker.Work, p.full = folder, work, true
		run(t, k, 5*time.Hour+time.Minute)
		if k.State().Trouble == nil || !k.State().Next.After(time.Now()) {
			t.Errorf("%+v", k.State())
		}
		p.full = false
		run(t, k, 2*time.Hour)
		if len(p.made) != 1 || k.State().Trouble != nil {
			t.Errorf("made %v, %v", p.made, k.State().Trouble)
		}
	})
}

func TestABackupOfAClockThatWasAheadIsNotWaitedFor(t *testing.T) {
	k, _ := newPaper(t)
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	now := at(20, 15, 0)
	k.Maker.Now = func() time.Time { return now }
	for _, made := range []time.Time{now.AddDate(1, 0, 0), now.Add(-time.Hour)} {
		if err := os.WriteFile(filepath.Join(k.Folder, FileName(made)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if next := k.next(); !next.Equal(at(21, 3, 0)) {
		t.Errorf("due %s", next)
	}
}
