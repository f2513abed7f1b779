package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"moorage"
	"moorage/runner/runnertest"
	"moorage/runtime"
)

// pipes is a runtime without an engine, for tests of time: its containers are
// goroutines that answer every call, but "slow" only once released is closed.
type pipes struct{ released chan struct{} }

func (p pipes) Start(context.Context, runtime.Spec) (runtime.Container, error) {
	c := &pipe{ended: make(chan struct{})}
	ours, theirs := net.Pipe()
	c.stdio = ours
	go func() {
		defer theirs.Close()
		for in := bufio.NewScanner(theirs); in.Scan(); {
			if strings.Contains(in.Text(), `"slow"`) {
				go func(line string) { <-p.released; answerTo(theirs, line) }(in.Text())
			} else {
				answerTo(theirs, in.Text())
			}
		}
	}()
	return c, nil
}

func answerTo(w io.Writer, line string) {
	var m struct{ ID json.RawMessage }
	if json.Unmarshal([]byte(line), &m) == nil && m.ID != nil {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{}}`+"\n", m.ID)
	}
}

func (pipes) List(context.Context) ([]runtime.Listed, error) { return nil, nil }
func (pipes) Adopt(context.Context, runtime.Listed) (runtime.Container, error) {
	return nil, io.EOF
}
func (pipes) Remove(context.Context, runtime.Listed) error { return nil }
func (pipes) Ping(context.Context) (runtime.Engine, error) { return runtime.Engine{}, nil }

type pipe struct {
	stdio net.Conn
	ended chan struct{}
	once  sync.Once
}

func (c *pipe) ID() string                { return "pipe" }
func (c *pipe) Stdio() io.ReadWriteCloser { return c.stdio }
func (c *pipe) Addr() string              { return "" }
func (c *pipe) Output() io.Reader         { return strings.NewReader("") }

func (c *pipe) Stats(context.Context) (runtime.Stats, error) { return runtime.Stats{}, nil }

func (c *pipe) Wait(ctx context.Context) (runtime.Exit, error) {
	select {
	case <-c.ended:
		return runtime.Exit{}, nil
	case <-ctx.Done():
		return runtime.Exit{}, ctx.Err()
	}
}

func (c *pipe) Stop(context.Context, time.Duration) error {
	c.once.Do(func() { c.stdio.Close(); close(c.ended) })
	return nil
}

// wire is a listener whose connections are in memory, so that fake time can
// pass while they wait.
type wire chan net.Conn

func (w wire) Accept() (net.Conn, error) {
	if c, ok := <-w; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (w wire) Close() error   { return nil }
func (w wire) Addr() net.Addr { return &net.UnixAddr{} }

func (w wire) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	w <- theirs
	return ours, nil
}

// mooring is a socket with a client in fake time.
type mooring struct {
	conn   *websocket.Conn
	heard  chan map[string]any // what notifications/moorage/idle said, and answers
	closed chan websocket.CloseError
}

// moor opens a socket with five idle minutes. What it returns ends all of it.
func moor(t *testing.T, released chan struct{}, may func(context.Context) error) (*mooring, func()) {
	t.Helper()
	live := &runnertest.Live{}
	spec := runnertest.Spec("pipe", moorage.TransportStdio)
	live.Set(spec)
	quiet := slog.New(slog.DiscardHandler)
	r := New(t.Context(), Options{Runtime: pipes{released}, Configured: live, Instances: &runnertest.Rows{}, Logger: quiet, Now: time.Now})
	sockets := NewSockets(r, SocketOptions{Logger: quiet, Now: time.Now})
	ticket, _ := sockets.Issue(spec.Server, ada, may, nil)

	w := make(wire)
	web := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if err := sockets.ServeTicket(rw, req, ticket); err != nil {
			t.Error(err)
		}
	})}
	go web.Serve(w)
	client := &http.Client{Transport: &http.Transport{DialContext: w.dial}}
	conn, _, err := websocket.Dial(t.Context(), "ws://moorage/ws", &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{subprotocol}})
	must(t, err)
	m := &mooring{conn: conn, heard: make(chan map[string]any, 100), closed: make(chan websocket.CloseError, 1)}
	go m.listen(t.Context())
	return m, func() {
		conn.CloseNow()
		must(t, r.Shutdown(t.Context()))
		close(w)
		web.Close()
	}
}

func (m *mooring) listen(ctx context.Context) {
	for {
		_, frame, err := m.conn.Read(ctx)
		if err != nil {
			var how websocket.CloseError
			errors.As(err, &how)
			m.closed <- how
			return
		}
		var said map[string]any
		if json.Unmarshal(frame, &said) == nil && said["method"] != "notifications/moorage/session" {
			m.heard <- said
		}
	}
}

// idleIn returns how long from now the socket says that it stays open; 0 when
// the next that was heard is an answer.
func (m *mooring) idleIn() time.Duration {
	said := <-m.heard
	params, ok := said["params"].(map[string]any)
	if !ok {
		return 0
	}
	return time.UnixMilli(int64(params["closesAt"].(float64))).Sub(time.Now()).Round(time.Second)
}

func (m *mooring) expect(t *testing.T, what string, want ...time.Duration) {
	t.Helper()
	for _, w := range want {
		if got := m.idleIn(); got != w {
			t.Fatalf("%s: heard of %v instead of %v", what, got, w)
		}
	}
}

const answer = time.Duration(0)

func TestASocketClosesAfterFiveIdleMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, end := moor(t, nil, everybody)
		defer end()
		m.expect(t, "at the beginning", 5*time.Minute)
		m.expect(t, "in the last minute", time.Minute)
		began := time.Now()
		how := <-m.closed
		if how.Code != CloseIdle || how.Reason != "Nothing was called for 5 minutes." || time.Since(began) != time.Minute {
			t.Errorf("closed with %v after %v", how, time.Since(began))
		}
	})
}

func TestASocketClosesWhenItsHolderMayCallNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone atomic.Bool
		m, end := moor(t, nil, func(context.Context) error {
			if gone.Load() {
				return moorage.Errorf(moorage.Unauthenticated, "The token is good no more.")
			}
			return nil
		})
		defer end()
		m.expect(t, "at the beginning", 5*time.Minute)
		time.Sleep(time.Minute) // of fake time
		gone.Store(true)
		began := time.Now()
		if how := <-m.closed; how.Code != CloseRevoked || how.Reason != "The token is good no more." || time.Since(began) > pingEvery {
			t.Errorf("closed with %v after %v", how, time.Since(began))
		}
	})
}

func TestACallResetsTheClockAndAPingDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, end := moor(t, nil, everybody)
		defer end()
		m.expect(t, "at the beginning", 5*time.Minute)
		m.expect(t, "in the last minute", time.Minute)
		time.Sleep(30 * time.Second) // of fake time
		put(t, m.conn, `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
		m.expect(t, "after a ping", answer)
		put(t, m.conn, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
		resets := 0
		for got := m.idleIn(); got != time.Minute; got = m.idleIn() {
			if got == 5*time.Minute {
				resets++
			}
		}
		if resets == 0 {
			t.Error("a call did not reset the clock")
		}
		if how := <-m.closed; how.Code != CloseIdle {
			t.Errorf("closed with %v", how)
		}
	})
}

func TestACallInFlightHoldsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		released := make(chan struct{})
		m, end := moor(t, released, everybody)
		defer end()
		m.expect(t, "at the beginning", 5*time.Minute)
		time.Sleep(time.Minute) // of fake time
		put(t, m.conn, `{"jsonrpc":"2.0","id":1,"method":"slow"}`)
		m.expect(t, "when the call begins", time.Hour)
		time.Sleep(58 * time.Minute) // of fake time
		select {
		case how := <-m.closed:
			t.Fatalf("closed with %v while a call was in flight", how)
		case said := <-m.heard:
			t.Fatalf("heard %v while a call was in flight", said)
		default:
		}
		close(released)
		seen := map[time.Duration]bool{m.idleIn(): true, m.idleIn(): true}
		if !seen[answer] || !seen[5*time.Minute] {
			t.Errorf("heard of %v when the call had ended", seen)
		}
		m.expect(t, "in the last minute", time.Minute)
		if how := <-m.closed; how.Code != CloseIdle {
			t.Errorf("closed with %v", how)
		}
	})
}

func TestACallWithoutAnAnswerDoesNotHoldTheClockForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		released := make(chan struct{})
		m, end := moor(t, released, everybody)
		defer end()
		defer close(released)
		put(t, m.conn, `{"jsonrpc":"2.0","id":1,"method":"slow"}`)
		if how := <-m.closed; how.Code != CloseIdle || how.Reason != "A call had no answer for 60 minutes." {
			t.Errorf("closed with %v", how)
		}
	})
}
