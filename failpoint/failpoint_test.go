package failpoint_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"moorage/failpoint"
)

func TestWithoutFailpointsNothingHappens(t *testing.T) {
	s, err := failpoint.Parse("")
	if s != nil || err != nil {
		t.Fatalf("%v, %v", s, err)
	}
	s.Reach("before set image")
	if d := time.Since(s.Now()).Abs(); d > time.Minute {
		t.Errorf("the clock is off by %s", d)
	}
	var said bytes.Buffer
	s.Warn(slog.New(slog.NewTextHandler(&said, nil)))
	if said.Len() > 0 {
		t.Errorf("it says %s", &said)
	}
}

func TestTheClockJumpsWhenItsPointIsReachedForTheNthTime(t *testing.T) {
	s, err := failpoint.Parse("before switch@2=+1h; after switch=-3h")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		point string
		ahead time.Duration
	}{
		{"before switch", 0}, {"before claim deployment", 0}, {"before switch", time.Hour}, {"before switch", time.Hour},
		{"after switch", -2 * time.Hour}, {"after switch", -2 * time.Hour},
	} {
		s.Reach(row.point)
		if off := (time.Until(s.Now()) - row.ahead).Abs(); off > time.Minute {
			t.Errorf("%s: the clock is %s from where it should be", row.point, off)
		}
	}
}

func TestWhatIsNoFailpointIsRefused(t *testing.T) {
	for _, spec := range []string{
		"set image", "before ", "during set image", "before set image@0", "before set image@x", "before set image=1h",
		"before set image=+soon", "before set image=explode", "before a; ; after b", "before set image@9999999",
	} {
		if _, err := failpoint.Parse(spec); err == nil || !strings.Contains(err.Error(), failpoint.Env) {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestItSaysLoudlyThatItIsSet(t *testing.T) {
	s, err := failpoint.Parse("after set image")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s.Warn(slog.New(slog.NewTextHandler(&said, nil)))
	for _, words := range []string{"level=WARN", "ON PURPOSE", failpoint.Env, "after set image"} {
		if !strings.Contains(said.String(), words) {
			t.Errorf("%q is not said: %s", words, &said)
		}
	}
}

// child is set where this test binary runs itself, to be killed.
const child = "FAILPOINT_TEST_CHILD"

func TestTheProcessEndsAsByKill(t *testing.T) {
	if os.Getenv(child) != "" {
		s, err := failpoint.Parse("before set image@2")
		if err != nil {
			t.Fatal(err)
		}
		s.Reach("before set image")
		os.Stdout.WriteString("once\n")
		s.Reach("before set image")
		os.Stdout.WriteString("twice\n")
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestTheProcessEndsAsByKill$")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.Output()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", err)
	}
	if said := string(out); !strings.Contains(said, "once") || strings.Contains(said, "twice") {
		t.Errorf("it said %q", said)
	}
}
