package gateway

import (
	"bytes"
	"net/http"
	"strings"

	"moorage/jsonrpc"
)

// overhearing passes on what a server answers that is called by the proxy, and
// hears the answer to the call.
type overhearing struct {
	http.ResponseWriter
	heard  []byte           // of the body, or of the event that is coming
	answer *jsonrpc.Message // nil: it has not come
	deaf   bool             // a message was too large to be one
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (o *overhearing) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *overhearing) Write(b []byte) (int, error) {
	if !o.deaf && o.answer == nil {
		o.hear(b)
	}
	return o.ResponseWriter.Write(b)
}

func (o *overhearing) hear(b []byte) {
	looked := max(0, len(o.heard)-len("\r\n\r\n")+1) // up to here no event has ended
	o.heard = append(o.heard, b...)
	if strings.HasPrefix(o.Header().Get("Content-Type"), "text/event-stream") {
		o.events(looked)
	}
	if len(o.heard) > 2*jsonrpc.MaxMessage {
		o.heard, o.deaf = nil, true
	}
}

// events takes off the events that are whole (WHATWG HTML, 9.2: server-sent
// events), and keeps the answer when it is among them. They are looked for from
// an offset on: what comes in many pieces is not read again with each.
func (o *overhearing) events(from int) {
	for ; ; from = 0 {
		end, next := bytes.Index(o.heard[from:], []byte("\n\n")), 2
		if crlf := bytes.Index(o.heard[from:], []byte("\r\n\r\n")); crlf >= 0 && (end < 0 || crlf < end) {
			end, next = crlf, 4
		}
		if end < 0 {
			return
		}
		end += from
		var data []byte
		for line := range bytes.Lines(o.heard[:end]) {
			if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				data = append(data, value...)
			}
		}
		o.heard = o.heard[end+next:]
		o.take(data)
	}
}

func (o *overhearing) take(data []byte) {
	if m, err := jsonrpc.ParseServer(bytes.TrimSpace(data)); err == nil && m.IsResponse() {
		o.answer = &m
	}
}

// end is what came of the call; nil when its client did not wait for it.
func (o *overhearing) end(r *http.Request, call jsonrpc.Message) *jsonrpc.Message {
	if o.answer == nil && !o.deaf {
		o.take(o.heard)
	}
	switch {
	case o.answer != nil:
		return o.answer
	case o.deaf:
		return &jsonrpc.Message{ID: call.ID}
	case r.Context().Err() != nil:
		return nil
	}
	no := jsonrpc.Refusal(call.ID, jsonrpc.CodeServerGone, "The server did not answer.")
	return &no
}
