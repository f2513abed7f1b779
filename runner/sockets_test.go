package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

// quay serves sockets over a harbour.
type quay struct {
	*harbour
	sockets *Sockets
	url     string
	err     chan error // what ServeTicket returned, when not nil
	may     func(context.Context) error
	held    holding
}

func newQuay(t *testing.T) *quay {
	t.Helper()
	q := &quay{harbour: newHarbour(t, nil), err: make(chan error, 1), may: everybody}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := q.sockets.ServeTicket(w, r, path.Base(r.URL.Path)); err != nil {
			q.err <- err
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(server.Close)
	q.url = server.URL
	q.sockets = NewSockets(q.Runner, SocketOptions{Origin: server.URL + "/", Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	return q
}

func (q *quay) dial(t *testing.T, server moorage.ServerID) *websocket.Conn {
	t.Helper()
	ticket, _ := q.sockets.Issue(server, ada, q.may, q.held)
	conn, _, err := websocket.Dial(t.Context(), q.url+"/ws/"+ticket, &websocket.DialOptions{
		Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{"Origin": {q.url}},
	})
	must(t, err)
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(jsonrpc.MaxMessage)
	return conn
}

// next reads the next answer; notifications are skipped.
func next(t *testing.T, conn *websocket.Conn) answered {
	t.Helper()
	for {
		kind, frame, err := conn.Read(t.Context())
		must(t, err)
		var a answered
		must(t, json.Unmarshal(frame, &a))
		if a.Method == "" && kind == websocket.MessageText {
			return a
		}
	}
}

func put(t *testing.T, conn *websocket.Conn, message string) {
	t.Helper()
	must(t, conn.Write(t.Context(), websocket.MessageText, []byte(message)))
}

// closing reads until the socket closes and returns how.
func closing(t *testing.T, conn *websocket.Conn) websocket.CloseError {
	t.Helper()
	for {
		if _, _, err := conn.Read(t.Context()); err != nil {
			var how websocket.CloseError
			if !errors.As(err, &how) {
				t.Fatalf("the socket broke: %v", err)
			}
			return how
		}
	}
}

func initialize(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	put(t, conn, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":`+helloParams+`}`)
	if a := next(t, conn); a.Error != nil {
		t.Fatal(a.Error)
	}
	put(t, conn, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

func TestASocketSpeaksMCP(t *testing.T) {
	q := newQuay(t)
	image := runnertest.Image(t, greeterProgram)
	for _, spec := range []struct {
		transport moorage.Transport
		command   []string
	}{{moorage.TransportStdio, nil}, {moorage.TransportHTTP, []string{"-http"}}} {
		server := q.deploy(image, spec.transport, spec.command...).Server
		conn := q.dial(t, server)
		initialize(t, conn)
		long := strings.Repeat("Ada ", 100_000) // beyond the library's own limit
		put(t, conn, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":%q}}}`, long))
		if a := next(t, conn); a.Error != nil || len(a.Result) < len(long) {
			t.Fatalf("answer %.200s, %v", a.Result, a.Error)
		}
		if words := q.Output(t.Context(), server, ada); !strings.Contains(string(words), "Greeter listens") {
			t.Errorf("output %q", words)
		}
		must(t, conn.Close(websocket.StatusNormalClosure, ""))
	}
}

func TestASocketLeavesOutWhatIsHeldUntilItIsNot(t *testing.T) {
	q := newQuay(t)
	held := moorage.Holding{HeldSet: moorage.HeldSet{
		{Kind: moorage.OfferTool, Name: "greet"}: {}, {Kind: moorage.OfferInstructions}: {}, {Kind: moorage.OfferPrompt, Name: "welcome"}: {},
	}}
	var fails error
	q.held = func(context.Context) (moorage.Holding, error) { return held, fails }
	conn := q.dial(t, q.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio).Server)
	asks := func(method, params string) answered {
		t.Helper()
		put(t, conn, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`)
		return next(t, conn)
	}
	has := func(a answered, word string, want bool) {
		t.Helper()
		if a.Error != nil || strings.Contains(string(a.Result), word) != want {
			t.Errorf("%q among %s, %v", word, a.Result, a.Error)
		}
	}
	has(asks("initialize", helloParams), `"instructions"`, false)
	put(t, conn, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	has(asks("tools/list", `{}`), `"greet"`, false)
	has(asks("tools/list", `{}`), `"countdown"`, true)
	has(asks("prompts/list", `{}`), `"welcome"`, false)
	call := func() answered { return asks("tools/call", `{"name":"greet","arguments":{"name":"Ada"}}`) }
	if a := call(); a.Error == nil || a.Error.Code != jsonrpc.CodeInvalidParams || !strings.Contains(a.Error.Message, "not approved") {
		t.Errorf("%s, %v", a.Result, a.Error)
	}
	fails = errors.New("no database")
	for _, a := range []answered{call(), asks("tools/list", `{}`)} {
		if a.Error == nil || !strings.Contains(a.Error.Message, "held back") {
			t.Errorf("%s, %v", a.Result, a.Error)
		}
	}
	fails, held = nil, moorage.Holding{}
	has(asks("tools/list", `{}`), `"greet"`, true)
	has(call(), "Hello, Ada.", true)
}

func TestASocketSaysWhatItTalksTo(t *testing.T) {
	q := newQuay(t)
	spec := q.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	conn := q.dial(t, spec.Server)
	seen := map[string]bool{}
	for len(seen) < 2 {
		_, frame, err := conn.Read(t.Context())
		must(t, err)
		var said struct {
			Method string
			Params map[string]any
		}
		must(t, json.Unmarshal(frame, &said))
		seen[said.Method] = true
		switch said.Method {
		case "notifications/moorage/session":
			if said.Params["transport"] != "stdio" || !strings.HasPrefix(said.Params["instance"].(string), "ins_") {
				t.Errorf("session %v", said.Params)
			}
		case "notifications/moorage/idle":
			if at := time.UnixMilli(int64(said.Params["closesAt"].(float64))); time.Until(at) > 5*time.Minute {
				t.Errorf("closes at %v", at)
			}
		default:
			t.Errorf("heard %s", said.Method)
		}
	}
}

func TestASocketNeedsItsTicketItsOriginAndItsSubprotocol(t *testing.T) {
	q := newQuay(t)
	spec := q.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	ours, mcp := http.Header{"Origin": {q.url}}, []string{subprotocol}
	used, _ := q.sockets.Issue(spec.Server, ada, q.may, nil)
	_, err := q.sockets.Take(used)
	must(t, err)
	fresh, _ := q.sockets.Issue(spec.Server, ada, q.may, nil)
	for what, tt := range map[string]struct {
		ticket string
		o      websocket.DialOptions
		want   moorage.Code
	}{
		"a used ticket":         {used, websocket.DialOptions{Subprotocols: mcp, HTTPHeader: ours}, moorage.Forbidden},
		"no ticket":             {"x", websocket.DialOptions{Subprotocols: mcp, HTTPHeader: ours}, moorage.Forbidden},
		"a foreign page":        {fresh, websocket.DialOptions{Subprotocols: mcp, HTTPHeader: http.Header{"Origin": {"https://evil.example"}}}, moorage.Forbidden},
		"a page of no origin":   {fresh, websocket.DialOptions{Subprotocols: mcp, HTTPHeader: http.Header{"Origin": {"null"}}}, moorage.Forbidden},
		"no subprotocol":        {fresh, websocket.DialOptions{HTTPHeader: ours}, moorage.Invalid},
		"a foreign subprotocol": {fresh, websocket.DialOptions{Subprotocols: []string{"mcp2"}, HTTPHeader: ours}, moorage.Invalid},
	} {
		if _, _, err := websocket.Dial(t.Context(), q.url+"/ws/"+tt.ticket, &tt.o); err == nil {
			t.Errorf("%s opened a socket", what)
		} else if got := <-q.err; moorage.ErrorCode(got) != tt.want {
			t.Errorf("%s: %v", what, got)
		}
	}
	resp, err := http.Get(q.url + "/ws/" + fresh)
	must(t, err)
	resp.Body.Close()
	if got := <-q.err; moorage.ErrorCode(got) != moorage.Invalid {
		t.Errorf("a plain request: %v", got)
	}
	// None of these used it up; a client that is no browser has no Origin.
	conn, _, err := websocket.Dial(t.Context(), q.url+"/ws/"+fresh, &websocket.DialOptions{Subprotocols: mcp})
	must(t, err)
	initialize(t, conn)
	must(t, conn.Close(websocket.StatusNormalClosure, ""))
}

func TestASocketClosesWithAReason(t *testing.T) {
	q := newQuay(t)
	greeter := runnertest.Image(t, greeterProgram)
	odd := runnertest.Image(t, oddProgram)
	t.Run("the server died", func(t *testing.T) {
		conn := q.dial(t, q.deploy(odd, moorage.TransportStdio, "die").Server)
		initialize(t, conn)
		put(t, conn, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
		if a := next(t, conn); a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone {
			t.Errorf("answer %+v", a)
		}
		if how := closing(t, conn); how.Code != CloseExited || how.Reason != "The server ended with exit code 7." {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("it was replaced", func(t *testing.T) {
		spec := q.deploy(greeter, moorage.TransportStdio)
		conn := q.dial(t, spec.Server)
		initialize(t, conn)
		q.Retire(spec.Deployment)
		if how := closing(t, conn); how.Code != CloseReplaced || how.Reason == "" {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("it was stopped", func(t *testing.T) {
		spec := q.deploy(greeter, moorage.TransportHTTP, "-http")
		conn := q.dial(t, spec.Server)
		initialize(t, conn)
		must(t, q.Stop(t.Context(), spec.Server))
		if how := closing(t, conn); how.Code != CloseStopped {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("there is none", func(t *testing.T) {
		conn := q.dial(t, "srv_none")
		if how := closing(t, conn); how.Code != CloseRefused || how.Reason != "Nothing of this server is live." {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("a binary frame came", func(t *testing.T) {
		conn := q.dial(t, q.deploy(greeter, moorage.TransportStdio).Server)
		must(t, conn.Write(t.Context(), websocket.MessageBinary, []byte("x")))
		if how := closing(t, conn); how.Code != websocket.StatusUnsupportedData {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("a message was too large", func(t *testing.T) {
		conn := q.dial(t, q.deploy(greeter, moorage.TransportStdio).Server)
		err := conn.Write(t.Context(), websocket.MessageText, make([]byte, jsonrpc.MaxMessage+1))
		if how := closing(t, conn); err == nil && how.Code != websocket.StatusMessageTooBig {
			t.Errorf("closed with %v", how)
		}
	})
	t.Run("Moorage stops", func(t *testing.T) {
		conn := q.dial(t, q.deploy(greeter, moorage.TransportStdio).Server)
		initialize(t, conn)
		must(t, q.Shutdown(context.WithoutCancel(t.Context())))
		if how := closing(t, conn); how.Code != websocket.StatusGoingAway {
			t.Errorf("closed with %v", how)
		}
	})
}

func TestAReasonFitsItsFrame(t *testing.T) {
	long := reason(strings.Repeat("ä", 100))
	if len(long) > 123 || !strings.HasSuffix(long, "ä…") {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}

func TestATicketIsGoodOnceAndFor30Seconds(t *testing.T) {
	now := time.Unix(1000, 0)
	tickets := newTickets(func() time.Time { return now })
	ticket, expires := tickets.Issue("srv_1", ada, everybody, nil)
	if !expires.Equal(now.Add(30*time.Second)) || len(ticket) != 43 {
		t.Errorf("ticket %q until %v", ticket, expires)
	}
	if got, err := tickets.Take(ticket); err != nil || got.Server != "srv_1" || got.User != ada {
		t.Errorf("took %v, %v", got, err)
	}
	if _, err := tickets.Take(ticket); moorage.ErrorCode(err) != moorage.Forbidden {
		t.Errorf("took it twice: %v", err)
	}
	late, _ := tickets.Issue("srv_1", ada, everybody, nil)
	now = now.Add(30 * time.Second)
	if _, err := tickets.Take(late); moorage.ErrorCode(err) != moorage.Forbidden {
		t.Errorf("took it late: %v", err)
	}
	tickets.Issue("srv_1", ada, everybody, nil)
	now = now.Add(time.Hour)
	tickets.Issue("srv_1", ada, everybody, nil)
	if len(tickets.waiting) != 1 {
		t.Errorf("%d tickets wait", len(tickets.waiting))
	}
}
