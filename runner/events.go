package runner

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"moorage/jsonrpc"
)

const (
	defaultRetry = time.Second // before a broken stream is taken up again
	maxResumes   = 5           // in a row without a new event
)

// follow passes on a stream of events until the answer to m has come. A
// stream that ends early is taken up where it broke off, if the server gave
// its events ids.
func (l *httpLink) follow(m jsonrpc.Message, body io.Reader) {
	at := cursor{retry: defaultRetry}
	answered := l.events(m, body, &at)
	for tries := 0; !answered && at.lastID != "" && tries < maxResumes; tries++ {
		if !l.pause(at.retry) {
			return
		}
		resp, err := l.stream(at.lastID)
		if err != nil {
			continue
		}
		before := at.lastID
		answered = l.events(m, resp.Body, &at)
		resp.Body.Close()
		if at.lastID != before {
			tries = 0
		}
	}
	if !answered {
		l.fail(m, "The server ended its answer early.")
	}
}

// listen keeps the stream of what the server says unasked open. Servers need
// not have one.
func (l *httpLink) listen() {
	at := cursor{retry: defaultRetry}
	for tries := 0; tries < maxResumes; tries++ {
		resp, err := l.stream(at.lastID)
		if errors.Is(err, errNoStream) {
			return
		}
		if err == nil {
			tries = 0
			l.events(jsonrpc.Message{}, resp.Body, &at)
			resp.Body.Close()
		}
		if !l.pause(at.retry) {
			return
		}
	}
}

var errNoStream = errors.New("the server has no stream")

func (l *httpLink) stream(lastID string) (*http.Response, error) {
	resp, err := l.request(l.life, http.MethodGet, jsonrpc.Message{}, lastID)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		resp.Body.Close()
		return nil, errNoStream
	}
	return resp, nil
}

// pause waits; false when the conversation ended meanwhile.
func (l *httpLink) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.life.Done():
		return false
	}
}

// events passes on the messages of one stream until the answer to m has come, or
// the stream ends.
func (l *httpLink) events(m jsonrpc.Message, body io.Reader, at *cursor) (answered bool) {
	events := newEventReader(body, at, &l.junk)
	for {
		e, err := events.next()
		if err != nil {
			return false
		}
		if l.event(m, e.data) {
			return true
		}
	}
}

func (l *httpLink) event(m jsonrpc.Message, data []byte) (answers bool) {
	said, err := jsonrpc.ParseServer(bytes.TrimSpace(data))
	if err != nil {
		l.junk.Add(1)
		return false
	}
	return l.deliver(m, said)
}
