package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"moorage"
	"moorage/backup"
)

// clock is a time that stands until a test moves it.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newKeeper(t *testing.T, h *home) (*backup.Keeper, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)}
	maker := h.maker()
	maker.Now = c.Now
	return &backup.Keeper{Maker: maker, Folder: filepath.Join(h.dir, "backups"), Keep: 3, Minute: 150, Log: quiet}, c
}

func TestTheNewestAreKeptAndNothingElseIsTouched(t *testing.T) {
	h := newHome(t)
	k, c := newKeeper(t, h)
	must(t, os.Mkdir(k.Folder, 0o700))
	strangers := []string{"moorage-2026.tar.gz", "moorage-2026-11-20T220000Z.tar.gz.bak", "notes.txt", "moorage-2026-01-01T000000Z.tar.gzx"}
	for _, name := range strangers {
		must(t, os.WriteFile(filepath.Join(k.Folder, name), nil, 0o600))
	}
	fresh, stale := filepath.Join(k.Folder, ".moorage-1.part"), filepath.Join(k.Folder, ".moorage-2.part")
	must(t, os.WriteFile(fresh, nil, 0o600))
	must(t, os.WriteFile(stale, nil, 0o600))
	must(t, os.Chtimes(fresh, c.now, c.now))
	must(t, os.Chtimes(stale, c.now, c.now.Add(-25*time.Hour)))
	var made []string
	for range 5 {
		b, err := k.Now(t.Context())
		must(t, err)
		made = append(made, b.Name)
		c.now = c.now.Add(time.Hour)
	}
	want := append([]string{".moorage-1.part"}, strangers...)
	want = append(want, made[2:]...)
	slices.Sort(want)
	if got := files(t, k.Folder); !slices.Equal(got, want) {
		t.Errorf("the folder holds\n%q, want\n%q", got, want)
	}
	list, err := k.List(t.Context())
	must(t, err)
	if len(list) != 3 || list[0].Name != made[4] || list[0].Damaged != "" || list[0].Rows == 0 || list[0].KeyID == "" {
		t.Errorf("%+v", list)
	}
}

func TestTheOldStayWhenTheNewOneFails(t *testing.T) {
	h := newHome(t)
	k, c := newKeeper(t, h)
	k.Keep = 1
	good, err := k.Now(t.Context())
	must(t, err)
	for name, fail := range map[string]func(*backup.Maker){
		"no room": func(m *backup.Maker) { m.Free = func(string) (int64, error) { return 1 << 20, nil } },
		"no room for the file": func(m *backup.Maker) {
			m.Free = func(folder string) (int64, error) { return map[bool]int64{true: 1 << 40}[folder == m.Work], nil }
		},
		"no key": func(m *backup.Maker) {
			m.Key = func() (string, []byte, error) { return "", nil, errors.New("unreadable") }
		},
	} {
		broken := k.Maker
		c.now = c.now.Add(time.Hour)
		fail(&broken)
		failing := &backup.Keeper{Maker: broken, Folder: k.Folder, Keep: 1, Log: quiet}
		if _, err := failing.Now(t.Context()); err == nil || failing.State().Trouble == nil {
			t.Errorf("%s: %v, %v", name, err, failing.State().Trouble)
		}
		if got := files(t, k.Folder); !slices.Equal(got, []string{good.Name}) {
			t.Errorf("%s: the folder holds %q", name, got)
		}
		if left := files(t, broken.Work); len(left) > 0 {
			t.Errorf("%s left %q", name, left)
		}
	}
	k.Maker.Free = func(string) (int64, error) { return 1 << 20, nil }
	c.now = c.now.Add(time.Hour)
	_, err = k.Now(t.Context())
	wantRefusal(t, err, moorage.Unavailable, "There is no room for a backup")
	k.Maker.Free = nil
	_, err = k.Now(t.Context())
	must(t, err)
	if k.State().Trouble != nil {
		t.Error("what went well is still trouble")
	}
}

func TestABackupThatCannotBeWrittenDownIsNotMade(t *testing.T) {
	h := newHome(t)
	k, _ := newKeeper(t, h)
	h.sql(`CREATE TRIGGER no_room BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	if _, err := k.Now(t.Context()); err == nil {
		t.Error("it was made")
	}
	if got := files(t, k.Folder); len(got) > 0 {
		t.Errorf("the folder holds %q", got)
	}
}

func TestADamagedDatabaseIsNotBackedUpOverAGoodOne(t *testing.T) {
	h := newHome(t)
	k, c := newKeeper(t, h)
	good, err := k.Now(t.Context())
	must(t, err)
	c.now = c.now.Add(time.Hour)
	h.sql(`PRAGMA foreign_keys = 0; INSERT INTO offers (server_id, kind, name, position, object, hash, first_seen_at, changed_at) VALUES ('srv_gone', 'tool', 'x', 1, '{}', '', 0, 0)`)
	_, err = k.Now(t.Context())
	wantRefusal(t, err, moorage.Invalid, "refer to others that are not there")
	if got := files(t, k.Folder); !slices.Equal(got, []string{good.Name}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestWhoTakesABackupAwayIsWrittenDown(t *testing.T) {
	h := newHome(t)
	k, _ := newKeeper(t, h)
	made, err := k.Now(t.Context())
	must(t, err)
	ctx := moorage.WithActor(t.Context(), moorage.Actor{Means: moorage.MeansSession, Login: "ada"})
	f, err := k.Open(ctx, made.Name)
	must(t, err)
	must(t, f.Close())
	last, err := h.db.AuditEntries(t.Context(), moorage.AuditFilter{Limit: 2})
	must(t, err)
	if last[0].Act != moorage.ActBackupDownload || last[0].Target.Name != made.Name || last[0].Actor.Login != "ada" || last[1].Act != moorage.ActBackup {
		t.Errorf("%+v", last)
	}
	for _, name := range []string{"", "..", "../moorage.db", "moorage.db", backup.FileName(time.Now()), "../" + made.Name, filepath.Join(k.Folder, made.Name)} {
		_, err := k.Open(ctx, name)
		wantRefusal(t, err, moorage.NotFound, "There is no such backup.")
	}
}

func TestSwitchedOffItMakesNothing(t *testing.T) {
	k, _ := newKeeper(t, newHome(t))
	k.Folder = ""
	k.Run(t.Context()) // returns
	_, err := k.Now(t.Context())
	wantRefusal(t, err, moorage.Conflict, "switched off")
	if s := k.State(); s.Folder != "" || !s.Next.IsZero() {
		t.Errorf("%+v", s)
	}
	_, err = k.Open(t.Context(), backup.FileName(time.Now()))
	wantRefusal(t, err, moorage.NotFound, "There is no such backup.")
}

func TestADamagedBackupIsListedAsSuch(t *testing.T) {
	k, c := newKeeper(t, newHome(t))
	must(t, os.Mkdir(k.Folder, 0o700))
	must(t, os.WriteFile(filepath.Join(k.Folder, backup.FileName(c.now)), []byte("nothing"), 0o600))
	list, err := k.List(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].Damaged == "" || list[0].Size != 7 || !list[0].MadeAt.Equal(c.now) {
		t.Errorf("%+v", list)
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	h := newHome(t)
	_, err := h.maker().Create(t.Context(), filepath.Join(h.dir, "none", "b.tar.gz"), false)
	wantRefusal(t, err, moorage.Unavailable, filepath.Join(h.dir, "none"))
	if left := files(t, h.maker().Work); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
}
