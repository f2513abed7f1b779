package store

import (
	"sync"
	"sync/atomic"
)

// memory keeps what was read of the main file, until the next write to it:
// whoever calls a server is looked up at each call, and a read takes a tenth of
// a millisecond. This process makes all writes that change or take away
// something; commands beside it only add, and that something is not there is
// not kept.
type memory struct {
	writes atomic.Uint64

	mu   sync.Mutex
	at   uint64 // writes when values were read
	kept map[any]any
}

// maxKept bounds it; nobody needs more between two writes.
const maxKept = 10_000

// forget is for after a write, before its caller hears of it.
func (m *memory) forget() { m.writes.Add(1) }

// remember returns what was read under a key since the last write, or reads it.
// What it returns is everybody's: it must not be changed in place.
func remember[T any](m *memory, key any, read func() (T, error)) (T, error) {
	now := m.writes.Load()
	if v, ok := m.get(now, key); ok {
		return v.(T), nil
	}
	v, err := read()
	if err == nil {
		m.put(now, key, v)
	}
	return v, err
}

func (m *memory) get(now uint64, key any) (any, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at != now {
		return nil, false
	}
	v, ok := m.kept[key]
	return v, ok
}

// put keeps what was read when there had been so many writes; a value that is
// older than what is kept is left out.
func (m *memory) put(now uint64, key, v any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case now < m.at:
		return
	case now > m.at, len(m.kept) >= maxKept, m.kept == nil:
		m.at, m.kept = now, map[any]any{}
	}
	m.kept[key] = v
}
