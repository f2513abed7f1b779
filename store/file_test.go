package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
)

func openHere(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func pragma(t *testing.T, q querier, name string) string {
	t.Helper()
	list, err := all(t.Context(), q, value[string], `PRAGMA `+name)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %v, %v", name, list, err)
	}
	return list[0]
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	db := openHere(t)
	for _, want := range []struct {
		name  string
		q     querier
		pairs map[string]string
	}{
		{"the writer of the main file", db.main.w, map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1",
			"busy_timeout": "5000", "trusted_schema": "0", "journal_size_limit": "67108864"}},
		{"the writer of the log file", db.logs.w, map[string]string{"synchronous": "1", "journal_mode": "wal"}},
		{"a reader of the main file", db.main.r, map[string]string{"query_only": "1", "foreign_keys": "1", "busy_timeout": "5000"}},
		{"a reader of the log file", db.logs.r, map[string]string{"query_only": "1"}},
	} {
		for name, value := range want.pairs {
			if got := pragma(t, want.q, name); got != value {
				t.Errorf("%s has %s = %s, want %s", want.name, name, got, value)
			}
		}
	}
	if n := db.main.w.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("there are %d writers", n)
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	db := openHere(t)
	if _, err := db.main.r.ExecContext(t.Context(), `DELETE FROM settings`); err == nil {
		t.Error("it did")
	}
	if _, err := db.main.r.ExecContext(t.Context(), `PRAGMA query_only = 0; DELETE FROM settings`); err == nil {
		t.Error("it did, with the pragma off")
	}
}

func TestManyReadersAndWritersAreNeverBusy(t *testing.T) {
	db := openHere(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 25 {
				if err := db.SetSetting(t.Context(), fmt.Sprint("setting ", i), fmt.Sprint(n), nil); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 50 {
				if _, _, err := db.Setting(t.Context(), fmt.Sprint("setting ", i)); err != nil && moorage.ErrorCode(err) != moorage.NotFound {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAFullDiskSaysSoAndWhatIsStoredCanBeRead(t *testing.T) {
	db := openHere(t)
	if err := db.SetSetting(t.Context(), "before", "here", nil); err != nil {
		t.Fatal(err)
	}
	pragma(t, db.main.w, "max_page_count = "+pragma(t, db.main.w, "page_count")) // as if the disk ended here
	err := db.SetSetting(t.Context(), "after", strings.Repeat("x", 1<<20), nil)
	if moorage.ErrorMessage(err) != "The disk of the data folder is full." || moorage.ErrorCode(err) != moorage.Unavailable {
		t.Error(err)
	}
	if value, _, err := db.Setting(t.Context(), "before"); value != "here" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}

func TestAnotherProgramThatHoldsTheDatabaseIsNamedAsTheReason(t *testing.T) {
	db := openHere(t)
	pragma(t, db.main.w, "busy_timeout = 0")
	other, err := openFile(t.Context(), db.main.path, syncFull, os.DirFS(filepath.Join("..", "migrations")))
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	held, err := other.w.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.SetSetting(t.Context(), "url", "x", nil)
	if moorage.ErrorMessage(err) != "Another program holds the database." {
		t.Error(err)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := db.SetSetting(t.Context(), "url", "x", nil); err != nil {
		t.Errorf("after it let go: %v", err)
	}
}

func TestAFileThatIsNoDatabaseIsRefusedWithASentence(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "moorage.db"), []byte(strings.Repeat("not a database. ", 512)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, time.Now)
	if moorage.ErrorMessage(err) != "The database is damaged." {
		t.Error(err)
	}
}

func TestAMigrationThatFailsLeavesNothingBehind(t *testing.T) {
	dir, steps := t.TempDir(), t.TempDir()
	const half = "-- +goose Up\nCREATE TABLE first (a TEXT) STRICT;\nCREATE TABLE second (a NONSENSE) STRICT;\n"
	if err := os.WriteFile(filepath.Join(steps, "0001_half.sql"), []byte(half), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "moorage.db")
	if _, err := openFile(t.Context(), path, syncFull, os.DirFS(steps)); err == nil {
		t.Fatal("it was taken")
	}
	db, err := Open(t.Context(), dir, time.Now) // with the right steps the file is as good as new
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	left, err := count(t.Context(), db.main.r, `SELECT count(*) FROM sqlite_schema WHERE name = 'first'`)
	if left != 0 || err != nil {
		t.Errorf("%d tables of it are left, %v", left, err)
	}
}
