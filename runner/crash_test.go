package runner

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
)

func TestAServerThatEndsByItselfIsStartedLaterAndLater(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	h := newHarbour(t, func(o *Options) { o.Now = now })
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "die")
	die := func() error {
		s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada})
		if err != nil {
			return err
		}
		hello(t, s)
		ask(t, s, "1", "tools/list", "{}")
		<-s.inst.gone
		s.Close()
		return nil
	}
	for ends := 1; ends <= 10; ends++ {
		must(t, die())
		trouble := h.Trouble(spec.Deployment)
		if wait, want := trouble.Until.Sub(now()), min(crashFirst<<(ends-1), crashMost); trouble.Ends != ends || wait > want || wait < want-5*time.Second {
			t.Fatalf("after %d ends: %d, and it is started again in %s", ends, trouble.Ends, wait)
		}
		if trouble.Failing() != (ends == 10) {
			t.Errorf("failing after %d ends: %v", ends, trouble.Failing())
		}
		if ends == 5 {
			err := die()
			if moorage.ErrorCode(err) != moorage.Unavailable || !strings.Contains(err.Error(), "5 times within ten minutes, the last time so: The server ended with exit code 7.") {
				t.Errorf("while it waits: %v", err)
			}
		}
		if ends < 10 { // 511 seconds in all
			ahead.Add(int64(crashFirst << (ends - 1)))
		}
	}
	if err := die(); !strings.Contains(err.Error(), "The server is failing") {
		t.Errorf("a failing server: %v", err)
	}
	ahead.Add(int64(crashWindow))
	if trouble := h.Trouble(spec.Deployment); trouble != (moorage.Trouble{}) {
		t.Errorf("after ten quiet minutes: %+v", trouble)
	}
	must(t, die())
}

func TestAnEndThatSomebodyAskedForIsNoTrouble(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.IdleTimeout = 10 * time.Millisecond })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	for _, guest := range []Guest{{User: ada}, {User: ada, Alike: "all"}} {
		s, err := h.Connect(t.Context(), spec.Server, guest)
		must(t, err)
		hello(t, s)
		s.Close()
		<-s.inst.gone
	}
	if trouble := h.Trouble(spec.Deployment); trouble.Ends != 0 {
		t.Errorf("trouble %+v", trouble)
	}
}
