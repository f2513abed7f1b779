package deploy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"moorage"
)

// The half of the logbook that keeps lines. Functions here that do not say
// otherwise are called with mu held.

// stream returns what puts the lines of a source together.
func (b *logbook) stream(from source) *stream {
	s := b.streams[from]
	if s == nil {
		s = &stream{mask: b.masker.Stream()}
		b.streams[from] = s
	}
	return s
}

// finish ends the streams that are chosen: what the mask held back and lines
// without a line break come out.
func (b *logbook) finish(at time.Time, chosen func(source) bool) {
	for _, from := range slices.SortedFunc(maps.Keys(b.streams), source.compare) {
		if !chosen(from) {
			continue
		}
		emit := func(line string) { b.line(from.step, from.stream, at, line) }
		s := b.streams[from]
		s.cut.write(s.mask.Flush(), emit)
		s.cut.end(emit)
		delete(b.streams, from)
	}
}

func (s source) compare(t source) int {
	return cmp.Or(cmp.Compare(s.step, t.step), cmp.Compare(s.stream, t.stream))
}

// line keeps a line that was printed, as long as there is room.
func (b *logbook) line(step int, from moorage.Stream, at time.Time, text string) {
	b.size += int64(len(text)) + 1
	if b.full || b.seq >= b.most.lines || b.size > b.most.bytes {
		if !b.full {
			b.full = true
			b.append(step, moorage.StreamNote, at, "This log is full. What follows is counted, not kept.")
		}
		b.lost++
		return
	}
	b.append(step, from, at, text)
}

// append numbers a line.
func (b *logbook) append(step int, from moorage.Stream, at time.Time, text string) {
	b.seq++
	b.pending = append(b.pending, moorage.LogLine{Seq: b.seq, Step: step, Stream: from, At: at, Text: text})
	select {
	case b.bell <- struct{}{}:
	default: // it rings already
	}
}

func (b *logbook) tellLost() {
	if b.lost > 0 {
		b.append(b.last, moorage.StreamNote, b.now(), fmt.Sprintf("%s more lines were printed.", thousands(b.lost)))
	}
}

// thousands prints n as people read it: 12,345.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// storeInTime stores what has waited for batchTime. It runs without mu.
func (b *logbook) storeInTime() {
	defer close(b.ended)
	for {
		select {
		case <-b.done:
			return
		case <-b.bell:
		}
		select {
		case <-b.done:
			return
		case <-time.After(batchTime):
			b.store()
		}
	}
}

// store stores what is pending. It is called without mu, and returns when all
// that was pending then is stored.
func (b *logbook) store() {
	b.storing.Lock()
	defer b.storing.Unlock()
	b.mu.Lock()
	batch := b.pending
	b.pending = nil
	b.mu.Unlock()
	for part := range slices.Chunk(batch, batchLines) {
		if err := b.lines.AppendLog(b.ctx, b.id, part); err != nil {
			b.check(err)
			return
		}
	}
}

// check ends the deployment when its log cannot be stored. It is called without
// mu.
func (b *logbook) check(err error) {
	if err == nil {
		return
	}
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.broke(moorage.Errorf(moorage.Internal, "The log of this deployment could not be stored.").
		Try("Look at the free space of the disk that Moorage's data is on, then deploy again.").Because(err))
}
