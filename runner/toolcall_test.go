package runner

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

var greetTool = moorage.Offer{Name: "greet", Object: []byte(`{"name":"greet","inputSchema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}`)}

func TestACallIsASessionOfItsOwn(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	for transport, command := range map[moorage.Transport][]string{moorage.TransportStdio: nil, moorage.TransportHTTP: {"-http"}} {
		spec := h.deploy(image, transport, command...)
		for range 2 { // the second finds what the first has started, or starts it again
			res, err := h.Call(t.Context(), spec.Server, ada, greetTool, json.RawMessage(`{"name":"Ada"}`))
			must(t, err)
			if !strings.Contains(string(res.Object), "Hello, Ada") || !strings.HasPrefix(string(res.Instance), "ins_") || res.Took <= 0 {
				t.Errorf("%s: %s from %q in %s", transport, res.Object, res.Instance, res.Took)
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sessions) > 0 {
		t.Errorf("%d sessions are open", len(h.sessions))
	}
}

func TestAServerThatIsGreetedSaysWhoItIs(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	info, err := h.Greet(t.Context(), spec.Server, ada)
	must(t, err)
	if info.Name != "greeter" || info.ProtocolVersion == "" {
		t.Errorf("it says %+v", info)
	}
	odd := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "crash")
	if _, err := h.Greet(t.Context(), odd.Server, ada); moorage.ErrorCode(err) != moorage.Unavailable || moorage.ErrorNext(err) == "" {
		t.Errorf("of one that ends without a word: %v", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sessions) > 0 {
		t.Errorf("%d sessions are open", len(h.sessions))
	}
}

func TestArgumentsThatDoNotFitAreNotSent(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy("moorage-test/there-is-no-such-image", moorage.TransportStdio) // starting it would fail
	_, err := h.Call(t.Context(), spec.Server, ada, greetTool, json.RawMessage(`{"name":7}`))
	var faults moorage.Faults
	if moorage.ErrorCode(err) != moorage.Invalid || !errors.As(err, &faults) || faults[0].Field != "/name" {
		t.Errorf("%v", err)
	}
}

func TestACallThatComesToNothingSaysWhy(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, oddProgram)
	for how, want := range map[string]moorage.Code{"error": moorage.Refused, "die": moorage.Unavailable, "huge": moorage.Refused} {
		spec := h.deploy(image, moorage.TransportStdio, how)
		_, err := h.Call(t.Context(), spec.Server, ada, moorage.Offer{Name: "any", Object: []byte(`{}`)}, json.RawMessage(`{}`))
		if moorage.ErrorCode(err) != want || moorage.ErrorNext(err) == "" {
			t.Errorf("%s: %v", how, err)
		}
		var said *moorage.RPCError
		if errors.As(err, &said) != (how == "error") || said != nil && (said.Code != jsonrpc.CodeNoMethod || said.Message != "I will not.") {
			t.Errorf("%s: the server said %+v", how, said)
		}
	}
}

func TestACallThatNobodyWaitsForIsCancelled(t *testing.T) {
	h := newHarbour(t, func(o *Options) { o.CallTimeout = 6 * time.Second })
	image := runnertest.Image(t, oddProgram)
	for who, want := range map[string]func(error) bool{
		"the client": func(err error) bool {
			return errors.Is(err, context.DeadlineExceeded) && moorage.ErrorCode(err) == moorage.Internal
		},
		"the clock": func(err error) bool { return moorage.ErrorCode(err) == moorage.Unavailable },
	} {
		spec := h.deploy(image, moorage.TransportStdio, "slow")
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if who == "the client" {
			ctx, cancel = context.WithTimeout(ctx, 4*time.Second)
		}
		_, err := h.Call(ctx, spec.Server, ada, moorage.Offer{Name: "any", Object: []byte(`{}`)}, json.RawMessage(`{}`))
		cancel()
		if !want(err) {
			t.Errorf("%s: %v", who, err)
		}
		if said := string(h.Output(t.Context(), spec.Server, ada)); !strings.Contains(said, `"method":"notifications/cancelled","params":{"reason"`) {
			t.Errorf("%s: the server was not told:\n%s", who, said)
		}
	}
}
