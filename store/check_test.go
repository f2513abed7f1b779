package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"moorage"
)

func TestALookBesideAWriterDisturbsNothingAndWritesNothing(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	look, err := OpenToRead(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if err := db.SetSetting(t.Context(), "word", "heard", nil); err != nil {
		t.Fatal(err)
	}
	if v, _, err := look.Setting(t.Context(), "word"); v != "heard" || err != nil {
		t.Errorf("read %q, %v", v, err)
	}
	if err := look.SetSetting(t.Context(), "word", "spoken", nil); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("it writes: %v", err)
	}
	c, err := look.Check(t.Context())
	if err != nil || c.Schema != c.Knows || c.Schema == 0 || c.SQLite == "" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestALookMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenToRead(dir, time.Now); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("an empty folder is opened: %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("%v, %v", left, err)
	}
}

func TestADamagedFileIsFound(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "moorage.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	junk := make([]byte, 3*4096)
	for i := range junk {
		junk[i] = 0xab
	}
	if _, err := f.WriteAt(junk, 4096); err != nil { // the first page stays: the file can be opened
		t.Fatal(err)
	}
	look, err := OpenToRead(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if _, err := look.Check(t.Context()); moorage.ErrorCode(err) != moorage.Internal || moorage.ErrorNext(err) == "" {
		t.Errorf("%v", err)
	}
}
