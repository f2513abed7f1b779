package docker

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
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
		notice, kept, _ := strings.Cut(string(got[1:]), "\n")
		if want := fmt.Sprintf("[%d bytes of output were dropped here]", len(written)-backlogSize); notice != want {
			t.Fatalf("seed %d: got %q, want %q", seed, notice, want)
		}
		if kept != string(written[len(written)-backlogSize:]) {
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

// letters are n bytes that can be told from those at other places.
func letters(from, n int) []byte {
	piece := make([]byte, n)
	for i := range piece {
		piece[i] = byte('a' + (from+i)%23)
	}
	return piece
}
