package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"moorage/jsonrpc"
)

// lastWarning is how long before it closes a socket says so once more; half
// of the idle timeout when that is less.
const lastWarning = time.Minute

// maxCall is how long a call without an answer holds the clock.
const maxCall = time.Hour

// watchIdle closes the socket when nothing was called for the idle timeout. A
// call in flight holds the clock, for an hour, and the next one starts it anew;
// pings, of WebSocket or of JSON-RPC, do neither.
func (s *socket) watchIdle(ctx context.Context) websocket.CloseError {
	var told time.Time // the closing time that the client knows
	warned := false
	for {
		busy, last := s.session.activity()
		closes := last.Add(s.idle)
		if busy {
			closes = last.Add(max(s.idle, maxCall))
		}
		now := s.now()
		if !now.Before(closes) {
			return websocket.CloseError{Code: CloseIdle, Reason: s.whyIdle(busy)}
		}
		warns := closes.Add(-min(lastWarning, s.idle/2))
		late := !now.Before(warns)
		if !closes.Equal(told) || late && !warned {
			if err := s.put(ctx, idleNotice(closes)); err != nil {
				return goodbye(err)
			}
		}
		told, warned = closes, late
		next := warns
		if late {
			next = closes
		}
		if !s.waitActivity(ctx, next.Sub(now)) {
			return farewell(ctx.Err())
		}
	}
}

func idleNotice(closes time.Time) []byte {
	return jsonrpc.Notice("notifications/moorage/idle", map[string]any{"closesAt": closes.UnixMilli()}).Bytes()
}

func (s *socket) whyIdle(busy bool) string {
	if busy {
		return fmt.Sprintf("A call had no answer for %s.", duration(max(s.idle, maxCall)))
	}
	return fmt.Sprintf("Nothing was called for %s.", duration(s.idle))
}

// waitActivity waits for calls to begin or end, or for d. It reports false
// when ctx has ended.
func (s *socket) waitActivity(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.session.active:
		return true
	case <-timer.C:
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
	case d == time.Second:
		return "a second"
	case d >= time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	default:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
}
