package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/coder/websocket"
)

// lastWarning is how long before it closes a socket says so once more; half
// of the idle timeout when that is less.
const lastWarning = time.Minute

// watchIdle closes the socket when nothing was called for the idle timeout. A
// call in flight holds the clock, and the next one starts it anew; pings, of
// WebSocket or of JSON-RPC, do neither.
func (s *socket) watchIdle(ctx context.Context) websocket.CloseError {
	var told time.Time // the closing time that the client knows
	warned := false
	for {
		busy, last := s.session.activity()
		closes := last.Add(s.idle)
		warns := closes.Add(-min(lastWarning, s.idle/2))
		now := s.now()
		if !busy && !now.Before(closes) {
			return websocket.CloseError{Code: CloseIdle, Reason: fmt.Sprintf("Nothing was called for %s.", duration(s.idle))}
		}
		late := !busy && !now.Before(warns)
		if !closes.Equal(told) || late && !warned {
			if err := s.put(ctx, notice("notifications/moorage/idle", map[string]any{"closesAt": closes.UnixMilli()}).bytes()); err != nil {
				return goodbye(err)
			}
		}
		told, warned = closes, late
		next := warns
		if late {
			next = closes
		}
		if !s.waitActivity(ctx, busy, next.Sub(now)) {
			return farewell(ctx.Err())
		}
	}
}

// waitActivity waits for calls to begin or end, or for d, unless one is in
// flight. It reports false when ctx has ended.
func (s *socket) waitActivity(ctx context.Context, busy bool, d time.Duration) bool {
	var due <-chan time.Time
	if !busy {
		timer := time.NewTimer(d)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-s.session.active:
		return true
	case <-due:
		return true
	case <-ctx.Done():
		return false
	}
}

// duration says d as people do: whole minutes, or seconds.
func duration(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "a minute"
	case d >= time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	default:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
}
