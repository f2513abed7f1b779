package feed

import "context"

const (
	pieceLines = 500     // pieces end at its multiples, wherever their readers come from
	shelfBytes = 8 << 20 // of the newest pieces
)

// piece names lines of a log: those after a Seq and up to a cursor.
type piece struct {
	after int64
	to    Cursor
}

// shelf holds the pieces that late viewers read last, for those who are as late.
type shelf struct {
	most, size int // bytes
	read       map[piece]*reading
	oldest     []piece
}

// reading is a piece that somebody reads, or has read.
type reading struct {
	done   chan struct{} // closed when the rest is there
	events []byte
	err    error
}

// piece returns the events of a piece. The first who wants it reads it, the
// others wait for that.
func (f *feed) piece(ctx context.Context, p piece) ([]byte, error) {
	f.mu.Lock()
	r, found := f.shelf.read[p]
	if !found {
		r = &reading{done: make(chan struct{})}
		f.shelf.read[p] = r
	}
	f.mu.Unlock()
	if !found {
		defer close(r.done)
		r.events, r.err = f.log.Lines(context.WithoutCancel(ctx), p.after, p.to) // for all, also when this viewer leaves
		f.mu.Lock()
		defer f.mu.Unlock()
		f.shelf.keep(p, r)
		return r.events, r.err
	}
	select {
	case <-r.done:
		return r.events, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// keep makes room for a piece that was read, and forgets one that could not be.
func (s *shelf) keep(p piece, r *reading) {
	if r.err != nil {
		delete(s.read, p)
		return
	}
	s.oldest = append(s.oldest, p)
	s.size += len(r.events)
	for s.size > s.most {
		s.size -= len(s.read[s.oldest[0]].events)
		delete(s.read, s.oldest[0])
		s.oldest = s.oldest[1:]
	}
}
