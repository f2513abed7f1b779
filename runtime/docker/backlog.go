package docker

import (
	"fmt"
	"io"
	"sync"
)

// backlogSize is how much output is kept for a reader that is slow or not
// there, in bytes.
const backlogSize = 256 << 10

// backlog takes the output of a server without ever making it wait. When nobody
// reads it keeps the newest bytes, and tells the reader how many are missing.
type backlog struct {
	mu      sync.Mutex
	filled  *sync.Cond
	ring    []byte // grows up to backlogSize
	start   int
	length  int
	dropped int64
	notice  []byte // the rest of a line that tells of dropped bytes
	closed  bool
}

func newBacklog() *backlog {
	b := &backlog{}
	b.filled = sync.NewCond(&b.mu)
	return b
}

// Write never blocks and never fails.
func (b *backlog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	written := len(p)
	if over := len(p) - backlogSize; over > 0 {
		b.dropped += int64(over)
		p = p[over:]
	}
	b.grow(b.length + len(p))
	if over := b.length + len(p) - len(b.ring); over > 0 {
		b.dropped += int64(over)
		b.start = (b.start + over) % len(b.ring)
		b.length -= over
	}
	for len(p) > 0 {
		end := (b.start + b.length) % len(b.ring)
		n := copy(b.ring[end:], p)
		b.length += n
		p = p[n:]
	}
	b.filled.Signal()
	return written, nil
}

// grow makes room for need bytes, at most backlogSize: most servers print a
// few lines, and there may be many of them.
func (b *backlog) grow(need int) {
	if need <= len(b.ring) || len(b.ring) == backlogSize {
		return
	}
	larger := make([]byte, min(max(need, 2*len(b.ring), 4<<10), backlogSize))
	n := copy(larger, b.ring[b.start:min(b.start+b.length, len(b.ring))])
	copy(larger[n:], b.ring[:b.length-n])
	b.ring, b.start = larger, 0
}

// Read waits for output. It returns io.EOF after the last of it.
func (b *backlog) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.length == 0 && len(b.notice) == 0 && !b.closed {
		b.filled.Wait()
	}
	if b.dropped > 0 && len(b.notice) == 0 {
		b.notice = fmt.Appendf(nil, "\n[%d bytes of output were dropped here]\n", b.dropped)
		b.dropped = 0
	}
	if len(b.notice) > 0 {
		n := copy(p, b.notice)
		b.notice = b.notice[n:]
		return n, nil
	}
	if b.length == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.ring[b.start:min(b.start+b.length, len(b.ring))])
	b.start = (b.start + n) % len(b.ring)
	b.length -= n
	return n, nil
}

// Close lets the reader come to the end.
func (b *backlog) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.filled.Broadcast()
	return nil
}
