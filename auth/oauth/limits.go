package oauth

import (
	"net/netip"
	"sync"
	"time"

	"moorage"
)

// What one address, or one person, may ask for within a minute.
const (
	registrationsAMinute = 10
	tokensAMinute        = 120 // an office of clients behind one address
	documentsAMinute     = 20
	limitsKept           = 50_000 // who is counted; more are refused until the minute is over
)

// limits counts in the running minute.
type limits struct {
	now func() time.Time

	mu     sync.Mutex
	minute time.Time
	counts map[limited]int
}

// limited is who asks for what.
type limited struct{ what, who string }

func newLimits(now func() time.Time) *limits { return &limits{now: now} }

// allow refuses what is more than most within a minute. The error is Limited.
func (l *limits) allow(what, who string, most int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.now().Truncate(time.Minute); !m.Equal(l.minute) {
		l.minute, l.counts = m, map[limited]int{}
	}
	key := limited{what, who}
	if l.counts[key] >= most || len(l.counts) >= limitsKept && l.counts[key] == 0 {
		return moorage.Errorf(moorage.Limited, "This was asked for too often.").Try("Try again in a minute.")
	}
	l.counts[key]++
	return nil
}

// network is the address itself for IPv4, and the /64 that one customer gets for IPv6.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap().WithZone("")
	if prefix, err := addr.Prefix(64); err == nil && addr.Is6() {
		return prefix.String()
	}
	return addr.String()
}
