package usage

import (
	"sync"
	"sync/atomic"
	"time"

	"moorage"
)

// RecordFor is for how long what is asked and answered is kept, once somebody
// has said so.
const RecordFor = 10 * time.Minute

// maxMemory is how many bytes are kept of all servers together.
const maxMemory = 32 << 20

// Recording is that calls of a server are kept with what was asked and answered.
type Recording struct {
	By    string // login of who wants it
	Until time.Time
}

// recordings are those that there are, and what they have kept. It is in memory
// alone: no file and no backup ever holds it, and a restart ends it.
type recordings struct {
	running atomic.Pointer[map[moorage.ServerID]Recording] // replaced as a whole: every call reads it

	mu    sync.Mutex
	kept  []keptCall // oldest first
	bytes int
}

type keptCall struct {
	server moorage.ServerID
	n      int64
	at     time.Time
	values moorage.Kept
}

// Record keeps what is asked of a server from now on, for RecordFor.
func (u *Usage) Record(server moorage.ServerID, by string) {
	u.recordings.set(server, Recording{By: by, Until: u.o.Now().Add(RecordFor)})
}

// StopRecording keeps no more. What was kept stays until it is a day old.
func (u *Usage) StopRecording(server moorage.ServerID) { u.recordings.set(server, Recording{}) }

func (r *recordings) set(server moorage.ServerID, to Recording) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := map[moorage.ServerID]Recording{}
	if running := r.running.Load(); running != nil {
		for id, other := range *running {
			next[id] = other
		}
	}
	next[server] = to
	if to.By == "" {
		delete(next, server)
	}
	r.running.Store(&next)
}

// Recording returns that of a server; false when there is none now.
func (u *Usage) Recording(server moorage.ServerID) (Recording, bool) {
	running := u.recordings.running.Load()
	if running == nil || len(*running) == 0 {
		return Recording{}, false
	}
	one, ok := (*running)[server]
	return one, ok && u.o.Now().Before(one.Until)
}

// Keeps reports whether what is asked of a server is kept now.
func (u *Usage) Keeps(server moorage.ServerID) bool {
	_, on := u.Recording(server)
	return on
}

// Kept returns what was kept of the calls of a server, by their number.
func (u *Usage) Kept(server moorage.ServerID) map[int64]moorage.Kept {
	r := &u.recordings
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[int64]moorage.Kept{}
	for _, k := range r.kept {
		if k.server == server {
			found[k.n] = k.values
		}
	}
	return found
}

// add keeps a call, and forgets the oldest ones when there are too many.
func (r *recordings) add(c moorage.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, keptCall{c.Server, c.N, c.Began, *c.Kept})
	r.bytes += c.Kept.Size()
	for r.bytes > maxMemory {
		r.drop()
	}
}

// sweep forgets what is too old.
func (r *recordings) sweep(before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.kept) > 0 && r.kept[0].at.Before(before) {
		r.drop()
	}
}

// drop forgets the oldest call. r.mu is held.
func (r *recordings) drop() {
	r.bytes -= r.kept[0].values.Size()
	r.kept[0] = keptCall{}
	r.kept = r.kept[1:]
}
