package runner

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

// toolCall are the parameters of a call.
func toolCall(name, arguments string) jsonrpc.Object {
	return jsonrpc.Object{{Name: "name", Value: jsonString(name)}, {Name: "arguments", Value: json.RawMessage(arguments)}}
}

func TestALineMakesCallsSideBySideAndTellsOfEachItsProgress(t *testing.T) {
	h := newHarbour(t, nil)
	image := runnertest.Image(t, greeterProgram)
	for transport, command := range map[moorage.Transport][]string{moorage.TransportStdio: nil, moorage.TransportHTTP: {"-http"}} {
		line, err := h.Open(t.Context(), h.deploy(image, transport, command...).Server, ada)
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		heard, done := make(chan jsonrpc.Message, 200), make(chan error)
		go func() {
			_, err := line.Ask(ctx, "tools/call", toolCall("countdown", `{"from":100,"pause":1000}`), func(m jsonrpc.Message) { heard <- m })
			done <- err
		}()
		if m := <-heard; m.Method != methodProgress {
			t.Errorf("%s: heard %s", transport, m.Bytes())
		}
		m, err := line.Ask(t.Context(), "tools/call", toolCall("greet", `{"name":"Ada"}`), nil)
		if err != nil || !strings.Contains(string(m.Result), "Hello, Ada.") {
			t.Errorf("%s: %s, %v", transport, m.Bytes(), err)
		}
		if m, err := line.Ask(t.Context(), "tools/call", toolCall("no-such", "{}"), nil); err != nil || m.Code() != jsonrpc.CodeInvalidParams {
			t.Errorf("%s: %s, %v", transport, m.Bytes(), err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", transport, err)
		}
		line.Close()
	}
}

func TestALineWhoseServerWasStoppedSaysThatTheCallWasNotMade(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	line, err := h.Open(t.Context(), spec.Server, ada)
	must(t, err)
	defer line.Close()
	must(t, h.Stop(t.Context(), spec.Server))
	if _, err := line.Ask(t.Context(), "tools/call", toolCall("greet", `{"name":"Ada"}`), nil); !errors.Is(err, ErrLineOver) {
		t.Error(err)
	}
}

func TestALineAnswersEveryCallOfAServerThatEnds(t *testing.T) {
	h := newHarbour(t, nil)
	line, err := h.Open(t.Context(), h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "die").Server, ada)
	must(t, err)
	defer line.Close()
	m, err := line.Ask(t.Context(), "tools/call", toolCall("any", `{}`), nil)
	if said := string(m.Err) + moorage.ErrorMessage(err); !strings.Contains(said, "The server ended with exit code 7.") {
		t.Errorf("%s, %v", m.Bytes(), err)
	}
}
