package aggregate

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"moorage/handlers/sse"
)

// deadline is for one write: a client that stalls longer is cut off, so that what
// others are told does not wait for it.
const deadline = 10 * time.Second

// steady is a connection that lasts. Beside what the SDK writes, event by event,
// it says at every beat that it is there, so that proxies keep it.
type steady struct {
	http.ResponseWriter
	control *http.ResponseController

	mu     sync.Mutex
	stream bool // events have begun
	over   bool // nothing more may be written
}

func newSteady(w http.ResponseWriter) *steady {
	return &steady{ResponseWriter: w, control: http.NewResponseController(w)}
}

// Unwrap is for http.ResponseController.
func (s *steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Write writes a whole event, or a whole document.
func (s *steady) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream = strings.HasPrefix(s.Header().Get("Content-Type"), "text/event-stream")
	if s.stream {
		s.Header().Set("X-Accel-Buffering", "no")
	}
	return s.write(b)
}

func (s *steady) write(b []byte) (int, error) {
	// A connection that knows no deadlines is one of a test's recorder.
	_ = s.control.SetWriteDeadline(time.Now().Add(deadline))
	return s.ResponseWriter.Write(b)
}

// FlushError is for http.ResponseController.
func (s *steady) FlushError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.control.Flush()
}

// beat says that the stream is there. Before its first event there may be an
// answer that is none, with a status of its own.
func (s *steady) beat() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stream || s.over {
		return nil
	}
	if _, err := s.write([]byte(sse.Comment)); err != nil {
		return err
	}
	return s.control.Flush()
}

// end lets the connection go on to its next answer.
func (s *steady) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	_ = s.control.SetWriteDeadline(time.Time{}) // likewise
}
