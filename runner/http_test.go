package runner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"moorage"
	"moorage/jsonrpc"
)

// script is an HTTP server that does for each request what the test says, and
// notes what was asked.
type script struct {
	t    *testing.T
	mu   sync.Mutex
	seen []string
}

func (s *script) note(r *http.Request, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf("%s %s session=%s version=%s last=%s %s", r.Method, r.URL,
		r.Header.Get("Mcp-Session-Id"), r.Header.Get("Mcp-Protocol-Version"), r.Header.Get("Last-Event-ID"), body))
}

func (s *script) saw(want string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.seen {
		if strings.Contains(line, want) {
			return
		}
	}
	s.t.Errorf("the server did not see %q in\n%s", want, strings.Join(s.seen, "\n"))
}

// linkTo begins a conversation with a scripted server.
func linkTo(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, m jsonrpc.Message)) (*httpLink, *script) {
	t.Helper()
	s := &script{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.note(r, string(body))
		m, _ := jsonrpc.ParseServer(body)
		handle(w, r, m)
	}))
	run := moorage.RunConfig{Path: "/mcp", Query: map[string]string{"apiKey": "API_KEY", "unset": "NOTHING"}}
	l := newHTTPLink(t.Context(), endpoint(server.Listener.Addr().String(), run, map[string]string{"API_KEY": "s3cret&"}))
	t.Cleanup(func() {
		l.close()
		l.wait()
		server.Close()
	})
	return l, s
}

func sendTo(t *testing.T, l link, raw string) {
	t.Helper()
	m, err := jsonrpc.ParseServer([]byte(raw))
	must(t, err)
	must(t, l.send(t.Context(), m))
}

func answerJSON(w http.ResponseWriter, m jsonrpc.Message) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18"}}`, m.ID)
}

func events(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	io.WriteString(w, text)
	w.(http.Flusher).Flush()
}

func TestAnHTTPConversationKeepsItsSessionAndVersion(t *testing.T) {
	unasked := make(chan struct{})
	l, seen := linkTo(t, func(w http.ResponseWriter, r *http.Request, m jsonrpc.Message) {
		switch {
		case m.Method == "initialize":
			w.Header().Set("Mcp-Session-Id", "abc")
			answerJSON(w, m)
		case r.Method == http.MethodGet:
			events(w, ": hello\n\nid: 7\ndata:\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\"notifications/tools/list_changed\"}\n\n")
			close(unasked)
			<-r.Context().Done()
		case m.IsRequest():
			answerJSON(w, m)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	})
	sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	<-l.messages()
	sendTo(t, l, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	<-unasked
	if m := <-l.messages(); m.Method != "notifications/tools/list_changed" {
		t.Errorf("heard %s", m.Bytes())
	}
	sendTo(t, l, `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`)
	<-l.messages()
	l.close()
	l.wait()
	if _, open := <-l.messages(); open || l.noise() != 0 {
		t.Error("a closed conversation goes on")
	}
	if err := l.send(t.Context(), jsonrpc.Message{Method: "x"}); err != errLinkClosed {
		t.Errorf("send = %v", err)
	}
	seen.saw(`POST /mcp?apiKey=s3cret%26 session= version= last= {"jsonrpc":"2.0","id":1,"method":"initialize"`)
	seen.saw(`session=abc version=2025-06-18 last= {"jsonrpc":"2.0","method":"notifications/initialized"}`)
	seen.saw(`GET /mcp?apiKey=s3cret%26 session=abc`)
	seen.saw(`session= version=2026-07-28 last= {"jsonrpc":"2.0","id":2`)
	seen.saw(`DELETE /mcp?apiKey=s3cret%26 session=abc`)
}

func TestCallsShareAConnection(t *testing.T) {
	var from sync.Map
	heard, endless := make(chan struct{}), make(chan struct{})
	l, _ := linkTo(t, func(w http.ResponseWriter, r *http.Request, m jsonrpc.Message) {
		from.Store(r.RemoteAddr, true)
		events(w, "data: "+`{"jsonrpc":"2.0","id":`+string(m.ID)+`,"result":{}}`+"\n\n")
		if m.Method == "endless" {
			<-endless
		} else {
			<-heard // the end of the stream comes later than the answer
		}
	})
	t.Cleanup(func() { close(endless) })
	for range 20 {
		sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
		if m := <-l.messages(); m.Result == nil {
			t.Fatalf("%s", m.Err)
		}
		heard <- struct{}{}
		for len(l.posts) > 0 {
			runtime.Gosched() // until the rest of the stream is read
		}
	}
	count := 0
	from.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("20 calls made %d connections", count)
	}
	for range 2 { // a server that does not end its streams is left, and called again
		sendTo(t, l, `{"jsonrpc":"2.0","id":2,"method":"endless"}`)
		if m := <-l.messages(); m.Result == nil {
			t.Fatalf("%s", m.Err)
		}
	}
	for len(l.posts) > 0 {
		runtime.Gosched()
	}
}

func TestAStreamThatBreaksIsTakenUpWhereItWas(t *testing.T) {
	l, seen := linkTo(t, func(w http.ResponseWriter, r *http.Request, m jsonrpc.Message) {
		if r.Method == http.MethodPost {
			events(w, "retry: 1\nid: a1\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"roots/list\"}\n\n")
			return
		}
		events(w, "data: not a message\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":1.0,\"result\":{}}\n\n")
	})
	sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`)
	if m := <-l.messages(); m.Method != "roots/list" || !m.IsRequest() {
		t.Errorf("heard %s", m.Bytes())
	}
	if m := <-l.messages(); !m.IsResponse() || string(m.ID) != "1.0" {
		t.Errorf("heard %s", m.Bytes())
	}
	if l.noise() != 1 {
		t.Errorf("noise %d", l.noise())
	}
	seen.saw("GET /mcp?apiKey=s3cret%26 session= version= last=a1")
}

func TestAnHTTPServerThatDoesNotAnswerIsAnsweredFor(t *testing.T) {
	for what, tt := range map[string]struct {
		handle func(w http.ResponseWriter, r *http.Request, m jsonrpc.Message)
		want   string
	}{
		"a page":           {func(w http.ResponseWriter, _ *http.Request, _ jsonrpc.Message) { fmt.Fprint(w, "<html>") }, "HTTP status 200 and no message"},
		"a fault":          {func(w http.ResponseWriter, _ *http.Request, _ jsonrpc.Message) { w.WriteHeader(500) }, "HTTP status 500"},
		"another's answer": {func(w http.ResponseWriter, _ *http.Request, m jsonrpc.Message) { m.ID = []byte("9"); answerJSON(w, m) }, "HTTP status 200 and no message"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request, _ jsonrpc.Message) {
			http.Redirect(w, r, "http://example.com/", 307)
		}, "HTTP status 307"},
		"a short stream": {func(w http.ResponseWriter, _ *http.Request, _ jsonrpc.Message) { events(w, ": nothing\n\n") }, "ended its answer early"},
		"a cut":          {func(http.ResponseWriter, *http.Request, jsonrpc.Message) { panic(http.ErrAbortHandler) }, "The server did not answer"},
	} {
		t.Run(what, func(t *testing.T) {
			l, _ := linkTo(t, tt.handle)
			sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
			m := <-l.messages()
			if text := string(m.Err); !strings.Contains(text, tt.want) || !strings.Contains(text, "-32000") || strings.Contains(text, "s3cret") {
				t.Errorf("answer %s", m.Bytes())
			}
		})
	}
}

func TestAForgottenSessionEndsTheConversation(t *testing.T) {
	l, _ := linkTo(t, func(w http.ResponseWriter, _ *http.Request, m jsonrpc.Message) {
		if m.Method == "initialize" {
			w.Header().Set("Mcp-Session-Id", "abc")
			answerJSON(w, m)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	<-l.messages()
	sendTo(t, l, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	if m, open := <-l.messages(); open {
		t.Errorf("heard %s", m.Bytes())
	}
	if l.reason() != "The server has forgotten the session." {
		t.Errorf("reason %q", l.reason())
	}
}

func TestNamesThatAHeaderCannotHoldAreEncoded(t *testing.T) {
	for in, want := range map[string]string{"tools/call": "tools/call", "größe": "=?base64?Z3LDtsOfZQ==?=", "a\r\nb": "=?base64?YQ0KYg==?="} {
		if got := headerText(in); got != want {
			t.Errorf("headerText(%q) = %q", in, got)
		}
	}
}

func TestNobodyListensUntilItIsSaid(t *testing.T) {
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := dialable(ctx, "", 8080, ended); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("dialable = %v", err)
	}
	close(ended)
	if err := dialable(t.Context(), "", 8080, ended); err != errEnded {
		t.Errorf("dialable = %v", err)
	}
}
