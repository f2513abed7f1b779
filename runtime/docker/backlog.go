package docker

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// backlogSize is how much output is kept for a reader that is slow or not
// there, in bytes.
const backlogSize = 256 << 10

// backlog takes the output of a server without ever making it wait. When nobody
// reads it keeps the newest bytes, and tells the reader how many are missing.
// Missing are whole lines: at the torn end of one there could be a part of a
// secret, which whoever masks it could not recognise.
type backlog struct {
	mu      sync.Mutex
	filled  *sync.Cond
	ring    []byte // grows up to backlogSize
	start   int
	length  int
	midway  bool   // the reader has, or will have with begun, a line without its end
	begun   []byte // the rest of that line, when what follows it was dropped
	dropped int64
	torn    bool   // the ring begins in the middle of a line, for all that is known
	notice  []byte // the rest of a line that tells of dropped bytes
	closed  bool
}

// pieceSize is how much is written at once, in bytes: a small part of the ring.
const pieceSize = 32 << 10

func newBacklog() *backlog {
	b := &backlog{}
	b.filled = sync.NewCond(&b.mu)
	return b
}

// Write never blocks and never fails.
func (b *backlog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for piece := range slices.Chunk(p, pieceSize) {
		b.push(piece)
	}
	b.filled.Signal()
	return len(p), nil
}

func (b *backlog) push(p []byte) {
	b.grow(b.length + len(p))
	if over := b.length + len(p) - len(b.ring); over > 0 {
		b.drop(over)
	}
	for len(p) > 0 {
		end := (b.start + b.length) % len(b.ring)
		n := copy(b.ring[end:], p)
		b.length += n
		p = p[n:]
	}
}

// drop makes room for so many bytes. The line that the reader is in the middle
// of is kept beside the ring, as long as it is not endless.
func (b *backlog) drop(over int) {
	for b.midway && b.dropped == 0 && b.length > 0 && len(b.begun) < backlogSize {
		c := b.shift()
		b.begun = append(b.begun, c)
		b.midway = !endsLine(c)
		over--
	}
	if over > 0 {
		b.start = (b.start + over) % len(b.ring)
		b.length -= over
		b.dropped += int64(over)
		b.torn = true
	}
}

// mend drops the rest of a line that has lost its beginning.
func (b *backlog) mend() {
	for b.torn && b.length > 0 {
		b.torn = !endsLine(b.shift())
		b.dropped++
	}
}

// shift takes the oldest byte; there is one.
func (b *backlog) shift() byte {
	c := b.ring[b.start]
	b.start = (b.start + 1) % len(b.ring)
	b.length--
	return c
}

// endsLine knows the carriage return too: of a progress bar there may be no
// other end.
func endsLine(c byte) bool { return c == '\n' || c == '\r' }

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
	for b.mend(); b.empty() && !b.closed; b.mend() {
		b.filled.Wait()
	}
	if len(b.begun) > 0 {
		return give(&b.begun, p), nil
	}
	if b.dropped > 0 && len(b.notice) == 0 {
		b.tell()
	}
	if len(b.notice) > 0 {
		return give(&b.notice, p), nil
	}
	if b.length == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.ring[b.start:min(b.start+b.length, len(b.ring))])
	b.start = (b.start + n) % len(b.ring)
	b.length -= n
	b.midway = !endsLine(p[n-1])
	return n, nil
}

func (b *backlog) empty() bool { return b.length+len(b.begun)+len(b.notice) == 0 }

// tell makes the notice of what was dropped, on a line of its own.
func (b *backlog) tell() {
	if b.midway {
		b.notice = append(b.notice, '\n')
	}
	b.notice = fmt.Appendf(b.notice, "[%d bytes of output were dropped here]\n", b.dropped)
	b.dropped, b.midway = 0, false
}

// give moves the beginning of kept to p.
func give(kept *[]byte, p []byte) int {
	n := copy(p, *kept)
	if *kept = (*kept)[n:]; len(*kept) == 0 {
		*kept = nil
	}
	return n
}

// Close lets the reader come to the end.
func (b *backlog) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.filled.Broadcast()
	return nil
}
