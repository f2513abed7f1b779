// Package sse writes Server-Sent Events (WHATWG HTML, §9.2), once for pages and
// programs.
package sse

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Beat is how often a stream without news pings, so that proxies keep the
// connection.
const Beat = 15 * time.Second

// Comment is what a ping writes.
const Comment = ": ping\n\n"

// deadline is for one write: a reader that stalls longer is cut off and comes
// back with its cursor.
const deadline = 10 * time.Second

// Stream is one response of events.
type Stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// Start sends the headers of a stream.
func Start(w http.ResponseWriter) (*Stream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s := &Stream{w: w, rc: http.NewResponseController(w)}
	return s, s.Write([]byte(": hello\n\n"))
}

var (
	dataLines = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")
	oneLine   = strings.NewReplacer("\r", "", "\n", "")
)

// Event is one event as it goes over the wire. An empty name is an unnamed
// event, an empty id leaves the client's last id as it is. Line breaks in data
// cannot begin a new field.
func Event(id, name, data string) []byte {
	b := make([]byte, 0, len(id)+len(name)+len(data)+64)
	if id != "" {
		b = fmt.Appendf(b, "id: %s\n", oneLine.Replace(id))
	}
	if name != "" {
		b = fmt.Appendf(b, "event: %s\n", oneLine.Replace(name))
	}
	return fmt.Appendf(b, "data: %s\n\n", dataLines.Replace(data))
}

// Send writes one event.
func (s *Stream) Send(id, name, data string) error { return s.Write(Event(id, name, data)) }

// Ping writes a comment.
func (s *Stream) Ping() error { return s.Write([]byte(Comment)) }

// Write writes events that are ready, and sends them at once.
func (s *Stream) Write(events []byte) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(deadline)); err != nil {
		return err
	}
	if _, err := s.w.Write(events); err != nil {
		return err
	}
	return s.rc.Flush()
}
