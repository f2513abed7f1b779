package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

func TestOnAFullDiskDeletingIsPossible(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=80m,mode=700"); err != nil {
		t.Fatalf("A small disk needs root: run make test as root. (%v)", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	db, err := store.Open(t.Context(), dir, time.Now)
	must(t, err)
	defer db.Close()
	must(t, db.Reserve())
	const id = moorage.DeploymentID("dep_1")
	lines := make([]moorage.LogLine, 500)
	for n := range lines {
		lines[n] = moorage.LogLine{Seq: int64(n + 1), Step: 1, Stream: moorage.StreamStdout, At: time.Now(), Text: strings.Repeat("flour ", 200)}
	}
	must(t, db.AppendLog(t.Context(), id, lines))

	filler, err := os.Create(filepath.Join(dir, "filler"))
	must(t, err)
	for chunk := make([]byte, 64<<10); len(chunk) > 0; {
		if _, err := filler.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		}
	}
	must(t, filler.Close())
	if err := db.DeleteLog(t.Context(), id); err != nil {
		t.Errorf("a log cannot be deleted on a full disk: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ballast")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ballast was not dropped: %v", err)
	}
	must(t, os.Remove(filler.Name()))
	must(t, db.Reserve())
	if has, err := os.Stat(filepath.Join(dir, "ballast")); err != nil || has.Size() == 0 {
		t.Errorf("the ballast was not taken up again: %v", err)
	}
}
