package gateway

import (
	"context"
	"net/http"
	"time"

	"moorage/handlers/sse"
	"moorage/jsonrpc"
)

// show is how a stream is shown to a client.
type show struct {
	from  int  // the first event; below 0: the first that nobody has had
	ids   bool // its events have ids, to come back with
	prime bool // it begins with an id (MCP 2025-11-25, basic/transports: SSE priming)
	still func(ctx context.Context) error
}

// first waits for the answer that a stream consists of; false when there is
// more to it, or it takes too long to wait in silence.
func (g *Gateway) first(ctx context.Context, s *stream) ([]byte, bool) {
	patience := time.NewTimer(g.o.StreamAfter)
	defer patience.Stop()
	reader, at := s.take(0)
	defer s.release(reader)
	for {
		events, _, last, _ := s.next(reader, at)
		switch {
		case last && len(events) == 1:
			return events[0], true
		case last || len(events) > 0:
			return nil, false
		}
		select {
		case <-s.bell:
		case <-patience.C:
			return nil, false
		case <-ctx.Done():
			return nil, false
		}
	}
}

// stream sends a stream as events until its end, or that of the client.
func (g *Gateway) stream(w http.ResponseWriter, r *http.Request, s *stream, o show) {
	reader, at := s.take(o.from)
	defer s.release(reader)
	// An answer that ends is followed by others on its connection.
	defer func() { _ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) }()
	out, err := sse.Start(w)
	if err != nil {
		return
	}
	if o.prime {
		if out.Write([]byte("id: "+s.eventID(at)+"\nretry: 1000\ndata:\n\n")) != nil {
			return
		}
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	for {
		events, from, last, mine := s.next(reader, at)
		at = from + len(events)
		if len(events) > 0 && out.Write(join(s, events, from, o.ids)) != nil || last || !mine {
			return
		}
		select {
		case <-s.bell:
		case <-beat.C:
			if o.still != nil && o.still(r.Context()) != nil || out.Ping() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-g.life.Done():
			return
		}
	}
}

// join writes events as they go over the wire. An event's id is where to go on.
func join(s *stream, events [][]byte, from int, ids bool) []byte {
	var b []byte
	for i, data := range events {
		id := ""
		if ids {
			id = s.eventID(from + i + 1)
		}
		b = append(b, sse.Event(id, "message", string(data))...)
	}
	return b
}

// statusOf is the HTTP status of an answer of the modern era
// (MCP 2026-07-28, basic/transports: error codes).
func statusOf(code int) int {
	switch code {
	case 0:
		return http.StatusOK
	case jsonrpc.CodeNoMethod:
		return http.StatusNotFound
	case jsonrpc.CodeParse, jsonrpc.CodeInvalidRequest, jsonrpc.CodeInvalidParams,
		jsonrpc.CodeHeaderMismatch, jsonrpc.CodeMissingCapability, jsonrpc.CodeVersion:
		return http.StatusBadRequest
	}
	return http.StatusOK
}
