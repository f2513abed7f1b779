package feed

import (
	"context"
	"io"
	"testing"
)

func TestWhoIsAsLateReadsTogether(t *testing.T) {
	const viewers, lines = 50, 10*pieceLines + 7
	b := &book{}
	_, url := serveBook(t, b, viewers)
	b.write(lines, false)
	all := make([]io.ReadCloser, viewers)
	for n := range all {
		all[n] = get(t, url, Cursor{Seq: 3})
		defer all[n].Close()
	}
	for _, body := range all {
		r := &reader{cursor: Cursor{Seq: 3}}
		if r.take(body, lines-3); r.cursor.Seq != lines || r.faults != nil {
			t.Errorf("a viewer is at %s: %v", r.cursor, r.faults)
		}
	}
	if alone, pieces := b.alone.Load(), b.pieces.Load(); alone != 0 || pieces != 11 {
		t.Errorf("%d late viewers read %d lines alone and %d pieces for all", viewers, alone, pieces)
	}
}

func TestTheShelfForgetsWhatIsOldAndWhatFailed(t *testing.T) {
	var reads int
	var torn error
	f := &feed{shelf: shelf{most: 300, read: map[piece]*reading{}}, log: Log{Lines: func(context.Context, int64, Cursor) ([]byte, error) {
		reads++
		return make([]byte, 99), torn
	}}}
	read := func(n int64, wantErr error, wantReads int) {
		t.Helper()
		if _, err := f.piece(t.Context(), piece{n, Cursor{Seq: n + 1}}); err != wantErr || reads != wantReads {
			t.Errorf("piece %d: %v after %d reads, want %v after %d", n, err, reads, wantErr, wantReads)
		}
	}
	torn = errTorn
	read(1, errTorn, 1)
	torn = nil
	for n := range int64(4) {
		read(n, nil, int(n)+2)
	}
	read(3, nil, 5)
	read(0, nil, 6)
	if f.shelf.size > 300 || len(f.shelf.read) != 3 || len(f.shelf.oldest) != 3 {
		t.Errorf("it keeps %d pieces of %d bytes", len(f.shelf.read), f.shelf.size)
	}
}
