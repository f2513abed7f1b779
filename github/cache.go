package github

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"
)

const (
	cacheFor  = time.Minute // a repository that was just added has to show soon
	cacheSize = 4096        // entries
)

// cache keeps answers for a minute. Its keys are hashes, so that no token
// stays in memory.
type cache[T any] struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[cacheKey]cached[T]
}

type cacheKey [sha256.Size]byte

type cached[T any] struct {
	value T
	until time.Time
}

func newCache[T any](now func() time.Time) *cache[T] {
	return &cache[T]{now: now, entries: make(map[cacheKey]cached[T])}
}

func keyOf(parts ...string) cacheKey {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

func (c *cache[T]) get(key cacheKey) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || !c.now().Before(e.until) {
		var none T
		return none, false
	}
	return e.value, true
}

func (c *cache[T]) put(key cacheKey, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheSize {
		c.sweep()
	}
	c.entries[key] = cached[T]{value, c.now().Add(cacheFor)}
}

// sweep drops what has expired, and everything when that is nothing. mu is held.
func (c *cache[T]) sweep() {
	for key, e := range c.entries {
		if !c.now().Before(e.until) {
			delete(c.entries, key)
		}
	}
	if len(c.entries) >= cacheSize {
		clear(c.entries)
	}
}
