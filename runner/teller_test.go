package runner

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

// ledger is who is told of calls.
type ledger struct {
	mu    sync.Mutex
	calls []moorage.Call
	keeps bool
	bell  chan struct{}
}

func newLedger() *ledger { return &ledger{bell: make(chan struct{}, 100)} }

func (l *ledger) Ended(c moorage.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
	l.bell <- struct{}{}
}

func (l *ledger) Keeps(moorage.ServerID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keeps
}

// next is the next call of a tool.
func (l *ledger) next(t *testing.T) moorage.Call {
	t.Helper()
	for {
		<-l.bell
		l.mu.Lock()
		c := l.calls[0]
		l.calls = slices.Delete(l.calls, 0, 1)
		l.mu.Unlock()
		if c.Method == methodCallTool {
			return c
		}
	}
}

// asAda is a context in which she calls with a token.
func asAda(t *testing.T) context.Context {
	return moorage.WithActor(t.Context(), moorage.Actor{Means: moorage.MeansToken, UserID: ada})
}

func TestEachCallIsToldOnceWithItsShapeAndNothingOfItsWords(t *testing.T) {
	l := newLedger()
	h := newHarbour(t, func(o *Options) { o.Usage = l })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	s, err := h.Connect(asAda(t), spec.Server, Guest{User: ada})
	must(t, err)
	t.Cleanup(s.Close)
	hello(t, s)
	greet(t, s, "1", "Hunter2")
	c := l.next(t)
	if c.Tool != "greet" || c.User != ada || c.Means != moorage.MeansToken || c.Server != spec.Server || c.Outcome != moorage.OutcomeOK || c.Took <= 0 || c.In < 10 || c.Out < 10 || c.Kept != nil {
		t.Errorf("%+v", c)
	}
	if all, _ := json.Marshal(c); strings.Contains(string(all), "Hunter2") {
		t.Errorf("it holds what was asked: %s", all)
	}
	say(t, s, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"countdown","arguments":{"from":100,"pause":5000},"_meta":{"progressToken":"p","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}`)
	say(t, s, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	if c := l.next(t); c.Outcome != moorage.OutcomeCancelled || c.Tool != "countdown" || !strings.HasPrefix(c.Trace.Parent, "00-0af76519") {
		t.Errorf("cancelled: %+v", c)
	}
	ask(t, s, "3", methodCallTool, `{"name":"greet","arguments":{"name":7}}`)
	if c := l.next(t); !c.Outcome.Failed() {
		t.Errorf("it did not fit: %+v", c)
	}
}

func TestACallThatAServerDiesOfIsToldAsAnError(t *testing.T) {
	l := newLedger()
	h := newHarbour(t, func(o *Options) { o.Usage = l })
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "die")
	s, err := h.Connect(asAda(t), spec.Server, Guest{User: ada})
	must(t, err)
	t.Cleanup(s.Close)
	ask(t, s, "0", "initialize", helloParams)
	ask(t, s, "1", methodCallTool, `{"name":"any"}`)
	if c := l.next(t); c.Outcome != moorage.OutcomeError || c.Code != -32000 {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsKeptHasNoSecretAndIsCut(t *testing.T) {
	l := newLedger()
	l.keeps = true
	h := newHarbour(t, func(o *Options) { o.Usage = l })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	spec.Env[runnertest.SecretName] = "hunter2hunter2"
	s, err := h.Connect(asAda(t), spec.Server, Guest{User: ada})
	must(t, err)
	t.Cleanup(s.Close)
	hello(t, s)
	greet(t, s, "1", "hunter2hunter2")
	if c := l.next(t); c.Kept == nil || !strings.Contains(c.Kept.Arguments, "***") || !strings.Contains(c.Kept.Result, "***") || strings.Contains(c.Kept.Arguments+c.Kept.Result, "hunter2") {
		t.Errorf("%+v", c.Kept)
	}
	// One that lies where the text is cut is not begun.
	fill := strings.Repeat("x", moorage.MaxKept-len(`{"name":"greet","arguments":{"name":"`)-7)
	greet(t, s, "2", fill+"hunter2hunter2")
	if c := l.next(t); len(c.Kept.Arguments) > moorage.MaxKept || strings.Contains(c.Kept.Arguments, "h") && strings.HasSuffix(c.Kept.Arguments, "hunter2") {
		t.Errorf("%d bytes, the last %q", len(c.Kept.Arguments), c.Kept.Arguments[max(0, len(c.Kept.Arguments)-20):])
	}
}

func TestWhatMoorageAsksForItselfIsNoUse(t *testing.T) {
	l := newLedger()
	h := newHarbour(t, func(o *Options) { o.Usage = l })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	s := h.connect(t, spec.Server, ada) // in a context of nobody's
	greet(t, s, "1", "Ada")
	if len(l.calls) != 0 {
		t.Errorf("%+v", l.calls)
	}
}

func TestInstancesAreMeasuredByServer(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	one, two := h.deploy(image, moorage.TransportStdio), h.deploy(image, moorage.TransportHTTP, "-http")
	h.connect(t, one.Server, ada)
	h.connect(t, one.Server, bob)
	h.connect(t, two.Server, ada)
	loads := map[moorage.ServerID]moorage.Load{}
	for _, l := range h.Loads(t.Context()) {
		loads[l.Server] = l
	}
	if l := loads[one.Server]; l.Sessions != 2 || l.Instances < 2 || l.Memory < 1<<20 || l.CPU <= 0 {
		t.Errorf("over stdio: %+v", l)
	}
	if l := loads[two.Server]; l.Sessions != 1 || l.Instances != 1 || l.Memory < 1<<20 {
		t.Errorf("over HTTP: %+v", l)
	}
}

// nobody counts nothing.
type nobody struct{}

func (nobody) Ended(moorage.Call)          {}
func (nobody) Keeps(moorage.ServerID) bool { return false }

func BenchmarkToldOfACall(b *testing.B) {
	t := &teller{to: nobody{}, of: moorage.Call{Server: "srv_1"}}
	params := []byte(`{"name":"greet","arguments":{"name":"Ada"},"_meta":{"progressToken":1}}`)
	result := []byte(`{"content":[{"type":"text","text":"Hello, Ada."}]}`)
	b.ReportAllocs()
	for b.Loop() {
		c := t.begin(jsonrpc.Message{Method: methodCallTool, Params: params}, time.Time{})
		t.end(c, &jsonrpc.Message{Result: result}, time.Time{})
	}
}
