package feed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// book is a log whose line n says "n"; step s begins with line s*linesPerStep+1.
type book struct {
	mu      sync.Mutex
	lines   int64
	settled bool
	bells   map[chan struct{}]bool

	rounds atomic.Int64  // that are read for all
	alone  atomic.Int64  // lines that are read in rounds of one viewer
	pieces atomic.Int64  // that are read for the late ones
	breaks atomic.Int64  // how many of the next rounds break off in the middle
	came   atomic.Int64  // connections
	enough chan struct{} // closed when all viewers came
}

const linesPerStep = 100

func (b *book) write(n int64, settled bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines += n
	b.settled = b.settled || settled
	for bell := range b.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

func (b *book) now() (Cursor, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Cursor{b.lines, int((b.lines + linesPerStep - 1) / linesPerStep)}, b.settled
}

func (b *book) log() Log {
	return Log{
		Watch: func() (<-chan struct{}, func()) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.bells == nil {
				b.bells = map[chan struct{}]bool{}
			}
			bell := make(chan struct{}, 1)
			b.bells[bell] = true
			return bell, func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				delete(b.bells, bell)
			}
		},
		End:  func(context.Context) (Cursor, error) { end, _ := b.now(); return end, nil },
		Read: func(after Cursor) Reader { return &bookReader{b, after} },
		Lines: func(_ context.Context, after int64, to Cursor) (events []byte, _ error) {
			b.pieces.Add(1)
			for n := after + 1; n <= to.Seq; n++ {
				events = fmt.Appendf(events, "line %d\n", n)
			}
			return events, nil
		},
	}
}

type bookReader struct {
	*book
	at Cursor
}

var errTorn = errors.New("a page is torn")

// Round gives out a step before its lines, and lines in pieces of seven.
func (r *bookReader) Round(_ context.Context, limit Cursor, emit Emit) ([]byte, error) {
	if limit == everything {
		r.rounds.Add(1)
	}
	end, settled := r.now()
	for end := end.within(limit); r.at != end; {
		for r.at.Step < end.Step {
			r.at.Step++
			if err := emit(r.at, fmt.Appendf(nil, "step %d\n", r.at.Step)); err != nil {
				return nil, err
			}
		}
		if limit == everything && r.breaks.Add(-1) >= 0 {
			return nil, errTorn
		}
		var piece []byte
		for range 7 {
			if r.at.Seq < end.Seq {
				r.at.Seq++
				if limit != everything {
					r.alone.Add(1)
				}
				piece = fmt.Appendf(piece, "line %d\n", r.at.Seq)
			}
		}
		if err := emit(r.at, piece); err != nil {
			return nil, err
		}
	}
	if err := emit(r.at, []byte("head\n")); err != nil { // shows something anew
		return nil, err
	}
	if settled {
		return []byte("end\n"), nil
	}
	return nil, nil
}

// reader is a client that comes back with what it has until it has read all.
type reader struct {
	cursor Cursor
	faults []string
}

// take reads one connection, at most many lines of it; true when the log has ended.
func (r *reader) take(body io.Reader, many int) bool {
	scan := bufio.NewScanner(body)
	for many > 0 && scan.Scan() {
		word, number, _ := strings.Cut(scan.Text(), " ")
		n, _ := strconv.Atoi(number)
		switch {
		case word == "end":
			return true
		case word == "line" && int64(n) != r.cursor.Seq+1, word == "step" && n != r.cursor.Step+1:
			r.faults = append(r.faults, fmt.Sprintf("after %s comes %s %d", r.cursor, word, n))
			return true
		case word == "line" && (n-1)/linesPerStep+1 > r.cursor.Step:
			r.faults = append(r.faults, fmt.Sprintf("line %d comes before its step", n))
		case word == "line":
			many--
			r.cursor.Seq++
		case word == "step":
			r.cursor.Step++
		}
	}
	return false
}

func serveBook(t *testing.T, b *book, viewers int) (*Hub, string) {
	t.Helper()
	b.enough = make(chan struct{})
	hub := NewHub(make(chan struct{}))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.came.Add(1) == int64(viewers) {
			close(b.enough)
		}
		hub.Follow(r.Context(), "dep_1", b.log(), Viewer{W: w, After: ParseCursor(r.URL.Query().Get("after")), May: func() bool { return true }})
	}))
	t.Cleanup(func() {
		s.Close() // waits for the viewers
		if len(hub.feeds) > 0 {
			t.Error("a feed stays behind")
		}
	})
	return hub, s.URL
}

func get(t *testing.T, url string, k Cursor) io.ReadCloser {
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url + "?after=" + k.String())
	if err != nil {
		t.Error(err)
		return http.NoBody
	}
	return res.Body
}

func TestWhatManyFollowIsReadOnce(t *testing.T) {
	const viewers, writes = 50, 40
	b := &book{}
	_, url := serveBook(t, b, viewers)
	var all sync.WaitGroup
	for range viewers {
		all.Go(func() {
			body := get(t, url, Cursor{})
			defer body.Close()
			r := &reader{}
			if !r.take(body, 1_000_000) || r.cursor.Seq != writes*50 || r.faults != nil {
				t.Errorf("a viewer ends at %s: %v", r.cursor, r.faults)
			}
		})
	}
	<-b.enough
	for range writes {
		b.write(50, false)
	}
	b.write(0, true)
	all.Wait()
	// One for each write at most, and one for each viewer who comes.
	if n := b.rounds.Load(); n > writes+1+viewers {
		t.Errorf("%d viewers of %d writes made %d rounds", viewers, writes, n)
	}
}

func TestNothingIsLostWhereverAViewerIs(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const viewers, total = 20, 5_000
	b := &book{}
	hub, url := serveBook(t, b, viewers)
	hub.ring, hub.shelf = 400, 4_000 // bytes: most viewers fall off the ring
	b.write(555, false)
	var all sync.WaitGroup
	for n := range viewers {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(seed, uint64(n)))
			r := &reader{}
			for ended := false; !ended; {
				body := get(t, url, r.cursor)
				ended = r.take(body, 1+dice.IntN(900))
				body.Close()
			}
			if r.cursor != (Cursor{total, total / linesPerStep}) || r.faults != nil {
				t.Errorf("viewer %d ends at %s: %v", n, r.cursor, r.faults)
			}
		})
	}
	<-b.enough
	dice := rand.New(rand.NewPCG(seed, 0))
	for left := int64(total - 555); left > 0; {
		if dice.IntN(20) == 0 {
			b.breaks.Store(1)
		}
		n := min(left, dice.Int64N(60))
		b.write(n, false)
		left -= n
	}
	b.write(0, true)
	all.Wait()
}

func TestACursorFromNowhereHurtsOnlyItsViewer(t *testing.T) {
	b := &book{}
	_, url := serveBook(t, b, 2)
	b.write(300, false)
	liar := get(t, url, Cursor{999_999, 999})
	defer liar.Close()
	honest := get(t, url, Cursor{})
	defer honest.Close()
	<-b.enough
	b.write(50, true)
	r := &reader{}
	if !r.take(honest, 1_000_000) || r.cursor != (Cursor{350, 4}) || r.faults != nil {
		t.Errorf("the honest viewer ends at %s: %v", r.cursor, r.faults)
	}
	rest, err := io.ReadAll(liar)
	if err != nil || !strings.HasSuffix(string(rest), "end\n") || strings.Contains(string(rest), "line 300\n") {
		t.Errorf("the other one reads %q, %v", rest, err)
	}
}

func TestTheRingForgetsWhatIsOld(t *testing.T) {
	f := &feed{ring: 1000}
	for n := range int64(100) {
		if err := f.add(Cursor{Seq: n + 1}, make([]byte, 99)); err != nil {
			t.Fatal(err)
		}
	}
	if f.size > 1000 || len(f.frames) != 10 {
		t.Errorf("it keeps %d frames of %d bytes", len(f.frames), f.size)
	}
	if _, _, gone, _ := f.take(89); !gone {
		t.Error("frame 89 is still there")
	}
	if next, _, gone, _ := f.take(90); gone || next.to.Seq != 91 {
		t.Errorf("frame 90 is %+v", next)
	}
	for k, want := range map[int64][2]int64{3: {90, 90}, 90: {90, 90}, 95: {95, 95}, 100: {100, 100}, 7_000: {100, 100}} {
		if _, to, n := f.meet(Cursor{Seq: k}); to.Seq != want[0] || n != want[1] {
			t.Errorf("after %d it meets the ring at %s, frame %d", k, to, n)
		}
	}
}
