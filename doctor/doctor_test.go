package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moorage"
	"moorage/runtime"
)

// want looks, and compares the state and words of what was said.
func want(t *testing.T, c Check, state State, says string) {
	t.Helper()
	f := c.Look(t.Context())
	if f.State != state || !strings.Contains(f.Says, says) {
		t.Errorf("%s: %s %q (%v), want %s and %q", c.Name, f.State, f.Says, f.Err, state, says)
	}
	if (f.State == OK) != (f.Try == "") {
		t.Errorf("%s is %s, and to do is %q", c.Name, f.State, f.Try)
	}
}

// hosted is an engine on a machine.
type hosted struct {
	host runtime.Host
	err  error
}

func (h hosted) Host(context.Context) (runtime.Host, error) { return h.host, h.err }

func TestAnEngineIsJudged(t *testing.T) {
	good := runtime.Host{Engine: runtime.Engine{Version: "29.5.1"}, Address: "/run/docker.sock", Name: "vm", System: "Debian", Linux: true, Storage: "overlay2", Limits: true}
	for _, tt := range []struct {
		change func(h *runtime.Host)
		state  State
		says   string
	}{
		{func(*runtime.Host) {}, OK, "Docker 29.5.1 answers at /run/docker.sock, on vm (Debian, overlay2)."},
		{func(h *runtime.Host) { h.Rootless = true }, OK, "rootless"},
		{func(h *runtime.Host) { h.Version = "30.0.0-rc.1" }, OK, "30.0.0"},
		{func(h *runtime.Host) { h.Version = "29.5.0" }, Warning, "29.5.0"},
		{func(h *runtime.Host) { h.Version = "20.10.24+dfsg1" }, Warning, "20.10.24"},
		{func(h *runtime.Host) { h.Storage = "vfs" }, Warning, "vfs"},
		{func(h *runtime.Host) { h.Address = "tcp://10.0.0.7:2375" }, Warning, "without encryption"},
		{func(h *runtime.Host) { h.Linux = false }, Failing, "no Linux containers"},
		{func(h *runtime.Host) { h.Limits = false }, Failing, "cannot bound"},
	} {
		h := good
		tt.change(&h)
		want(t, Engine(hosted{h, nil}), tt.state, tt.says)
	}
	away := moorage.Errorf(moorage.Unavailable, "Docker does not answer at /run/docker.sock.").Try("Start it.")
	want(t, Engine(hosted{err: away}), Failing, "does not answer at /run/docker.sock")
}

type signIn struct{ err error }

func (s signIn) CheckRegistry(context.Context) error { return s.err }

func TestARegistryIsAskedWhenThereIsOne(t *testing.T) {
	wrong := signIn{moorage.Errorf(moorage.Forbidden, "The registry does not accept the user.").Try("Check it.")}
	want(t, Registry("", wrong), OK, "No registry")
	want(t, Registry("registry.example.com/team", signIn{}), OK, "registry.example.com/team")
	want(t, Registry("registry.example.com/team", wrong), Failing, "does not accept")
	want(t, Registry("registry.example.com/team", signIn{errors.New("odd")}), Failing, "The registry does not work.")
}

func TestGitHubIsWantedAndNotNeeded(t *testing.T) {
	const url = "https://github.com"
	there := func(context.Context) (time.Time, error) { return time.Time{}, nil }
	away := func(context.Context) (time.Time, error) {
		return time.Time{}, moorage.Errorf(moorage.Unavailable, "GitHub cannot be reached.").Try("Try again.")
	}
	is := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	want(t, GitHub(url, there, is(nil)), OK, "connected")
	want(t, GitHub(url, away, is(nil)), Warning, "cannot be reached")
	want(t, GitHub(url, there, is(moorage.Errorf(moorage.Unavailable, "This Moorage is not connected to GitHub yet.").Try("Connect it."))), Warning, "not connected")
	want(t, GitHub(url, there, is(moorage.Errorf(moorage.NotFound, "There is no database."))), OK, "https://github.com answers.")
	want(t, GitHub(url, there, is(errors.New("odd"))), Failing, "cannot be read")
}

func TestTheFolderIsTriedAndLeftAsItWas(t *testing.T) {
	dir := t.TempDir()
	want(t, Folder(dir), OK, "can be written")
	want(t, Folder(filepath.Join(dir, "a", "b")), OK, "is not there yet")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, Folder(file), Failing, "cannot write")
	want(t, Folder(filepath.Join(file, "below")), Failing, "cannot write")
	for kind, state := range map[int64]State{0x6969: Failing, 0xff534d42: Failing, 0x65735546: Warning, 0xef53: OK} {
		if f := onDisk(dir, kind); f.State != state {
			t.Errorf("%#x: %+v", kind, f)
		}
	}
}

func TestTheDiskIsMeasuredWhereThingsAre(t *testing.T) {
	at := func(path string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return path, err }
	}
	f := Disk(Place{"data", at(filepath.Join(t.TempDir(), "later"), nil)}, Place{"images", at("", errors.New("elsewhere"))}).Look(t.Context())
	if !strings.Contains(f.Says, "free for data.") || strings.Contains(f.Says, "images") {
		t.Errorf("%+v", f)
	}
	want(t, Disk(Place{"images", at("", errors.New("elsewhere"))}), Warning, "cannot be read")
	for free, state := range map[int64]State{noSpace - 1: Failing, noSpace: Warning, littleSpace - 1: Warning, littleSpace: OK} {
		if got := roomy(free); got.State != state {
			t.Errorf("%d bytes: %+v", free, got)
		}
	}
}

func TestTheMasterKeyMayBeMissingBeforeTheFirstStart(t *testing.T) {
	gone := func() error { return fmt.Errorf("open: %w", fs.ErrNotExist) }
	want(t, MasterKey("k", true, func() error { return nil }), OK, "k is there")
	want(t, MasterKey("k", true, gone), OK, "none yet")
	want(t, MasterKey("k", false, gone), Failing, "missing")
	want(t, MasterKey("k", false, func() error { return moorage.Errorf(moorage.Invalid, "It can be read by others.").Try("chmod") }), Failing, "by others")
	want(t, MasterKey("k", false, func() error { return fs.ErrPermission }), Failing, "cannot be read")
}

func TestTheDatabaseIsWholeAndOfThisProgram(t *testing.T) {
	is := func(schema int64, err error) Check {
		return Database(func(context.Context) (string, int64, int64, error) { return "3.53.0", schema, 3, err })
	}
	want(t, is(3, nil), OK, "schema 3")
	want(t, is(2, nil), OK, "from 2 to 3")
	want(t, is(4, nil), Failing, "newer Moorage")
	want(t, is(0, moorage.Errorf(moorage.NotFound, "There is none.")), OK, "none yet")
	want(t, is(0, moorage.Errorf(moorage.Internal, "The database is damaged.").Try("Restore a backup.")), Failing, "damaged")
	synctest.Test(t, func(t *testing.T) {
		want(t, Database(func(ctx context.Context) (string, int64, int64, error) {
			<-ctx.Done()
			return "", 0, 0, ctx.Err()
		}), Warning, "not read to its end")
	})
}

func TestClocksMayNotBeFarApart(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	here := func() time.Time { return now }
	at := func(name string, d time.Duration, err error) Clock {
		return Clock{name, func(context.Context) (time.Time, error) { return now.Add(d), err }}
	}
	want(t, Clocks(here, at("a", time.Second, nil), at("b", -29*time.Second, nil)), OK, "that of a and b.")
	want(t, Clocks(here, at("a", time.Second, nil), at("b", -2*time.Minute, nil)), Failing, "2m0s ahead of that of b")
	want(t, Clocks(here, at("a", time.Hour, nil)), Failing, "1h0m0s behind that of a")
	want(t, Clocks(here, at("a", time.Hour, errors.New("away"))), Warning, "Nobody")
}

func TestGitNeedsAProcessOfItsOwn(t *testing.T) {
	want(t, Git(func(context.Context) error { return nil }), OK, "runs")
	want(t, Git(func(context.Context) error { return errors.New("no more processes") }), Failing, "cannot run")
}

func TestWhatHangsIsFailingAndHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := Git(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		began := time.Now()
		results := Examine(t.Context(), []Check{hangs, Versions("v1", "go1"), hangs})
		if took := time.Since(began); took != patience {
			t.Errorf("it took %s", took)
		}
		if len(results) != 3 || results[0].State != Failing || results[1].Name != "versions" || results[1].State != OK || Worst(results) != Failing {
			t.Errorf("%+v", results)
		}
	})
	if Worst([]Result{{Finding: well("")}, {Finding: warn("", "")}, {Finding: well("")}}) != Warning || Worst(nil) != OK {
		t.Error("the worst is another")
	}
}
