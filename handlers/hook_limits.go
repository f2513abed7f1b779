package handlers

import (
	"sync"
	"time"

	"moorage"
)

const pushesAMinute = 60 // of one repository

// hookLimits counts the pushes of each repository in the running minute.
type hookLimits struct {
	now clock

	mu     sync.Mutex
	minute time.Time
	pushes map[int64]int
}

func newHookLimits(now clock) *hookLimits { return &hookLimits{now: now} }

// allow refuses the 61st push of a repository within a minute.
func (l *hookLimits) allow(repository int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.now().Truncate(time.Minute); !m.Equal(l.minute) {
		l.minute, l.pushes = m, map[int64]int{}
	}
	l.pushes[repository]++
	if l.pushes[repository] > pushesAMinute {
		return moorage.Errorf(moorage.Limited, "More than %d pushes of this repository came within a minute.", pushesAMinute).
			Try("Deliver it again in a minute.")
	}
	return nil
}
