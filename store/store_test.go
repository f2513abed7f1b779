package store_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

var update = flag.Bool("update", false, "write testdata/schema.sql")

// clock is a time that stands until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Move(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

func open(t *testing.T) (*store.DB, *clock) {
	t.Helper()
	clock := newClock()
	return openIn(t, t.TempDir(), clock), clock
}

func openIn(t *testing.T, dir string, clock *clock) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dir, clock.Now)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get returns a value that must be there.
func get[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func wantCode(t *testing.T, err error, code moorage.Code) {
	t.Helper()
	if moorage.ErrorCode(err) != code {
		t.Errorf("the error is %v (%s), want %s", err, moorage.ErrorCode(err), code)
	}
	if code != "" && !strings.HasSuffix(moorage.ErrorMessage(err), ".") {
		t.Errorf("%q is no sentence", moorage.ErrorMessage(err))
	}
}

func wantEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func newUser(t *testing.T, db *store.DB, login string) moorage.User {
	t.Helper()
	u := moorage.User{ID: moorage.NewUserID(time.Now()), Login: login, Role: moorage.RoleMember}
	must(t, db.CreateUser(t.Context(), u))
	return u
}

func newServer(t *testing.T, db *store.DB, owner moorage.UserID, slug string) moorage.Server {
	t.Helper()
	s := moorage.Server{
		ID: moorage.NewServerID(time.Now()), Slug: slug, Name: "io.github.acme/" + slug, Title: "The " + slug,
		OwnerID: owner, Status: moorage.ServerNew,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/" + slug, Ref: "main", Subdir: "mcp"},
		Config: moorage.Config{Run: moorage.RunConfig{Transport: moorage.TransportStdio, Command: []string{"serve"}, Network: moorage.NetworkNone}},
	}
	must(t, db.CreateServer(t.Context(), s))
	return s
}

func queue(t *testing.T, db *store.DB, s moorage.Server, ref string) moorage.Deployment {
	t.Helper()
	d := moorage.Deployment{
		ID: moorage.NewDeploymentID(time.Now()), ServerID: s.ID, Status: moorage.StatusQueued,
		Source: s.Source, Config: s.Config, Trigger: moorage.TriggerUser, CreatedBy: s.OwnerID,
	}
	d.Source.Ref = ref
	_, err := db.CreateDeployment(t.Context(), d)
	must(t, err)
	return d
}

// probe brings the next queued deployment to probing.
func probe(t *testing.T, db *store.DB) moorage.DeploymentID {
	t.Helper()
	d := get[moorage.Deployment](t)(db.ClaimDeployment(t.Context()))
	way := []moorage.DeploymentStatus{moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing}
	for i, to := range way[1:] {
		must(t, db.AdvanceDeployment(t.Context(), d.ID, way[i], to))
	}
	return d.ID
}

func wantStatus(t *testing.T, db *store.DB, id moorage.DeploymentID, want moorage.DeploymentStatus) moorage.Deployment {
	t.Helper()
	d := get[moorage.Deployment](t)(db.Deployment(t.Context(), id))
	wantEqual(t, "the status of "+string(id), d.Status, want)
	return d
}

func TestTheSchemaIsWhatTheMigrationsMake(t *testing.T) {
	dir := t.TempDir()
	openIn(t, dir, newClock())
	var b strings.Builder
	for _, name := range []string{"moorage.db", "logs.db"} {
		fmt.Fprintf(&b, "-- %s\n", name)
		rows, err := raw(t, filepath.Join(dir, name)).Query(`
			SELECT sql FROM sqlite_schema
			WHERE  sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'
			ORDER  BY tbl_name, type DESC, name`)
		must(t, err)
		for rows.Next() {
			var statement string
			must(t, rows.Scan(&statement))
			fmt.Fprintf(&b, "\n%s;\n", statement)
		}
		must(t, rows.Err())
		b.WriteString("\n")
	}
	golden := filepath.Join("testdata", "schema.sql")
	if *update {
		must(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if b.String() != string(want) {
		t.Errorf("the schema differs from %s; look at it and run: go test ./store -update", golden)
	}
}

func TestTheFilesAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	db := openIn(t, dir, newClock())
	newUser(t, db, "ada")
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		must(t, err)
		info, err := entry.Info()
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	}))
}

func TestAFolderWithAnyNameWorks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of what? #1 ü")
	db := openIn(t, dir, newClock())
	newUser(t, db, "ada")
	if _, err := os.Stat(filepath.Join(dir, "moorage.db")); err != nil {
		t.Error(err)
	}
}

func TestAFolderMayBeRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	db := openIn(t, "data", newClock())
	newUser(t, db, "ada")
	if _, err := os.Stat(filepath.Join("data", "moorage.db")); err != nil {
		t.Error(err)
	}
}

func TestWhatWasCommittedIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), dir, newClock().Now)
	must(t, err)
	ada := newUser(t, db, "ada")
	must(t, db.Close())
	again := openIn(t, dir, newClock())
	wantEqual(t, "the login", get[moorage.User](t)(again.User(t.Context(), ada.ID)).Login, "ada")
}

func TestWhatWasCommittedIsThereAfterACrash(t *testing.T) {
	// The files are copied while they are open, as a crash would leave them:
	// with the write-ahead log not yet moved into the file. (To read them drops
	// SQLite's locks, which nobody else asks for here.)
	dir, crashed := t.TempDir(), t.TempDir()
	db := openIn(t, dir, newClock())
	ada := newUser(t, db, "ada")
	weather := newServer(t, db, ada.ID, "weather")
	d := queue(t, db, weather, "main")
	must(t, db.AppendLog(t.Context(), d.ID, []moorage.LogLine{{Seq: 1, Stream: moorage.StreamNote, Text: "cloning"}}))
	for _, name := range []string{"moorage.db", "moorage.db-wal", "logs.db", "logs.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(crashed, name), b, 0o600))
	}
	again := openIn(t, crashed, newClock())
	wantStatus(t, again, d.ID, moorage.StatusQueued)
	wantEqual(t, "the last line", get[int64](t)(again.LastSeq(t.Context(), d.ID)), 1)
}

func TestANewerSchemaIsRefusedWithASentence(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), dir, newClock().Now)
	must(t, err)
	must(t, db.Close())
	_, err = raw(t, filepath.Join(dir, "moorage.db")).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, 1)`)
	must(t, err)
	_, err = store.Open(t.Context(), dir, newClock().Now)
	wantCode(t, err, moorage.Conflict)
	if !strings.Contains(moorage.ErrorMessage(err), "newer Moorage") || moorage.ErrorNext(err) == "" {
		t.Error(err)
	}
}

func TestPingFailsOnAClosedStore(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), newClock().Now)
	must(t, err)
	must(t, db.Ping(t.Context()))
	must(t, db.Close())
	if db.Ping(t.Context()) == nil {
		t.Error("it answers")
	}
}

func TestAWriteThatIsCancelledChangesNothing(t *testing.T) {
	db, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.SetSetting(ctx, "url", "x", nil); err == nil {
		t.Error("it was written")
	}
	_, _, err := db.Setting(t.Context(), "url")
	wantCode(t, err, moorage.NotFound)
}

// raw opens a database file without the store.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}
