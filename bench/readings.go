package main

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// The lines of the flood: flood@<19 digits>#<8 digits>.
var floodMark = []byte("flood@")

const floodLine = len("flood@0000000000000000000#00000000")

// readings is what one reader of the flood has seen.
type readings struct {
	lines    int64
	last     int64
	repeated int64          // lines that came again, or out of their order
	delays   [20_000]uint32 // lines by the milliseconds they took; longer ones are the last
}

// read reads a stream of any kind to its end: an event stream of a page or of a
// program, or what docker prints. It looks for lines of the flood alone, so that
// hundreds of readers leave the machine to what is measured.
func (r *readings) read(from io.Reader) error {
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := from.Read(buf[len(buf):cap(buf)])
		rest := r.take(buf[:len(buf)+n], time.Now().UnixNano())
		buf = append(buf[:0], rest...)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// take notes the whole lines in b, and returns what may be the beginning of another.
func (r *readings) take(b []byte, now int64) (rest []byte) {
	for {
		i := bytes.Index(b, floodMark)
		if i < 0 {
			return b[max(0, len(b)-len(floodMark)):]
		}
		if len(b)-i < floodLine {
			return b[i:]
		}
		line := b[i : i+floodLine]
		b = b[i+floodLine:]
		at, err1 := strconv.ParseInt(string(line[6:25]), 10, 64)
		seq, err2 := strconv.ParseInt(string(line[26:]), 10, 64)
		if err1 == nil && err2 == nil {
			r.note(seq, now-at)
		}
	}
}

func (r *readings) note(seq, delay int64) {
	if seq <= r.last {
		r.repeated++
		return
	}
	r.last = seq
	r.lines++
	r.delays[min(max(delay, 0)/int64(time.Millisecond), int64(len(r.delays)-1))]++
}

func (r *readings) merge(other *readings) {
	r.lines += other.lines
	for ms, n := range other.delays {
		r.delays[ms] += n
	}
}

// percentile is the delay that p percent of the lines did not exceed, to the
// millisecond.
func (r *readings) percentile(p int64) time.Duration {
	left := r.lines * p / 100
	for ms, n := range r.delays {
		if left -= int64(n); left < 0 {
			return time.Duration(ms+1) * time.Millisecond
		}
	}
	return time.Duration(len(r.delays)) * time.Millisecond
}
