// Package feed sends the log of a running deployment to all who follow it. The
// database is the stream: a bell rings, one of the viewers takes it, and reads
// and renders what is new, once for everybody. What was rendered last is kept
// in a short ring. A viewer who is not on it (who has just come, or reads
// slowly) is told how the steps are now, and gets the lines up to where the ring
// goes on in pieces that it shares with all who are as late. So nothing is lost
// and nothing comes twice, a hundred viewers cost little more than one, and a
// frozen one holds nothing but its own connection, until the deadline of a write.
package feed

import (
	"context"
	"sync"
)

// ringBytes is how much of a feed stays in memory: a quarter of a minute of a
// build that prints 10,000 lines a second, all of most others.
const ringBytes = 32 << 20

// Log is one log as one audience gets it.
type Log struct {
	Watch func() (bell <-chan struct{}, stop func()) // the bell rings after every write
	End   func(ctx context.Context) (Cursor, error)  // of what is stored
	Read  func(after Cursor) Reader                  // of what comes after a cursor
	// Lines returns the events of the lines after a Seq and up to a cursor, whose
	// steps the viewer has. They are the same whenever they are read.
	Lines func(ctx context.Context, after int64, to Cursor) ([]byte, error)
}

// Reader reads one log and remembers what it has given out.
type Reader interface {
	// Round gives out what is new, in pieces that each end at a cursor, and
	// nothing that is beyond the limit. When the log has ended it returns the
	// event that says so.
	Round(ctx context.Context, limit Cursor, emit Emit) (end []byte, err error)
}

// Emit takes events, ready to be sent, that bring a viewer to a cursor.
type Emit func(to Cursor, events []byte) error

// feed is what the viewers of one log share.
type feed struct {
	log  Log
	bell <-chan struct{} // of the log: one of the viewers takes it
	stop func()
	ring int // bytes

	reading sync.Mutex // held by the viewer who reads for all; before mu
	reader  Reader     // nil before the first round

	mu      sync.Mutex
	viewers map[*connection]bool
	frames  []frame // the newest
	first   int64   // number of frames[0]; every frame has one
	size    int     // of their events
	end     Cursor  // of the newest frame
	closes  []byte  // the last event; nil while the log goes on
	err     error   // a round that broke off: nobody can go on from here
	shelf   shelf
}

// frame is one piece of the stream. One that only shows something anew ends
// where it begins.
type frame struct {
	from, to Cursor
	events   []byte
}

// read brings all that is stored into the feed, and tells the viewers.
func (f *feed) read(ctx context.Context) error {
	f.reading.Lock()
	defer f.reading.Unlock()
	closes, err := f.round(context.WithoutCancel(ctx)) // for all, also when this viewer leaves
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closes, f.err = closes, err
	for v := range f.viewers {
		select {
		case v.news <- struct{}{}:
		default: // it will look anyway
		}
	}
	return err
}

func (f *feed) round(ctx context.Context) (closes []byte, err error) {
	f.mu.Lock()
	closes, err = f.closes, f.err
	f.mu.Unlock()
	if closes != nil || err != nil {
		return closes, err
	}
	if f.reader == nil {
		end, err := f.log.End(ctx)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		f.end = end
		f.mu.Unlock()
		f.reader = f.log.Read(end)
	}
	return f.reader.Round(ctx, everything, f.add)
}

// add is an Emit. The oldest frames make room.
func (f *feed) add(to Cursor, events []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frames = append(f.frames, frame{f.end, to, events})
	f.end = to
	f.size += len(events)
	for f.size > f.ring && len(f.frames) > 1 {
		f.size -= len(f.frames[0].events)
		f.frames[0] = frame{} // the array behind may live on
		f.frames = f.frames[1:]
		f.first++
	}
	return nil
}

// take returns frame n. When there is none yet it returns the event that closes
// the stream, if it has ended; gone says that n is not in the ring any more.
func (f *feed) take(n int64) (next frame, closes []byte, gone bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch i := n - f.first; {
	case f.err != nil:
		return frame{}, nil, false, f.err
	case i < 0:
		return frame{}, nil, true, nil
	case i < int64(len(f.frames)):
		return f.frames[i], nil, false, nil
	default:
		return frame{}, f.closes, false, nil
	}
}

// meet says where a viewer at a cursor comes back to the ring: from where (not
// beyond the end) up to which cursor it has to catch up, and which frame
// follows. Frames there that only show something anew are left out: the viewer
// is about to read how that is now.
func (f *feed) meet(k Cursor) (from, to Cursor, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to = k.within(f.end), f.end
	for i := len(f.frames) - 1; i >= 0 && f.frames[i].from.reaches(from); i-- {
		to = f.frames[i].from
	}
	n = f.first + int64(len(f.frames))
	for i, frame := range f.frames {
		if frame.from == to && frame.to != to {
			n = f.first + int64(i)
			break
		}
	}
	return from, to, n
}
