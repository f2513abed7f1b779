package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

const (
	deleteTimeout = 2 * time.Second        // for a server to accept the end of a session
	restTimeout   = 100 * time.Millisecond // for it to end a stream whose answer has come
)

// httpLink is a client of Streamable HTTP (MCP 2025-11-25, basic/transports):
// each message is a POST, answers come as JSON or as a stream of events, and
// one GET stream carries what the server says unasked.
type httpLink struct {
	*poster
	once sync.Once

	session string // Mcp-Session-Id; guarded by mu, as is
	version string // what initialize agreed on
}

// newHTTPLink begins a conversation with the server at an endpoint. Nothing is
// sent before the first message.
func newHTTPLink(ctx context.Context, endpoint string) *httpLink {
	l := &httpLink{poster: newPoster(ctx, endpoint)}
	l.begin(func() { l.write(l.tell, l.ask) })
	return l
}

// endpoint is the server's URL, with the query parameters that it takes its
// configuration from. Because of those it must not reach a log or an error.
func endpoint(addr string, run moorage.RunConfig, env map[string]string) string {
	query := url.Values{}
	for parameter, variable := range run.Query {
		if value := env[variable]; value != "" {
			query.Set(parameter, value)
		}
	}
	u := url.URL{Scheme: "http", Host: addr, Path: run.Endpoint(), RawQuery: query.Encode()}
	return u.String()
}

func (l *httpLink) close() {
	l.once.Do(l.goodbye)
	l.cancel()
}

// tell posts a notification or an answer. JSON-RPC has no way to say that it
// was not accepted.
func (l *httpLink) tell(m jsonrpc.Message) {
	ctx, cancel := context.WithTimeout(l.life, noticeTimeout)
	defer cancel()
	resp, err := l.request(ctx, http.MethodPost, m, "")
	if err != nil {
		return
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, jsonrpc.MaxMessage))
	if m.Method == "notifications/initialized" && resp.StatusCode < 300 {
		l.work.Go(l.listen)
	}
}

// ask posts a call and passes on all that comes back for it.
func (l *httpLink) ask(m jsonrpc.Message) {
	ctx, cancel := context.WithCancel(l.life)
	defer cancel()
	resp, err := l.request(ctx, http.MethodPost, m, "")
	if err != nil {
		l.fail(m, "The server did not answer: "+err.Error()+".")
		return
	}
	defer resp.Body.Close()
	if m.Method == "initialize" {
		l.mu.Lock()
		l.session = resp.Header.Get("Mcp-Session-Id")
		l.mu.Unlock()
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case kind == "text/event-stream" && resp.StatusCode < 300:
		l.follow(m, resp.Body)
		defer time.AfterFunc(restTimeout, cancel).Stop()
		io.Copy(io.Discard, resp.Body) // so that its connection serves the next call
	case kind == "application/json" && l.single(m, resp.Body):
	case resp.StatusCode == http.StatusNotFound && l.hasSession():
		l.lose("The server has forgotten the session.")
	default:
		l.fail(m, fmt.Sprintf("The server answered with HTTP status %d and no message.", resp.StatusCode))
	}
}

// single passes on an answer that is one JSON document; false when it is none.
func (l *httpLink) single(m jsonrpc.Message, body io.Reader) bool {
	b, err := io.ReadAll(io.LimitReader(body, jsonrpc.MaxMessage+1))
	if err != nil {
		return false
	}
	answer, err := jsonrpc.ParseServer(b)
	if err != nil || !answer.IsResponse() || jsonrpc.Key(answer.ID) != jsonrpc.Key(m.ID) {
		l.junk.Add(1)
		return false
	}
	l.deliver(m, answer)
	return true
}

// deliver passes a message on that came in answer to m. It reports whether it
// is the answer itself.
func (l *httpLink) deliver(m, said jsonrpc.Message) bool {
	answers := m.ID != nil && said.IsResponse() && jsonrpc.Key(said.ID) == jsonrpc.Key(m.ID)
	if answers && m.Method == "initialize" {
		var r struct {
			ProtocolVersion string `json:"protocolVersion"`
		}
		if json.Unmarshal(said.Result, &r) == nil {
			l.mu.Lock()
			l.version = r.ProtocolVersion
			l.mu.Unlock()
		}
	}
	l.pass(said)
	return answers
}

func (l *httpLink) hasSession() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session != ""
}

// goodbye tells the server that its session is over; it may not care.
func (l *httpLink) goodbye() {
	if !l.hasSession() || l.life.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.life, deleteTimeout)
	defer cancel()
	if resp, err := l.request(ctx, http.MethodDelete, jsonrpc.Message{}, ""); err == nil {
		resp.Body.Close()
	}
}

// request makes one of the conversation; lastEvent is where a broken stream
// goes on.
func (l *httpLink) request(ctx context.Context, method string, m jsonrpc.Message, lastEvent string) (*http.Response, error) {
	var body io.Reader
	if method == http.MethodPost {
		body = bytes.NewReader(m.Bytes())
	}
	req, err := http.NewRequestWithContext(ctx, method, l.url, body)
	if err != nil {
		return nil, errNoURL
	}
	l.headers(req, m, lastEvent)
	return l.do(req)
}
