package runner

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

// oldLinkTo begins a conversation with a scripted server of the old transport:
// what it says on its stream, and what it does with each message.
func oldLinkTo(t *testing.T, patience time.Duration, stream http.HandlerFunc, take func(http.ResponseWriter, jsonrpc.Message)) (*sseLink, *script) {
	t.Helper()
	s := &script{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.note(r, string(body))
		if r.Method == http.MethodGet {
			stream(w, r)
			return
		}
		m, _ := jsonrpc.ParseServer(body)
		take(w, m)
	}))
	run := moorage.RunConfig{Transport: moorage.TransportSSE, Query: map[string]string{"apiKey": "API_KEY"}}
	l := newSSELink(t.Context(), endpoint(server.Listener.Addr().String(), run, map[string]string{"API_KEY": "s3cret&"}), patience)
	t.Cleanup(func() {
		l.close()
		l.wait()
		server.Close()
	})
	return l, s
}

// says is a stream that says something, and then nothing until it is closed.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		events(w, text)
		<-r.Context().Done()
	}
}

func accept(w http.ResponseWriter, _ jsonrpc.Message) { w.WriteHeader(http.StatusAccepted) }

func TestTheOldTransportIsSpokenAsItWasWritten(t *testing.T) {
	answers := make(chan string, 10) // more than is ever answered: the stream may be over by then
	l, s := oldLinkTo(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		events(w, ": hello\n\nevent: message\ndata: {}\n\nevent: endpoint\ndata: messages/?session_id=7#part\n\n")
		for {
			select {
			case text := <-answers:
				events(w, text)
			case <-r.Context().Done():
				return
			}
		}
	}, func(w http.ResponseWriter, m jsonrpc.Message) {
		w.WriteHeader(http.StatusAccepted)
		if m.IsRequest() {
			answers <- ": ping\n\nevent: other\ndata: {}\n\nevent: endpoint\ndata: /elsewhere\n\ndata: no message\n\n"
			answers <- fmt.Sprintf("event: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"id\":%s,\"result\":{}}\n\n", m.ID)
			answers <- "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\r\n\r\n"
		}
	})
	sendTo(t, l, `{"jsonrpc":"2.0","id":"a","method":"initialize","params":{}}`)
	if m := <-l.messages(); string(m.ID) != `"a"` || string(m.Result) != "{}" {
		t.Errorf("answer %s", m.Bytes())
	}
	if m := <-l.messages(); m.Method != "notifications/message" {
		t.Errorf("heard %s", m.Bytes())
	}
	sendTo(t, l, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	sendTo(t, l, `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	<-l.messages()
	s.saw("GET /sse?apiKey=s3cret%26 ")
	s.saw(`POST /messages/?session_id=7 session= version= last= {"jsonrpc":"2.0","id":"a","method":"initialize","params":{}}`)
	s.saw(`POST /messages/?session_id=7 session= version= last= {"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if l.noise() != 3 {
		t.Errorf("noise %d", l.noise())
	}
}

func TestAServerThatDoesNotSpeakTheOldTransportLosesTheConversation(t *testing.T) {
	const another, none = "The server wants its messages at another address than its own. It must name a path alone.", "The server named no address for its messages that could be one."
	to := func(address string) http.HandlerFunc { return says("event: endpoint\ndata: " + address + "\n\n") }
	for what, tt := range map[string]struct {
		stream   http.HandlerFunc
		patience time.Duration
		want     string
	}{
		"another host":           {to("http://example.com/messages"), time.Minute, another},
		"another host, no words": {to("//example.com/messages"), time.Minute, another},
		"another port":           {to("http://127.0.0.1:1/messages"), time.Minute, another},
		"the usual port":         {to("http://127.0.0.1/messages"), time.Minute, another},
		"another scheme":         {to("file:///etc/passwd"), time.Minute, another},
		"with a name":            {func(w http.ResponseWriter, r *http.Request) { to("http://ada@"+r.Host+"/messages")(w, r) }, time.Minute, another},
		"none":                   {to("%zz"), time.Minute, none},
		"a long one":             {to("/" + strings.Repeat("x", maxTarget)), time.Minute, none},
		"nothing in time":        {says(": hello\n\n"), time.Millisecond, "The server did not say within 0 seconds where it takes messages, as the old HTTP+SSE asks."},
		"an event without end": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for line := []byte("event: endpoint\ndata: /" + strings.Repeat("x", 1<<20) + "\n"); r.Context().Err() == nil; {
				_, _ = w.Write(line)
			}
		}, 100 * time.Millisecond, "The server did not say within 0 seconds where it takes messages, as the old HTTP+SSE asks."},
		"no such path": {http.NotFound, time.Minute, "The server answered with HTTP status 404 at /sse, where its stream of events should be."},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://example.com/", 307) }, time.Minute,
			"The server answered with HTTP status 307 at /sse, where its stream of events should be."},
		"a page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>Hello.") }, time.Minute, "The server answered at /sse with something else than a stream of events."},
		"a cut":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, time.Minute, "The server did not open its stream: EOF."},
	} {
		t.Run(what, func(t *testing.T) {
			l, s := oldLinkTo(t, tt.patience, tt.stream, accept)
			hello := jsonrpc.Message{ID: []byte("1"), Method: methodInitialize}
			if err := l.send(t.Context(), hello); err != nil && !errors.Is(err, errLinkClosed) { // it may be over by now
				t.Fatal(err)
			}
			if m, open := <-l.messages(); open {
				t.Errorf("heard %s", m.Bytes())
			}
			if l.reason() != tt.want {
				t.Errorf("reason %q", l.reason())
			}
			if len(s.seen) > 1 { // for its stream, and for nothing else
				t.Errorf("it was asked %q", s.seen)
			}
		})
	}
}

func TestWhatIsTooLongIsLeftOutAndTheRestIsHeard(t *testing.T) {
	l, _ := oldLinkTo(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		events(w, "event: endpoint\ndata: /m\n\n")
		for range 20 {
			events(w, "data: "+strings.Repeat("x", 1<<20)+"\n")
		}
		says("\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"after\"}\n\n")(w, r)
	}, accept)
	if m := <-l.messages(); m.Method != "after" || l.noise() == 0 {
		t.Errorf("heard %s", m.Bytes())
	}
}

func TestAMessageThatIsNotTakenIsAnswered(t *testing.T) {
	l, _ := oldLinkTo(t, time.Minute, says("event: endpoint\ndata: /m\n\n"), func(w http.ResponseWriter, m jsonrpc.Message) {
		if m.Method == "cut" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusNotFound)
	})
	for method, want := range map[string]string{"tools/list": "it answered with HTTP status 404.", "cut": "The server did not take the message: "} {
		sendTo(t, l, `{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`)
		if m := <-l.messages(); m.Code() != jsonrpc.CodeServerGone || !strings.Contains(string(m.Err), want) || strings.Contains(string(m.Err), "/m") {
			t.Errorf("answer %s", m.Bytes())
		}
	}
	sendTo(t, l, `{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{"_meta":{"`+metaVersion+`":"2026-07-28"}}}`)
	if m := <-l.messages(); m.Code() != jsonrpc.CodeNoMethod {
		t.Errorf("the modern era is answered with %s", m.Bytes())
	}
}

func TestTheEndOfItsStreamIsTheEndOfAConversation(t *testing.T) {
	l, s := oldLinkTo(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) { events(w, "id: 1\nevent: endpoint\ndata: /m\n\n") }, accept)
	if m, open := <-l.messages(); open {
		t.Errorf("heard %s", m.Bytes())
	}
	l.wait()
	if err := l.send(t.Context(), jsonrpc.Message{Method: "late"}); !errors.Is(err, errLinkClosed) || len(s.seen) != 1 {
		t.Errorf("send = %v, and it was asked %q", err, s.seen)
	}
}

func TestSessionsOverTheOldTransportShareAnInstanceAndNoStream(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, elderProgram), moorage.TransportSSE, "/sse")
	one, two := h.connect(t, spec.Server, ada), h.connect(t, spec.Server, bob)
	if one.Info().Instance != two.Info().Instance || one.Address() != "" {
		t.Errorf("instances %s and %s, address %q", one.Info().Instance, two.Info().Instance, one.Address())
	}
	say(t, one, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"}}}`)
	greet(t, two, "1", "Bob")
	if a := hear(t, one); !strings.Contains(string(a.Result), "Hello, Ada.") {
		t.Errorf("answer %s", a.Result)
	}
	one.Close()
	greet(t, two, "2", "Bob")
	a := ask(t, two, "3", "tools/call", `{"name":"die","arguments":{}}`)
	if a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone {
		t.Errorf("answer %s", a.Result)
	}
	if _, err := two.Receive(t.Context()); err == nil || !strings.Contains(err.Error(), "The server ended with exit code 7.") {
		t.Errorf("the session ended with %v", err)
	}
	two.Close()
	<-two.inst.gone
	greet(t, h.connect(t, spec.Server, ada), "1", "Ada")
	for { // the network of one that ended by itself has to wait
		if listed, err := h.engine.List(t.Context()); err != nil || len(listed) == 1 {
			must(t, err)
			break
		}
	}
}

func TestAnInstanceOfTheOldTransportOutlivesMoorage(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, elderProgram), moorage.TransportSSE, "/sse")
	spec.Instance = moorage.NewInstanceID(time.Now())
	must(t, h.rows.CreateInstance(t.Context(), moorage.Instance{ID: spec.Instance, Status: moorage.InstanceReady}))
	_, err := h.engine.Start(t.Context(), spec) // as by a Moorage that is gone
	must(t, err)
	must(t, h.Recover(t.Context()))
	s := h.connect(t, spec.Server, ada)
	if s.Info().Instance != spec.Instance {
		t.Error("it is not used again")
	}
	greet(t, s, "1", "Ada")
}

func TestTheModernEraIsSpokenToNoServerOfTheOldTransport(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, elderProgram), moorage.TransportSSE, "/sse")
	s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada, Modern: true, Direct: true})
	must(t, err)
	t.Cleanup(s.Close)
	if s.Address() != "" {
		t.Error("a client may speak to it itself")
	}
	if a := ask(t, s, "1", "server/discover", `{"_meta":{"`+metaVersion+`":"2026-07-28"}}`); a.Error == nil || a.Error.Code != jsonrpc.CodeNoMethod {
		t.Errorf("answer %s, %v", a.Result, a.Error)
	}
}
