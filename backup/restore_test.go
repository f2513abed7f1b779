package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/backup"
	"moorage/secrets"
)

type entry struct {
	name string
	text []byte
}

// entries are the members of a backup.
func entries(t *testing.T, path string) []entry {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	must(t, err)
	var all []entry
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		text, err := io.ReadAll(archive)
		must(t, err)
		all = append(all, entry{h.Name, text})
	}
}

func unpacked(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range entries(t, path) {
		b.Write(e.text)
	}
	return b.String()
}

// repack writes members as they are.
func repack(t *testing.T, all []entry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	f, err := os.Create(path)
	must(t, err)
	zipped := gzip.NewWriter(f)
	archive := tar.NewWriter(zipped)
	for _, e := range all {
		must(t, archive.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.text)), Mode: 0o600, Typeflag: tar.TypeReg}))
		_, err := archive.Write(e.text)
		must(t, err)
	}
	must(t, errors.Join(archive.Close(), zipped.Close(), f.Close()))
	return path
}

// edit changes the manifest of a backup.
func edit(t *testing.T, all []entry, change func(map[string]any)) []entry {
	t.Helper()
	var m map[string]any
	must(t, json.Unmarshal(all[0].text, &m))
	change(m)
	text, err := json.Marshal(m)
	must(t, err)
	return append([]entry{{all[0].name, text}}, all[1:]...)
}

func TestABackupThatIsNotWholeIsRefused(t *testing.T) {
	h := newHome(t)
	h.deployed(50)
	good := h.backUp(false)
	whole, err := os.ReadFile(good)
	must(t, err)
	other := newHome(t)
	other.deployed(7)
	theirs := entries(t, other.backUp(false))
	changed := func(change func([]entry) []entry) func(t *testing.T) string {
		return func(t *testing.T) string { return repack(t, change(slices.Clone(entries(t, good)))) }
	}
	written := func(b []byte) func(t *testing.T) string {
		return func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "b.tar.gz")
			must(t, os.WriteFile(path, b, 0o600))
			return path
		}
	}
	for name, make := range map[string]func(t *testing.T) string{
		"nothing":             written(nil),
		"something else":      written([]byte("SQLite format 3\x00")),
		"the first half":      written(whole[:len(whole)/2]),
		"all but the end":     written(whole[:len(whole)-10]),
		"one byte is another": written(func() []byte { b := bytes.Clone(whole); b[len(b)/2] ^= 1; return b }()),
		"one page is another": changed(func(all []entry) []entry {
			all[1].text = bytes.Clone(all[1].text)
			all[1].text[9000] ^= 1
			return all
		}),
		"a member is missing":    changed(func(all []entry) []entry { return all[:2] }),
		"a member is added":      changed(func(all []entry) []entry { return append(all, entry{"../x", []byte("x")}) }),
		"members are exchanged":  changed(func(all []entry) []entry { return []entry{all[0], all[2], all[1]} }),
		"another's logs":         changed(func(all []entry) []entry { return []entry{all[0], all[1], theirs[2]} }),
		"no manifest":            changed(func(all []entry) []entry { return all[1:] }),
		"the manifest is a joke": changed(func(all []entry) []entry { all[0].text = []byte("ha"); return all }),
		"a path in the manifest": changed(func(all []entry) []entry {
			all[1].name = "../moorage.db"
			return edit(t, all, func(m map[string]any) { m["files"].([]any)[0].(map[string]any)["name"] = "../moorage.db" })
		}),
		"other counts": changed(func(all []entry) []entry {
			return edit(t, all, func(m map[string]any) {
				m["files"].([]any)[0].(map[string]any)["rows"].(map[string]any)["servers"] = 2
			})
		}),
		"another home": changed(func(all []entry) []entry { return edit(t, all, func(m map[string]any) { m["home"] = "x" }) }),
		"another end of the audit log": changed(func(all []entry) []entry {
			return edit(t, all, func(m map[string]any) { m["audit"].(map[string]any)["head"] = "00" })
		}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			path := make(t)
			_, err := restorer(dir).Restore(t.Context(), path, backup.How{WithoutKey: true})
			wantRefusal(t, err, moorage.Invalid, "backup")
			if left := files(t, dir); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
			_, err = restorer(dir).Verify(t.Context(), path)
			wantRefusal(t, err, moorage.Invalid, "backup")
		})
	}
}

func TestABackupOfANewerMoorageIsRefused(t *testing.T) {
	h := newHome(t)
	newer := repack(t, edit(t, entries(t, h.backUp(true)), func(m map[string]any) { m["format"], m["moorage"] = 2, "9.0" }))
	_, err := restorer(t.TempDir()).Restore(t.Context(), newer, backup.How{})
	wantRefusal(t, err, moorage.Invalid, "made by a newer Moorage (9.0)")

	h.sql(`INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (9999, 1, '2026-01-01')`)
	dir := t.TempDir()
	_, err = restorer(dir).Restore(t.Context(), h.backUp(true), backup.How{})
	wantRefusal(t, err, moorage.Conflict, "written by a newer Moorage (schema 9999")
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
}

func TestWhatIsThereIsNotOverwritten(t *testing.T) {
	h, there := newHome(t), newHome(t)
	there.deployed(3)
	path := h.backUp(true)
	before := files(t, there.dir)
	_, err := restorer(there.dir).Restore(t.Context(), path, backup.How{})
	wantRefusal(t, err, moorage.Conflict, "--replace")
	if got := files(t, there.dir); !slices.Equal(got, before) {
		t.Errorf("the folder holds %q, and held %q", got, before)
	}
	_, their, err := secrets.ReadKey(there.key())
	must(t, err)
	must(t, there.db.Close())
	done, err := restorer(there.dir).Restore(t.Context(), path, backup.How{Replace: true})
	must(t, err)
	if _, err := os.Stat(filepath.Join(done.Aside, "moorage.db")); err != nil {
		t.Error(err)
	}
	kept, err := filepath.Glob(there.key() + ".replaced-*")
	must(t, err)
	if old, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(old, their) {
		t.Errorf("the key that was there is gone: %v", err)
	}
	if ours, _, err := secrets.ReadKey(h.key()); err != nil {
		t.Error(err)
	} else if id, _, err := secrets.ReadKey(there.key()); err != nil || id != ours {
		t.Errorf("the key is %s, want %s: %v", id, ours, err)
	}
	there.open()
	if _, err := there.db.User(t.Context(), h.owner.ID); err != nil {
		t.Error(err)
	}
}

func TestTheMasterKeyHasToFit(t *testing.T) {
	h, other := newHome(t), newHome(t)
	plain := h.backUp(false)
	restored := func(dir string, how backup.How) error {
		_, err := restorer(dir).Restore(t.Context(), plain, how)
		return err
	}
	dir := filepath.Join(t.TempDir(), "data")
	wantRefusal(t, restored(dir, backup.How{}), moorage.NotFound, "--without-key restores the rest")
	wantRefusal(t, restored(dir, backup.How{Key: other.key()}), moorage.Conflict, "is another one")
	wantRefusal(t, restored(dir, backup.How{Key: filepath.Join(dir, "no")}), moorage.NotFound, "There is no master key in")
	wantRefusal(t, restored(dir, backup.How{Key: plain}), moorage.Invalid, "bytes long")
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	must(t, os.MkdirAll(filepath.Join(dir, ".moorage-restore-1", "killed"), 0o700))
	must(t, restored(dir, backup.How{Key: h.key()}))
	if got := files(t, dir); !slices.Equal(got, []string{"logs.db", "master.key", "moorage.db"}) {
		t.Errorf("the folder holds %q", got)
	}
	must(t, restored(filepath.Join(t.TempDir(), "lost"), backup.How{WithoutKey: true}))

	beside := t.TempDir() // the key was put there by hand
	key, err := os.ReadFile(h.key())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(beside, "master.key"), key, 0o600))
	must(t, restored(beside, backup.How{}))

	wrong := t.TempDir()
	key, err = os.ReadFile(other.key())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(wrong, "master.key"), key, 0o600))
	wantRefusal(t, restored(wrong, backup.How{}), moorage.Conflict, "is another one")
}
