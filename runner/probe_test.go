package runner

import (
	"context"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
	"moorage/runtime"
)

// probeOf starts a container and probes it.
func probeOf(t *testing.T, spec runtime.Spec, within time.Duration) (moorage.Probed, error) {
	t.Helper()
	c, err := runnertest.Engine(t, string(spec.Instance)).Start(t.Context(), spec)
	must(t, err)
	t.Cleanup(func() {
		must(t, c.Stop(context.WithoutCancel(t.Context()), 0))
		checkLeaks(t)
	})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	return Prober{Version: "test"}.Probe(ctx, c, spec.Run, spec.Env)
}

func TestAProbeFindsOutWhoAServerIs(t *testing.T) {
	image := runnertest.Image(t, greeterProgram)
	for _, spec := range []runtime.Spec{
		runnertest.Spec(image, moorage.TransportStdio),
		runnertest.Spec(image, moorage.TransportHTTP, "-http"),
	} {
		t.Run(string(spec.Run.Transport), func(t *testing.T) {
			found, err := probeOf(t, spec, 30*time.Second)
			must(t, err)
			info, tools := found.Info, ofKind(found.Offers, moorage.OfferTool)
			if info.Name != "greeter" || info.ProtocolVersion != legacyVersion || !info.Tools || !info.Prompts || !info.Resources {
				t.Errorf("info %+v", info)
			}
			if len(tools) != 8 || tools[0].Name != "add" || len(tools[0].Hash) != 64 || !strings.HasPrefix(string(tools[0].Object), "{") {
				t.Errorf("%d tools, the first %+v", len(tools), tools[0])
			}
		})
	}
}

func TestAProbeFindsOutWhoAServerOfTheOldTransportIs(t *testing.T) {
	spec := runnertest.Spec(runnertest.Image(t, elderProgram), moorage.TransportSSE, "/sse")
	found, err := probeOf(t, spec, 30*time.Second)
	must(t, err)
	if tools := ofKind(found.Offers, moorage.OfferTool); found.Info.Name != "elder" || found.Info.ProtocolVersion != legacyVersion || len(tools) != 4 {
		t.Errorf("info %+v, %d tools", found.Info, len(tools))
	}
}

func TestAProbeOverTheWrongTransportSaysWhichIsRight(t *testing.T) {
	greeter, elder := runnertest.Image(t, greeterProgram), runnertest.Image(t, elderProgram)
	for _, tt := range []struct {
		image     string
		transport moorage.Transport
		command   string
		said      string
		next      string
	}{
		{elder, moorage.TransportHTTP, "/sse", "The server speaks the old HTTP+SSE at /sse.", "Choose sse in its settings."},
		{elder, moorage.TransportHTTP, "/mcp", "The server speaks the old HTTP+SSE at /mcp.", "Choose sse and the path /mcp in its settings."},
		{greeter, moorage.TransportSSE, "-http", "The server speaks Streamable HTTP at /mcp.", "Choose http in its settings."},
	} {
		t.Run(string(tt.transport)+" of "+tt.command, func(t *testing.T) {
			_, err := probeOf(t, runnertest.Spec(tt.image, tt.transport, tt.command), time.Minute)
			if moorage.ErrorMessage(err) != tt.said || moorage.ErrorNext(err) != tt.next {
				t.Errorf("error %q, next %q, of %v", moorage.ErrorMessage(err), moorage.ErrorNext(err), err)
			}
		})
	}
}

func TestAProbeThatDoesNotPassSaysWhy(t *testing.T) {
	image := runnertest.Image(t, oddProgram)
	tests := []struct {
		what      string
		transport moorage.Transport
		within    time.Duration
		want      string
	}{
		{"crash", moorage.TransportStdio, time.Minute, "The server ended with exit code 3."},
		{"crash", moorage.TransportHTTP, time.Minute, "The server ended with exit code 3."},
		{"hog", moorage.TransportStdio, time.Minute, "The server was ended because it needed more than its 64 MB of memory."},
		{"silent", moorage.TransportStdio, 2 * time.Second, "The server started, and never answered initialize."},
		{"garbage", moorage.TransportStdio, 2 * time.Second, "The server answered with something that is not MCP."},
		{"error", moorage.TransportStdio, time.Minute, `The server answered initialize with an error: "I will not.".`},
		{"die", moorage.TransportStdio, time.Minute, "The server ended with exit code 7."},
		{"elsewhere 9", moorage.TransportHTTP, 2 * time.Second, "Nothing listens on port 8080 of the server."},
		{"elsewhere 3000", moorage.TransportHTTP, 2 * time.Second, "Nothing listens on port 8080 of the server, but something does on port 3000."},
		{"crash", moorage.TransportSSE, time.Minute, "The server ended with exit code 3."},
		{"website", moorage.TransportSSE, time.Minute, "The server answered with HTTP status 404 at /sse, where its stream of events should be."},
		{"website", moorage.TransportHTTP, time.Minute, `The server answered initialize with an error: "The server answered with HTTP status 404 and no message.".`},
	}
	for _, tt := range tests {
		t.Run(tt.what+" over "+string(tt.transport), func(t *testing.T) {
			_, err := probeOf(t, runnertest.Spec(image, tt.transport, strings.Fields(tt.what)...), tt.within)
			if moorage.ErrorMessage(err) != tt.want || moorage.ErrorNext(err) == "" {
				t.Errorf("error %q, next %q, of %v", moorage.ErrorMessage(err), moorage.ErrorNext(err), err)
			}
		})
	}
}
