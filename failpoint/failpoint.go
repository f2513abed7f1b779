// Package failpoint ends this process, or makes its clock jump, at a point that
// a test has named. It is compiled in, so that what is tested is what is
// shipped, and does nothing unless MOORAGE_FAILPOINT is set. It owns how points
// are written and what happens at them; where they are is known to whoever
// calls Reach, which is the store: before and after each of its commits.
//
// Between two commits nothing is written down, so a kill before a commit stands
// for a kill anywhere since the one before it.
package failpoint

import (
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Env is the environment variable that holds the failpoints of a process.
const Env = "MOORAGE_FAILPOINT"

// Set is the failpoints of one process, and its clock. Nil is a set without
// failpoints, whose clock is the real one. All methods may be called at the
// same time.
type Set struct {
	spec string

	mu     sync.Mutex
	points []*point
	ahead  time.Duration // of the real clock
}

// point is one failpoint that has not been passed for the last time.
type point struct {
	name string
	left int           // how often it is still to be reached; 0: over
	jump time.Duration // of the clock; 0: the end of the process
}

var rule = regexp.MustCompile(`^((?:before|after) [^@=;]+?)(?:@([1-9][0-9]{0,5}))?(?:=(kill|[+-][0-9a-z.]+))?$`)

// Parse reads what MOORAGE_FAILPOINT holds: one failpoint or several, with
// semicolons between them.
//
//	before set image          the first time: SIGKILL
//	after begin step@3        the third time
//	before switch=-1h         the clock jumps back by an hour
//
// "" is a nil Set.
func Parse(spec string) (*Set, error) {
	if strings.TrimSpace(spec) == "" {
		return nil, nil
	}
	s := &Set{spec: spec}
	for part := range strings.SplitSeq(spec, ";") {
		p, err := parsePoint(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		s.points = append(s.points, p)
	}
	return s, nil
}

func parsePoint(text string) (*point, error) {
	wrong := func(err error) error {
		return fmt.Errorf("%s: %q is not a failpoint such as “before set image@2” or “after switch=+1h”: %v", Env, text, err)
	}
	m := rule.FindStringSubmatch(text)
	if m == nil {
		return nil, wrong(fmt.Errorf("it does not match %s", rule))
	}
	p := &point{name: m[1], left: 1}
	var err error
	if m[2] != "" {
		if p.left, err = strconv.Atoi(m[2]); err != nil {
			return nil, wrong(err)
		}
	}
	if m[3] != "" && m[3] != "kill" {
		if p.jump, err = time.ParseDuration(m[3]); err != nil {
			return nil, wrong(err)
		}
	}
	return p, nil
}

// Warn says loudly that this process is under test.
func (s *Set) Warn(log *slog.Logger) {
	if s != nil {
		log.Warn("THIS PROCESS WILL FAIL ON PURPOSE: "+Env+" is set, which is for tests only", "failpoint", s.spec)
	}
}

// Reach says that the process has come to a point. It returns, unless it is
// the one where the process ends.
func (s *Set) Reach(name string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.points {
		if p.name != name || p.left == 0 {
			continue
		}
		if p.left--; p.left > 0 {
			continue
		}
		if p.jump == 0 {
			die()
		}
		s.ahead += p.jump
	}
}

// Now is the clock of the process. A jump moves what was measured across it,
// too, which a jump of the machine's clock does not: who survives this one
// survives that one.
func (s *Set) Now() time.Time {
	if s == nil {
		return time.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.ahead)
}

// die is what kill -9, or the machine losing its power, does to a process:
// nothing is closed, nothing is said.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nobody is left to hear of an error
	select {}
}
