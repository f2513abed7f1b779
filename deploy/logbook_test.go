package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

// notebook is a logbook on a real store.
type notebook struct {
	*logbook
	t     *testing.T
	db    *store.DB
	broke error
}

func newNotebook(t *testing.T) *notebook {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	db, err := store.Open(ctx, t.TempDir(), time.Now)
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	user, server, id := moorage.NewUserID(now), moorage.NewServerID(now), moorage.NewDeploymentID(now)
	check(t, db.CreateUser(ctx, moorage.User{ID: user, Login: "ada", Role: moorage.RoleAdmin}))
	check(t, db.CreateServer(ctx, moorage.Server{
		ID: server, Slug: "greeter", Name: "ada/greeter", OwnerID: user, Status: moorage.ServerNew,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.example/ada/greeter"},
	}))
	_, err = db.CreateDeployment(ctx, moorage.Deployment{
		ID: id, ServerID: server, CreatedBy: user, Trigger: moorage.TriggerUser,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.example/ada/greeter"},
	})
	check(t, err)
	n := &notebook{t: t, db: db}
	p := New(Options{Database: db})
	n.logbook = openLogbook(ctx, p, id, 0, 0, func(err error) { n.broke = err })
	return n
}

// read returns the stored log, and fails the test unless it is numbered from 1
// without gaps.
func (n *notebook) read() []moorage.LogLine {
	n.t.Helper()
	lines, err := n.db.LogLines(n.t.Context(), n.id, 0, 1_000_000)
	check(n.t, err)
	for i, line := range lines {
		if line.Seq != int64(i+1) {
			n.t.Fatalf("line %d has the number %d", i+1, line.Seq)
		}
	}
	return lines
}

func TestOfAFloodFromManySourcesNothingIsLostAndEachKeepsItsOrder(t *testing.T) {
	const sources, each = 4, 25_000
	n := newNotebook(t)
	n.hide([]string{"never-to-be-seen"})
	var writers sync.WaitGroup
	for range sources {
		step := n.Begin("flood", time.Now())
		writers.Go(func() {
			var text strings.Builder
			for i := range each {
				fmt.Fprintf(&text, "line %d\n", i)
			}
			for chunk := range slices.Chunk([]byte(text.String()), 4099) {
				n.Write(step, moorage.StreamStdout, time.Now(), chunk)
			}
			n.End(step, moorage.StepDone, false, time.Now())
		})
	}
	writers.Wait()
	n.close(moorage.StepDone)
	next := map[int]int{}
	for _, line := range n.read() {
		if want := fmt.Sprintf("line %d", next[line.Step]); line.Text != want {
			t.Fatalf("step %d: %q came where %q belongs", line.Step, line.Text, want)
		}
		next[line.Step]++
	}
	for step := 1; step <= sources; step++ {
		if next[step] != each {
			t.Errorf("step %d has %d lines", step, next[step])
		}
	}
}

func TestALogThatIsFullCountsWhatFollows(t *testing.T) {
	for name, most := range map[string]limit{
		"in lines": {lines: 3, bytes: 1 << 20},
		"in bytes": {lines: 1000, bytes: 9}, // of three lines of two letters
	} {
		t.Run(name, func(t *testing.T) {
			n := newNotebook(t)
			n.most = most
			step := n.Begin("flood", time.Now())
			n.Write(step, moorage.StreamStdout, time.Now(), []byte("l1\nl2\nl3\n"+strings.Repeat("more\n", 1234)))
			n.note(step, "our own word")
			n.close(moorage.StepDone)
			var got []string
			for _, line := range n.read() {
				got = append(got, line.Text)
			}
			want := []string{"l1", "l2", "l3", "This log is full. What follows is counted, not kept.", "our own word", "1,234 more lines were printed."}
			if !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestWhatAStepPrintedIsStoredWhenItHasEnded(t *testing.T) {
	n := newNotebook(t)
	defer n.close(moorage.StepDone)
	n.hide([]string{"secret-word"})
	step := n.Begin("print secret-word", time.Now())
	n.Write(step, moorage.StreamStdout, time.Now(), []byte("half a secret-wo"))
	n.End(step, moorage.StepDone, true, time.Now())
	n.End(step, moorage.StepFailed, false, time.Now()) // says so twice
	if lines := n.read(); len(lines) != 1 || lines[0].Text != "half a secret-wo" {
		t.Errorf("stored is %+v", lines)
	}
	steps, err := n.db.Steps(t.Context(), n.id)
	check(t, err)
	if s := steps[0]; s.Name != "print ***" || s.Status != moorage.StepDone || !s.Cached {
		t.Errorf("the step is %+v", s)
	}
	if n.broke != nil {
		t.Error(n.broke)
	}
}

func TestALineIsSeenWhileTheStepGoesOn(t *testing.T) {
	n := newNotebook(t)
	defer n.close(moorage.StepDone)
	bell, stop := n.db.Watch(string(n.id))
	defer stop()
	step := n.Begin("watch", time.Now())
	n.Write(step, moorage.StreamStdout, time.Now(), []byte("a line\n"))
	for len(n.read()) == 0 {
		<-bell
	}
}

func TestStepsLeftOpenEndWithTheLog(t *testing.T) {
	n := newNotebook(t)
	n.Begin("one", time.Now())
	n.End(n.Begin("two", time.Now()), moorage.StepFailed, false, time.Now())
	n.Begin("three", time.Now())
	n.lastNote("it went\nwrong")
	n.close(moorage.StepCancelled)
	steps, err := n.db.Steps(t.Context(), n.id)
	check(t, err)
	for i, want := range []moorage.StepStatus{moorage.StepCancelled, moorage.StepFailed, moorage.StepCancelled} {
		if steps[i].Status != want {
			t.Errorf("step %s is %s", steps[i].Name, steps[i].Status)
		}
	}
	if lines := n.read(); len(lines) != 2 || lines[0].Stream != moorage.StreamNote || lines[1].Text != "wrong" {
		t.Errorf("noted is %+v", lines)
	}
}

// brokenLines is a disk that takes nothing.
type brokenLines struct{ lines }

var errFull = errors.New("disk full")

func (brokenLines) AppendLog(context.Context, moorage.DeploymentID, []moorage.LogLine) error {
	return errFull
}

func TestALogThatCannotBeStoredEndsTheWork(t *testing.T) {
	n := newNotebook(t)
	n.lines = brokenLines{n.lines}
	step := n.Begin("print", time.Now())
	n.Write(step, moorage.StreamStdout, time.Now(), []byte("a line\n"))
	n.End(step, moorage.StepDone, false, time.Now())
	if !errors.Is(n.broke, errFull) || moorage.ErrorNext(n.broke) == "" {
		t.Errorf("heard was %v", n.broke)
	}
	n.close(moorage.StepFailed)
}

func TestAWorkingJobSaysThatItIsAlive(t *testing.T) {
	beat := make(chan struct{})
	p := New(Options{Database: heart{beat: beat}})
	p.heartbeat = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&job{Pipeline: p}).beat(ctx)
	}()
	<-beat
	<-beat
	cancel()
	<-ended
}

// heart is a database of which only heartbeats are wanted.
type heart struct {
	database
	beat chan struct{}
}

func (h heart) Heartbeat(ctx context.Context, _ moorage.DeploymentID) error {
	select {
	case h.beat <- struct{}{}:
	case <-ctx.Done():
	}
	return nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
