package e2e

import (
	"context"
	"strings"
	"syscall"
	"time"

	"moorage/failpoint"
	"moorage/store"
)

// settleWithin is how long after a restart everything has to be right again.
const settleWithin = 15 * time.Second

// play plays one round. Moorage does not run before it nor after it.
func (l *lane) play(r round) {
	l.t.Helper()
	want := l.begin(r)
	l.dies(r.first, want)
	if r.second != "" && (r.second != r.first || l.interrupted(want)) {
		l.dies(r.second, want)
	}
	restarted := time.Now()
	l.restart()
	if want.push != nil {
		l.taken(want)
	}
	l.compare(want, restarted)
	took := time.Since(restarted)
	l.settled[r.failpoint] = append(l.settled[r.failpoint], took)
	l.answers(r.transport)
	l.answers("anchor")
	l.kill()
}

// begin asks for the deployment of a round: in the queue, or by a push.
func (l *lane) begin(r round) *expectation {
	l.t.Helper()
	want := &expectation{server: l.targets[r.transport]}
	l.inside(func(ctx context.Context, db *store.DB) error {
		s, err := db.Server(ctx, want.server)
		if err != nil {
			return err
		}
		want.before = s.LiveDeploymentID
		if r.transport == pushed {
			return nil
		}
		d, err := l.ask(ctx, db, want.server, r.built)
		want.asked = d.ID
		return err
	})
	if r.transport == pushed {
		want.push = l.push(r.overtaken)
	}
	return want
}

// interrupted reports whether a restart will have a deployment to run.
func (l *lane) interrupted(want *expectation) bool {
	return want.asked == "" || !l.deployment(string(want.asked)).Status.Settled()
}

// dies starts Moorage with a failpoint, and wants it to die there.
func (l *lane) dies(at string, want *expectation) {
	l.t.Helper()
	l.launch(strings.TrimPrefix(l.url, "http://"), failpoint.Env+"="+at)
	if want.asked == "" {
		l.deliver(want.push)
	}
	select {
	case <-l.exited:
	case <-time.After(patience):
		l.t.Fatalf("Moorage has not come to %q within %s.", at, patience)
	}
	if how, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || how.Signal() != syscall.SIGKILL {
		l.t.Fatalf("%q: Moorage ended with %s.", at, l.cmd.ProcessState)
	}
	l.kills++
	if want.push != nil {
		want.asked = l.askedBy(want.push)
	}
}

// compare waits until everything is as it has to be, and says what is not.
func (l *lane) compare(want *expectation, since time.Time) {
	l.t.Helper()
	db, err := store.Open(l.t.Context(), l.data, time.Now)
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	for {
		wrong := want.check(l, db)
		if wrong == nil {
			return
		}
		if time.Since(since) > settleWithin {
			l.t.Errorf("%s after the restart: %v", settleWithin, wrong)
			return
		}
		select {
		case <-l.t.Context().Done():
			l.t.Fatal(wrong)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
