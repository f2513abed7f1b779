package docker

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTheBacklogGivesBackWhatFits(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := newBacklog()
		var want, got []byte
		for range r.IntN(40) { // written and read in turns, never more than fits
			piece := letters(len(want), r.IntN(backlogSize-b.length+1))
			want = append(want, piece...)
			if n, err := b.Write(piece); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
			if chunk := make([]byte, r.IntN(100_000)); b.length > 0 {
				n, err := b.Read(chunk)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, chunk[:n]...)
			}
		}
		b.Close()
		rest, err := io.ReadAll(b)
		if got = append(got, rest...); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %d bytes came back of %d: %v", seed, len(got), len(want), err)
		}
	}
}

func TestTheBacklogKeepsTheNewestAndSaysHowMuchIsMissing(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := newBacklog()
		var written []byte
		for len(written) <= backlogSize {
			piece := letters(len(written), r.IntN(2*backlogSize))
			written = append(written, piece...)
			b.Write(piece)
		}
		b.Close()
		got, err := io.ReadAll(iotest.OneByteReader(b))
		if err != nil {
			t.Fatal(err)
		}
		notice, kept, _ := strings.Cut(string(got), "\n")
		_, newest, _ := strings.Cut(string(written[len(written)-backlogSize:]), "\n") // from the first whole line
		if want := fmt.Sprintf("[%d bytes of output were dropped here]", len(written)-len(newest)); notice != want {
			t.Fatalf("seed %d: got %q, want %q", seed, notice, want)
		}
		if kept != newest {
			t.Fatalf("seed %d: what is kept is not the newest", seed)
		}
	}
}

func TestTheBacklogWakesItsReader(t *testing.T) {
	b := newBacklog()
	go func() {
		b.Write([]byte("late"))
		b.Close()
	}()
	if got, err := io.ReadAll(b); err != nil || string(got) != "late" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheBacklogGivesNothingOfALineThatBeganBefore(t *testing.T) {
	const text = "50 %\r100 %\nthe next line\n"
	for begin, want := range map[int]string{
		0: "100 %\nthe next line\n", 5: "the next line\n", 10: "the next line\n", 11: "", len(text): "",
	} {
		for cut := begin; cut <= len(text); cut++ {
			b := newBacklog()
			b.torn = true
			b.Write([]byte(text[begin:cut]))
			got := readWhatIsThere(t, b, len(text))
			b.Write([]byte(text[cut:]))
			b.Close()
			rest, err := io.ReadAll(b)
			if err != nil {
				t.Fatal(err)
			}
			kept, dropped := withoutNotices(t, append(got, rest...))
			if kept != want || dropped != len(text)-begin-len(want) {
				t.Errorf("from %d, in pieces up to %d: got %q without %d bytes, want %q", begin, cut, kept, dropped, want)
			}
		}
	}
}

// A reader that has seen the beginning of a line sees its end, whatever is
// dropped after it.
func TestOfALineTheBacklogGivesAllOrNothing(t *testing.T) {
	missing := 0
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 3))
		b := newBacklog()
		var written, got []byte
		for i := 0; len(written) < 6*backlogSize; i++ {
			line := fmt.Appendf(nil, "line %d %s\n", i, strings.Repeat("-", r.IntN(5000)))
			written = append(written, line...)
			cut := r.IntN(len(line))
			b.Write(line[:cut])
			if r.IntN(150) == 0 {
				got = append(got, readWhatIsThere(t, b, 1+r.IntN(2*backlogSize))...)
			}
			b.Write(line[cut:])
		}
		b.Close()
		rest, err := io.ReadAll(b)
		if err != nil {
			t.Fatal(err)
		}
		kept, dropped := withoutNotices(t, append(got, rest...))
		missing += dropped
		if len(kept)+dropped != len(written) {
			t.Fatalf("seed %d: %d bytes came and %d were dropped, of %d", seed, len(kept), dropped, len(written))
		}
		later := string(written)
		for line := range strings.Lines(kept) {
			_, after, ok := strings.Cut(later, line)
			if !ok || !strings.HasPrefix(line, "line ") {
				t.Fatalf("seed %d: %.20q is no line, or out of order", seed, line)
			}
			later = after
		}
	}
	if missing == 0 {
		t.Error("nothing was ever dropped")
	}
}

// readWhatIsThere reads at most so many bytes, and does not wait for any.
func readWhatIsThere(t *testing.T, b *backlog, most int) (got []byte) {
	t.Helper()
	for b.mend(); !b.empty() && len(got) < most; b.mend() {
		chunk := make([]byte, most-len(got))
		n, err := b.Read(chunk)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, chunk[:n]...)
	}
	return got
}

// noticed is what the backlog itself says.
var noticed = regexp.MustCompile(`(?m)^\[(\d+) bytes of output were dropped here\]\n`)

// withoutNotices returns the output itself, and how many bytes are missing.
func withoutNotices(t *testing.T, got []byte) (kept string, dropped int) {
	t.Helper()
	for _, notice := range noticed.FindAllSubmatch(got, -1) {
		n, err := strconv.Atoi(string(notice[1]))
		if err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	return noticed.ReplaceAllString(string(got), ""), dropped
}

// letters are n bytes that can be told from those at other places, in lines.
func letters(from, n int) []byte {
	piece := make([]byte, n)
	for i := range piece {
		piece[i] = "abcdefghijklmnopqrstuv\n"[(from+i)%23]
	}
	return piece
}
