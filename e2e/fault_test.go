package e2e

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to hold the database, and to check it

	"moorage"
	"moorage/failpoint"
	"moorage/github/githubtest"
	"moorage/store"
)

func TestAFullDiskStopsDeploymentsAndNothingElse(t *testing.T) {
	seed := number(t, "MOORAGE_CHAOS_SEED", uint64(time.Now().UnixNano()))
	t.Logf("MOORAGE_CHAOS_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=64m,mode=700"); err != nil {
		t.Fatalf("A small disk needs root: run make test as root. (%v)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	l := newLaneIn(t, small, openEngine(t), 1, "MOORAGE_MIN_FREE=8MiB")
	l.restart()
	for range 4 {
		id := l.redeploy("http")
		select { // anywhere in the deployment, which takes a second or two
		case <-time.After(time.Duration(random.IntN(1500)) * time.Millisecond):
		case <-t.Context().Done():
		}
		free := fill(t, small)
		for _, path := range []string{"/healthz", "/login"} {
			if status := l.status(path); status != http.StatusOK {
				t.Errorf("%s answers %d on a full disk", path, status)
			}
		}
		if status, body := l.get("/api/servers", l.bearer); status != http.StatusOK {
			t.Errorf("/api/servers answers %d %s on a full disk", status, body)
		}
		if status, body := l.post("/api/deployments", l.bearer, `{"repo":"example:greeter"}`); status != http.StatusServiceUnavailable || !strings.Contains(body, "almost full") || !strings.Contains(body, "MOORAGE_MIN_FREE") {
			t.Errorf("a deployment on a full disk: %d %s", status, body)
		}
		free()
		within(t, settleWithin, "the deployment is settled", func() bool { return l.deployment(id).Status.Settled() })
		if d := l.deployment(id); d.Status == moorage.StatusFailed && (d.Error == "" || d.ErrorNext == "") {
			t.Errorf("the deployment failed with %q %q", d.Error, d.ErrorNext)
		}
		l.sound()
		l.allAnswer()
	}
	id := l.redeploy("stdio")
	within(t, 2*settleWithin, "with room again, a deployment is live", func() bool { return l.deployment(id).Status == moorage.StatusLive })
	l.kill()
}

// fill leaves no byte of a disk, and returns what gives the room back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 64<<10); len(chunk) > 0; { // smaller and smaller, to the last page
		if _, err := f.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	f.Close() // what does not fit was said by Write
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// sound checks both files of the database.
func (l *lane) sound() {
	l.t.Helper()
	for _, name := range []string{"moorage.db", "logs.db"} {
		db := l.sqlite(name)
		var says string
		if err := db.QueryRowContext(l.t.Context(), `PRAGMA integrity_check`).Scan(&says); err != nil || says != "ok" {
			l.t.Errorf("%s: %s, %v", name, says, err)
		}
		db.Close() // it was only read
	}
}

// sqlite opens a file of the database as another program does.
func (l *lane) sqlite(name string) *sql.DB {
	l.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.data, name)+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		l.t.Fatal(err)
	}
	return db
}

func TestADatabaseThatAnotherProgramHoldsIsWaitedFor(t *testing.T) {
	l := newLane(t, openEngine(t), 1)
	l.restart()
	id := l.redeploy("http")
	for _, name := range []string{"moorage.db", "logs.db", "moorage.db"} {
		db := l.sqlite(name)
		held, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-time.After(4 * time.Second):
		case <-t.Context().Done():
		}
		if err := errors.Join(held.Rollback(), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	within(t, settleWithin, "the deployment is settled", func() bool { return l.deployment(id).Status.Settled() })
	if d := l.deployment(id); d.Status != moorage.StatusLive {
		t.Errorf("the deployment is %s: %s", d.Status, d.Error)
	}
	if log := l.log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("it was noticed:\n%s", log)
	}
	l.allAnswer()
	l.kill()
}

func TestAClockThatJumpsChangesNoOrderAndEndsNothing(t *testing.T) {
	l := newLane(t, openEngine(t), 1)
	plain := l.env
	for _, jumps := range []string{
		"after claim deployment=+1h; before set image=-2h; after switch=+1h",
		"before claim deployment=-1h; after begin step@2=+2h; before advance deployment@3=-1h",
		"after append to the log@2=+1h; before switch=+24h; after create instance=-25h",
	} {
		var asked []moorage.DeploymentID
		l.inside(func(ctx context.Context, db *store.DB) error {
			for _, slug := range []string{"stdio", "http"} {
				d, err := l.ask(ctx, db, l.targets[slug], true)
				if err != nil {
					return err
				}
				asked = append(asked, d.ID)
			}
			return nil
		})
		l.env = append(plain, failpoint.Env+"="+jumps)
		l.restart()
		within(t, 2*settleWithin, "both are settled", func() bool { return l.unsettled() == 0 })
		l.allAnswer()
		l.inside(func(ctx context.Context, db *store.DB) error {
			all, err := db.Deployments(ctx, moorage.DeploymentFilter{Limit: 2}) // newest first
			if err == nil && (all[0].ID != asked[1] || all[1].ID != asked[0]) {
				t.Errorf("%s: asked for %v, listed are %s and %s", jumps, asked, all[1].ID, all[0].ID)
			}
			for _, d := range all {
				err = errors.Join(err, toldTruly(ctx, db, d))
				if d.Status != moorage.StatusLive {
					t.Errorf("%s: %s is %s: %s", jumps, d.ID, d.Status, d.Error)
				}
			}
			return err
		})
		l.kill()
	}
}

func TestAGitHubThatStopsInTheMiddleOfACloneIsNamed(t *testing.T) {
	l := newLane(t, openEngine(t), 1)
	l.restart()
	for _, fault := range []githubtest.Fault{githubtest.HalfBody, githubtest.Down} {
		l.github.Fail(fault, "/octocat/http.git/git-upload-pack")
		id := l.redeploy("http")
		eventually(t, "the deployment is settled", func() bool { return l.deployment(id).Status.Settled() })
		d := l.deployment(id)
		if d.Status != moorage.StatusFailed || d.Error == "" || d.ErrorNext == "" || strings.Contains(d.Error, "our side") {
			t.Errorf("%s: the deployment is %s: %s %s", fault, d.Status, d.Error, d.ErrorNext)
		}
		l.allAnswer()
		if err := l.nothingIsLeft(); err != nil {
			t.Error(err)
		}
		l.github.Heal()
	}
	id := l.redeploy("http")
	within(t, 2*settleWithin, "with GitHub back, it is live", func() bool { return l.deployment(id).Status == moorage.StatusLive })
	l.kill()
}
