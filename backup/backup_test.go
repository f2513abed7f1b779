package backup_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/backup"
	"moorage/secrets"
	"moorage/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// home is a data folder with a real store and a real key.
type home struct {
	t      *testing.T
	dir    string
	db     *store.DB
	box    *secrets.Box
	owner  moorage.User
	server moorage.Server
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, dir: filepath.Join(t.TempDir(), "data")}
	h.open()
	h.owner = moorage.User{ID: moorage.NewUserID(time.Now()), Login: "ada", Role: moorage.RoleAdmin}
	must(t, h.db.CreateUser(t.Context(), h.owner))
	h.server = moorage.Server{ID: moorage.NewServerID(time.Now()), Slug: "weather", OwnerID: h.owner.ID, Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://example.com/a/b"}}
	must(t, h.db.CreateServer(t.Context(), h.server))
	must(t, h.db.SetSetting(t.Context(), "home", "0123456789abcdef", nil))
	return h
}

func (h *home) open() {
	h.t.Helper()
	var err error
	h.db, err = store.Open(h.t.Context(), h.dir, time.Now)
	must(h.t, err)
	h.t.Cleanup(func() { must(h.t, h.db.Close()) })
	h.box, err = secrets.OpenBox(h.key())
	must(h.t, err)
}

func (h *home) key() string { return filepath.Join(h.dir, "master.key") }

// deployed is a deployment with so many lines of log.
func (h *home) deployed(lines int) moorage.DeploymentID {
	h.t.Helper()
	d := moorage.Deployment{ID: moorage.NewDeploymentID(time.Now()), ServerID: h.server.ID, CreatedBy: h.owner.ID, Trigger: moorage.TriggerUser}
	_, err := h.db.CreateDeployment(h.t.Context(), d)
	must(h.t, err)
	var batch []moorage.LogLine
	for n := range lines {
		batch = append(batch, moorage.LogLine{Seq: int64(n + 1), Step: 1, Stream: moorage.StreamStdout, Text: fmt.Sprintf("line %d of %s", n, d.ID)})
	}
	must(h.t, h.db.AppendLog(h.t.Context(), d.ID, batch))
	return d.ID
}

func (h *home) maker() backup.Maker {
	return backup.Maker{
		DB: h.db, Inspect: store.Inspect, Version: "test", Work: filepath.Join(h.dir, "work"), Now: time.Now,
		Key: func() (string, []byte, error) { return secrets.ReadKey(h.key()) },
	}
}

func (h *home) backUp(withKey bool) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "b.tar.gz")
	_, err := h.maker().Create(h.t.Context(), path, withKey)
	must(h.t, err)
	return path
}

func restorer(dir string) backup.Restorer {
	return backup.Restorer{
		Data: dir, KeyFile: filepath.Join(dir, "master.key"), Inspect: store.Inspect, Now: time.Now,
		KeyID: func(path string) (string, error) { id, _, err := secrets.ReadKey(path); return id, err },
		Adopt: func(ctx context.Context, dir string, d moorage.Deed) error {
			db, err := store.Open(ctx, dir, time.Now)
			if err != nil {
				return err
			}
			return errors.Join(db.Audit(ctx, d), db.Close())
		},
	}
}

// files are the names in a folder, in order.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func wantRefusal(t *testing.T, err error, code moorage.Code, says string) {
	t.Helper()
	if moorage.ErrorCode(err) != code || !strings.Contains(moorage.ErrorMessage(err)+" "+moorage.ErrorNext(err), says) {
		t.Errorf("the error is %v (%s), want %s: %s", err, moorage.ErrorCode(err), code, says)
	}
}

func TestWhatWasRestoredIsWhatWasBackedUp(t *testing.T) {
	h := newHome(t)
	last := h.deployed(5_000)
	sealed, err := h.box.Seal([]byte("hunter2"), "variable/x")
	must(t, err)
	must(t, h.db.SetVariable(t.Context(), h.server.ID, moorage.Variable{Name: "API_KEY", Secret: true, Sealed: sealed, UpdatedBy: h.owner.ID}))
	path := h.backUp(true)
	dir := filepath.Join(t.TempDir(), "there")
	done, err := restorer(dir).Restore(t.Context(), path, backup.How{})
	must(t, err)
	if done.Aside != "" || done.Backup.Home != "0123456789abcdef" || !done.Backup.WithKey {
		t.Errorf("%+v", done)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"logs.db", "master.key", "moorage.db"}) {
		t.Errorf("the folder holds %q", got)
	}
	was, is := contents(t, h.db), inspect(t, dir)
	is.Rows["moorage.db"]["audit_log"]-- // it was restored
	for file := range was.Rows {
		if !maps.Equal(was.Rows[file], is.Rows[file]) {
			t.Errorf("%s holds %v, and held %v", file, is.Rows[file], was.Rows[file])
		}
	}
	there := &home{t: t, dir: dir}
	there.open()
	lines, err := there.db.LogLines(t.Context(), last, 4_999, 10)
	must(t, err)
	if len(lines) != 1 || lines[0].Text != "line 4999 of "+string(last) {
		t.Errorf("the last line is %v", lines)
	}
	variables, err := there.db.Variables(t.Context(), h.server.ID)
	must(t, err)
	if plain, err := there.box.Open(variables[0].Sealed, "variable/x"); err != nil || string(plain) != "hunter2" {
		t.Errorf("the secret is %q: %v", plain, err)
	}
	entries, err := there.db.AuditEntries(t.Context(), moorage.AuditFilter{Limit: 2})
	must(t, err)
	if entries[0].Act != moorage.ActBackupRestore || entries[0].Target.Name != "b.tar.gz" || entries[1].Act == moorage.ActBackupRestore {
		t.Errorf("%+v", entries)
	}
	if chain, err := there.db.AuditChain(t.Context()); err != nil || !chain.Whole() {
		t.Errorf("%+v, %v", chain, err)
	}
}

// contents is what a backup of this moment would hold, without making one.
func contents(t *testing.T, db *store.DB) moorage.Contents {
	t.Helper()
	dir := t.TempDir()
	must(t, db.Snapshot(t.Context(), dir))
	c := inspect(t, dir)
	c.Rows["moorage.db"]["audit_log"]-- // that the backup was made was written after its copy
	return c
}

func inspect(t *testing.T, dir string) moorage.Contents {
	t.Helper()
	c, err := store.Inspect(t.Context(), dir)
	must(t, err)
	return c
}

func TestABackupBesideAWriterHoldsAllThatWasThere(t *testing.T) {
	h := newHome(t)
	began := make(chan struct{})
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	first := h.deployed(1)
	go func() {
		for n := int64(2); ; n++ {
			if n == 200 {
				close(began)
			}
			err := h.db.AppendLog(ctx, first, []moorage.LogLine{{Seq: n, Step: 1, Stream: moorage.StreamStdout, Text: strings.Repeat("x", 200)}})
			if err == nil {
				err = h.db.SetSetting(ctx, "n", fmt.Sprint(n), nil)
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	<-began
	for range 3 {
		before, err := h.db.LastSeq(t.Context(), first)
		must(t, err)
		noted, _, err := h.db.Setting(t.Context(), "n")
		must(t, err)
		dir := filepath.Join(t.TempDir(), "there")
		_, err = restorer(dir).Restore(t.Context(), h.backUp(true), backup.How{})
		must(t, err)
		there, err := store.Open(t.Context(), dir, time.Now)
		must(t, err)
		last, err := there.LastSeq(t.Context(), first)
		must(t, err)
		lines, err := there.LogLines(t.Context(), first, 0, int(last)+1)
		must(t, err)
		got, _, err := there.Setting(t.Context(), "n")
		must(t, err)
		if last < before || int64(len(lines)) != last || number(t, got) < number(t, noted) {
			t.Errorf("line %d and %s were stored before; %d, %d lines and %s came back", before, noted, last, len(lines), got)
		}
		if number(t, got) > last { // the logs are never older than the rest
			t.Errorf("%s was noted of %d lines", got, last)
		}
		must(t, there.Close())
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func number(t *testing.T, text string) (n int64) {
	t.Helper()
	_, err := fmt.Sscan(text, &n)
	must(t, err)
	return n
}

func TestNoSecretIsInABackup(t *testing.T) {
	const canary = "c4n4ry-51e2b7f0"
	h := newHome(t)
	for n := range 100 { // some are replaced, and their pages freed
		sealed, err := h.box.Seal([]byte(canary), "variable/x")
		must(t, err)
		must(t, h.db.SetVariable(t.Context(), h.server.ID, moorage.Variable{Name: fmt.Sprintf("KEY_%d", n%7), Secret: true, Sealed: sealed, UpdatedBy: h.owner.ID}))
	}
	_, key, err := secrets.ReadKey(h.key())
	must(t, err)
	for _, withKey := range []bool{false, true} {
		found := unpacked(t, h.backUp(withKey))
		if strings.Contains(found, canary) {
			t.Error("the secret is in it")
		}
		if strings.Contains(found, string(key)) != withKey {
			t.Errorf("with the key: %v, and the key is in it: %v", withKey, !withKey)
		}
	}
}

func TestABackupIsForItsOwnerAlone(t *testing.T) {
	info, err := os.Stat(newHome(t).backUp(false))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestAStreamIsABackup(t *testing.T) {
	h := newHome(t)
	var b bytes.Buffer
	must(t, h.maker().Stream(t.Context(), &b, true))
	path := filepath.Join(t.TempDir(), "stream")
	must(t, os.WriteFile(path, b.Bytes(), 0o600))
	about, err := restorer(t.TempDir()).Verify(t.Context(), path)
	must(t, err)
	if about.Rows == 0 || !about.WithKey || about.Version != "test" {
		t.Errorf("%+v", about)
	}
}

var quiet = slog.New(slog.DiscardHandler)

// sql runs a statement past the store.
func (h *home) sql(statement string) {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, "moorage.db")+"?_pragma=busy_timeout(5000)")
	must(h.t, err)
	defer db.Close()
	_, err = db.ExecContext(h.t.Context(), statement)
	must(h.t, err)
}
