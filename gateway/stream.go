package gateway

import (
	"strconv"
	"strings"
	"sync"

	"moorage/jsonrpc"
)

// Caps on what a stream keeps for a reader that is away.
const (
	maxEvents = 1000
	maxBytes  = 32 << 20
)

// stream is a list of messages that only grows, with at most one reader. It
// outlives the connection that reads it, so that to resume is to read from
// another place.
type stream struct {
	id   string        // the first part of its events' ids; "": what belongs to no call
	bell chan struct{} // something has changed

	mu      sync.Mutex
	events  [][]byte
	first   int // number of events[0]
	size    int // bytes of events
	pending int // calls whose answer is not there
	read    int // number of the first event that no reader has had
	reader  int // counts readers: a new one displaces the old
	reading bool
	dead    bool // nothing comes any more, whatever is pending
}

func newStream(id string, pending int) *stream {
	return &stream{id: id, bell: make(chan struct{}, 1), pending: pending}
}

func (s *stream) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// put adds a message, which may be the answer to one of the stream's calls.
func (s *stream) put(m jsonrpc.Message) {
	b := m.Bytes()
	s.mu.Lock()
	s.events = append(s.events, b)
	s.size += len(b)
	if m.IsResponse() && s.pending > 0 {
		s.pending--
	}
	for len(s.events) > maxEvents || s.size > maxBytes && len(s.events) > 1 {
		s.size -= len(s.events[0])
		s.events[0] = nil
		s.events, s.first = s.events[1:], s.first+1
	}
	s.mu.Unlock()
	s.ring()
}

// give gives up a call: its answer is not to come.
func (s *stream) give() {
	s.mu.Lock()
	s.pending = max(0, s.pending-1)
	s.mu.Unlock()
	s.ring()
}

// abandon ends a stream: nobody waits for what is pending.
func (s *stream) abandon() {
	s.mu.Lock()
	s.dead = true
	s.mu.Unlock()
	s.ring()
}

// done reports whether nothing comes any more. s.mu is held.
func (s *stream) done() bool { return s.dead || s.id != "" && s.pending == 0 }

func (s *stream) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done()
}

// listened reports whether somebody reads it.
func (s *stream) listened() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reading
}

// take makes the caller the reader, from an event on; below 0: from the first
// that nobody has had.
func (s *stream) take(from int) (reader, at int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reader++
	s.reading = true
	if from < 0 {
		from = s.read
	}
	s.ring()
	return s.reader, max(from, s.first)
}

// release ends reading, unless another one reads by now.
func (s *stream) release(reader int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reader == reader {
		s.reading = false
	}
}

// next is what there is from an event on, and whether it is the last; false
// when another reader has taken over.
func (s *stream) next(reader, at int) (events [][]byte, number int, last, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reader != reader {
		s.ring()
		return nil, at, true, false
	}
	at = max(at, s.first)
	events = s.events[min(at-s.first, len(s.events)):]
	s.read = max(s.read, at+len(events))
	return events, at, s.done(), true
}

// since is what there is from an event on, for who reads it and nobody else.
func (s *stream) since(at int) (events [][]byte, number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at = max(at, s.first)
	return s.events[min(at-s.first, len(s.events)):], at
}

// eventID names an event: what a client that has it comes back with.
func (s *stream) eventID(n int) string { return s.id + "_" + strconv.Itoa(n) }

// parseEventID splits the name of an event; false when it is none of ours.
func parseEventID(name string) (stream string, n int, ok bool) {
	stream, digits, found := strings.Cut(name, "_")
	n, err := strconv.Atoi(digits)
	return stream, n, found && err == nil && n >= 0 && strconv.Itoa(n) == digits
}
