package runner

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

const ada, bob = moorage.UserID("usr_ada"), moorage.UserID("usr_bob")

func TestAStdioServerHasAnInstanceForEachSession(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	one, two := h.connect(t, spec.Server, ada), h.connect(t, spec.Server, bob)
	if one.Info().Instance == two.Info().Instance {
		t.Error("two sessions share an instance")
	}
	greet(t, one, `"a"`, "Ada")
	greet(t, two, `"a"`, "Bob")
	one.Close()
	left, err := h.rows.AllInstances(nil)
	if err != nil || len(left) != 1 || left[0].ID != two.Info().Instance || left[0].LastUsedAt.IsZero() {
		t.Errorf("instances %v, %v", left, err)
	}
	if !strings.Contains(string(h.Output(t.Context(), spec.Server, bob)), "Greeter listens") {
		t.Errorf("output %q", h.Output(t.Context(), spec.Server, bob))
	}
}

func TestAnHTTPServerHasOneInstanceForAllSessions(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportHTTP, "-http")
	const many = 5
	sessions := make(chan *Session, many)
	for range many { // all at once: one start
		go func() {
			s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada})
			if err != nil {
				t.Error(err)
			}
			sessions <- s
		}()
	}
	seen := map[moorage.InstanceID]bool{}
	for range many {
		s := <-sessions
		t.Cleanup(s.Close)
		hello(t, s)
		greet(t, s, "1", "Ada")
		seen[s.Info().Instance] = true
	}
	if listed, err := h.engine.List(t.Context()); err != nil || len(listed) != 1 || len(seen) != 1 {
		t.Errorf("%d containers, %d instances, %v", len(listed), len(seen), err)
	}
}

func TestCallsOfASessionRunSideBySideAndCanBeCancelled(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	for _, spec := range []struct {
		transport moorage.Transport
		command   []string
	}{{moorage.TransportStdio, nil}, {moorage.TransportHTTP, []string{"-http"}}} {
		s := h.connect(t, h.deploy(image, spec.transport, spec.command...).Server, ada)
		say(t, s, `{"jsonrpc":"2.0","id":"slow","method":"tools/call","params":{"name":"countdown","arguments":{"from":100,"pause":5000},"_meta":{"progressToken":"p"}}}`)
		if a := hear(t, s); a.Method != "notifications/progress" {
			t.Fatalf("heard %+v", a)
		}
		greet(t, s, "1.0", "Ada") // its id comes back as it was written
		if busy, _ := s.activity(); !busy {
			t.Error("a call is in flight, and the session does not know")
		}
		say(t, s, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"slow"}}`)
		if busy, _ := s.activity(); busy {
			t.Error("a cancelled call is in flight")
		}
		greet(t, s, `"\u00e9"`, "Bob")
	}
}

func TestWhatIsNoMessageIsAnsweredWithAnError(t *testing.T) {
	h := newHarbour(t, nil)
	s := h.connect(t, h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio).Server, ada)
	say(t, s, `{"jsonrpc":"2.0","Method":"ping","id":1}`)
	if a := hear(t, s); a.Error == nil || a.Error.Code != jsonrpc.CodeParse {
		t.Errorf("answer %+v", a)
	}
	greet(t, s, "1", "Ada") // and nothing is lost
}

func TestADeadServerAnswersEveryCallInFlight(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "die")
	s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada})
	must(t, err)
	if a := ask(t, s, "0", "initialize", helloParams); a.Error != nil {
		t.Fatal(a.Error)
	}
	if a := ask(t, s, "1", "tools/list", "{}"); a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone || a.Error.Message != "The server ended with exit code 7." {
		t.Errorf("answer %+v", a.Error)
	}
	_, err = s.Receive(t.Context())
	if ending := new(Ending); !errors.As(err, &ending) || ending.Cause != CauseExited {
		t.Errorf("ending %v", err)
	}
	s.Close()
	if words := h.Output(t.Context(), spec.Server, ada); !strings.Contains(string(words), "odd: last words") {
		t.Errorf("last words %q", words)
	}
}

func TestSecretsAreMaskedInTheOutput(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "crash")
	spec.Env[runnertest.SecretName] = "hunter2hunter2"
	s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada})
	must(t, err)
	if _, err := s.Receive(t.Context()); err == nil {
		t.Error("a server that crashed said something")
	}
	s.Close()
	if out := string(s.Output()); !strings.Contains(out, "it was ***") || strings.Contains(out, "hunter2") {
		t.Errorf("output %q", out)
	}
}

func TestSecretsAreMaskedInWhatAServerSaysOfAnError(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "error")
	spec.Env[runnertest.SecretName] = "I will not."
	_, err := h.Call(t.Context(), spec.Server, ada, moorage.Offer{Name: "any", Object: []byte(`{"name":"any","inputSchema":{"type":"object"}}`)}, []byte(`{}`))
	if err == nil || !strings.Contains(err.Error(), "***") || strings.Contains(err.Error(), "I will not") {
		t.Errorf("error %v", err)
	}
}

func TestSessionsAreLimited(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.PerUser, o.PerServer = 2, 3 })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportHTTP, "-http")
	first := h.connect(t, spec.Server, ada)
	h.connect(t, spec.Server, ada)
	if _, err := h.Connect(t.Context(), spec.Server, Guest{User: ada}); moorage.ErrorCode(err) != moorage.Limited {
		t.Errorf("third session of a person: %v", err)
	}
	h.connect(t, spec.Server, bob)
	if _, err := h.Connect(t.Context(), spec.Server, Guest{User: bob}); moorage.ErrorCode(err) != moorage.Limited {
		t.Errorf("fourth session of a server: %v", err)
	}
	first.Close()
	h.connect(t, spec.Server, bob)
}

func TestAnIdleHTTPInstanceStopsAndStartsAgain(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.IdleTimeout = 100 * time.Millisecond })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportHTTP, "-http")
	var inst *instance
	for range 2 {
		s := h.connect(t, spec.Server, ada)
		if inst == s.inst {
			t.Error("an instance that was stopped is used again")
		}
		inst = s.inst
		greet(t, s, "1", "Ada")
		s.Close()
		<-inst.gone
	}
}

func TestAReplacedDeploymentServesItsLastCalls(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	for _, transport := range []moorage.Transport{moorage.TransportStdio, moorage.TransportHTTP} {
		command := map[moorage.Transport][]string{moorage.TransportHTTP: {"-http"}}[transport]
		old := h.deploy(image, transport, command...)
		s := h.connect(t, old.Server, ada)
		say(t, s, `{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"countdown","arguments":{"from":3,"pause":300},"_meta":{"progressToken":"p"}}}`)
		if a := hear(t, s); a.Method != "notifications/progress" {
			t.Fatalf("heard %+v", a)
		}
		now := old
		now.Deployment = moorage.NewDeploymentID(time.Now())
		h.live.Set(now)
		h.Retire(old.Deployment)

		if a := ask(t, s, `"more"`, "ping", "{}"); a.Error == nil {
			t.Error("a replaced deployment takes new calls")
		}
		for a := hear(t, s); ; a = hear(t, s) {
			if a.Method == "" {
				if string(a.ID) != `"last"` || !strings.Contains(string(a.Result), "Lift-off") {
					t.Errorf("the last call ended with %+v", a)
				}
				break
			}
		}
		_, err := s.Receive(t.Context())
		if ending := new(Ending); !errors.As(err, &ending) || ending.Cause != CauseReplaced {
			t.Errorf("ending %v", err)
		}
		<-s.inst.gone
		next := h.connect(t, old.Server, ada)
		if next.Info().Deployment != now.Deployment {
			t.Error("a new session joined the old deployment")
		}
		next.Close()
	}
}

func TestDrainingHasAnEnd(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.DrainTimeout = 10 * time.Millisecond })
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	s := h.connect(t, spec.Server, ada)
	say(t, s, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"countdown","arguments":{"from":100,"pause":5000}}}`)
	h.Retire(spec.Deployment)
	if a := hear(t, s); a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone {
		t.Errorf("answer %+v", a)
	}
	<-s.inst.gone
}

func TestStopEndsEverythingOfAServer(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	stopped, other := h.deploy(image, moorage.TransportHTTP, "-http"), h.deploy(image, moorage.TransportStdio)
	s, spared := h.connect(t, stopped.Server, ada), h.connect(t, other.Server, ada)
	must(t, h.Stop(t.Context(), stopped.Server))
	_, err := s.Receive(t.Context())
	if ending := new(Ending); !errors.As(err, &ending) || ending.Cause != CauseStopped {
		t.Errorf("ending %v", err)
	}
	if _, err := h.Connect(t.Context(), stopped.Server, Guest{User: ada}); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("connect: %v", err)
	}
	greet(t, spared, "1", "Ada")
}

func TestAProbedContainerServesTheFirstSession(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportHTTP, "-http")
	spec.Instance = moorage.NewInstanceID(time.Now())
	c, err := h.engine.Start(t.Context(), spec)
	must(t, err)
	_, err = Prober{}.Probe(t.Context(), c, spec.Run, spec.Env)
	must(t, err)
	must(t, h.Warm(t.Context(), spec, nil, c))
	if err := h.Warm(t.Context(), spec, nil, c); moorage.ErrorCode(err) != moorage.Conflict {
		t.Errorf("a second warm one: %v", err)
	}
	s := h.connect(t, spec.Server, ada)
	if s.Info().Instance != spec.Instance {
		t.Error("another instance was started")
	}
	greet(t, s, "1", "Ada")
}

func TestAfterShutdownNothingStarts(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	s := h.connect(t, spec.Server, ada)
	must(t, h.Shutdown(context.WithoutCancel(t.Context())))
	_, err := s.Receive(t.Context())
	if ending := new(Ending); !errors.As(err, &ending) || ending.Cause != CauseShutdown {
		t.Errorf("ending %v", err)
	}
	if _, err := h.Connect(t.Context(), spec.Server, Guest{User: ada}); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("connect: %v", err)
	}
}
