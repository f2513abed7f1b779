package runner

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"moorage/jsonrpc"
)

// maxRetry is how long a server may ask to wait before a stream is taken up again.
const maxRetry = time.Minute

// cursor is where a stream of events stands.
type cursor struct {
	lastID string
	retry  time.Duration
}

// event is one event of a stream. Its data is good until the next one is read.
type event struct {
	name string // "": message
	data []byte
}

// eventReader reads a stream of events (WHATWG HTML, 9.2.6).
type eventReader struct {
	lines *bufio.Reader
	at    *cursor
	junk  *atomic.Int64 // counts what is longer than a message may be
	now   event         // what is read of the next one
}

func newEventReader(body io.Reader, at *cursor, junk *atomic.Int64) *eventReader {
	return &eventReader{lines: bufio.NewReaderSize(body, 4<<10), at: at, junk: junk}
}

// next returns the next event that holds data. What is left at the end of the
// stream is none.
func (e *eventReader) next() (event, error) {
	e.now = event{data: e.now.data[:0]}
	for {
		line, err := readLine(e.lines)
		switch {
		case errors.Is(err, errLineTooLong):
			e.junk.Add(1)
			continue
		case len(line) > 0:
			e.field(line)
		case err == nil: // an empty line ends an event
			if len(e.now.data) > 0 {
				return e.now, nil
			}
			e.now.name = ""
		}
		if err != nil {
			return event{}, err
		}
	}
}

// field takes one line of an event.
func (e *eventReader) field(line []byte) {
	name, value, _ := strings.Cut(string(line), ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "event":
		e.now.name = value
	case "data":
		if len(e.now.data)+len(value) > jsonrpc.MaxMessage {
			e.junk.Add(1)
			e.now.data = e.now.data[:0]
			return
		}
		if len(e.now.data) > 0 {
			e.now.data = append(e.now.data, '\n')
		}
		e.now.data = append(e.now.data, value...)
	case "id":
		if !strings.ContainsRune(value, 0) {
			e.at.lastID = value
		}
	case "retry":
		if ms, err := strconv.Atoi(value); err == nil && ms >= 0 {
			e.at.retry = time.Duration(min(ms, int(maxRetry.Milliseconds()))) * time.Millisecond
		}
	}
}
