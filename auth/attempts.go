package auth

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"moorage"
)

const (
	attemptsAMinute = 10
	attemptsKept    = 10_000 // addresses; an attacker with more gets the oldest forgotten
)

// attempts counts sign-ins and setups by address.
type attempts struct {
	now func() time.Time

	mu   sync.Mutex
	byIP map[string]*attempt
}

type attempt struct {
	limiter *rate.Limiter
	last    time.Time
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, byIP: make(map[string]*attempt)}
}

// allow refuses the eleventh attempt of a kind within a minute.
func (a *attempts) allow(kind, ip string) error {
	key, now := kind+" "+network(ip), a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.byIP[key]
	if found == nil {
		if len(a.byIP) >= attemptsKept {
			a.sweep(now)
		}
		found = &attempt{limiter: rate.NewLimiter(rate.Every(time.Minute/attemptsAMinute), attemptsAMinute)}
		a.byIP[key] = found
	}
	found.last = now
	if !found.limiter.AllowN(now, 1) {
		return moorage.Errorf(moorage.Limited, "Too many attempts from your address.").Try("Try again in a minute.")
	}
	return nil
}

// sweep forgets whoever has all attempts again, and the one that was idle
// longest when that is nobody. mu is held.
func (a *attempts) sweep(now time.Time) {
	var oldest string
	for key, at := range a.byIP {
		if now.Sub(at.last) >= time.Minute {
			delete(a.byIP, key)
		} else if oldest == "" || at.last.Before(a.byIP[oldest].last) {
			oldest = key
		}
	}
	if len(a.byIP) >= attemptsKept {
		delete(a.byIP, oldest)
	}
}

// network is the address itself for IPv4, and the /64 that one customer gets for IPv6.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return prefix.String()
}
