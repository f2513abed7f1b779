package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/proto"

	"moorage"
	"moorage/telemetry"
)

// sent is what a collector gets of the calls.
func sent(t *testing.T, calls ...moorage.Call) *collector.ExportTraceServiceRequest {
	t.Helper()
	var got collector.ExportTraceServiceRequest
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &got)
		}
		if err != nil || r.URL.Path != "/otel/v1/traces" || r.Header.Get("X-Key") != "k" {
			t.Errorf("%s %v: %v", r.URL, r.Header, err)
		}
	}))
	defer server.Close()
	traces, err := telemetry.NewTraces(t.Context(), server.URL+"/otel", "v1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		traces.CallEnded(t.Context(), "weather", c)
	}
	if err := traces.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &got
}

func words(attributes []*common.KeyValue) string {
	var all []string
	for _, a := range attributes {
		all = append(all, a.Key+"="+a.Value.GetStringValue())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestACallIsASpanInTheTraceOfItsClient(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=k")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	began := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	got := sent(t,
		moorage.Call{Method: "tools/call", Tool: "forecast", Began: began, Took: time.Second, Outcome: moorage.OutcomeError, Code: -32602,
			Trace: moorage.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "vendor=1"}},
		moorage.Call{Method: "tools/list", Began: began, Took: time.Millisecond, Outcome: moorage.OutcomeOK, Trace: moorage.Trace{Parent: "nonsense"}},
	)
	about := words(got.ResourceSpans[0].Resource.Attributes)
	for _, want := range []string{"service.name=moorage", "service.version=v1.2.3", "deployment.environment.name=test"} {
		if !strings.Contains(about, want) {
			t.Errorf("%s is not said: %s", want, about)
		}
	}
	spans := got.ResourceSpans[0].ScopeSpans[0].Spans
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	one, other := spans[0], spans[1]
	if one.Name != "tools/call forecast" || string(one.TraceId) != "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c" || string(one.ParentSpanId) != "\xb7\xad\x6b\x71\x69\x20\x33\x31" || one.TraceState != "vendor=1" {
		t.Errorf("%+v", one)
	}
	if time.Duration(one.EndTimeUnixNano-one.StartTimeUnixNano) != time.Second || one.StartTimeUnixNano != uint64(began.UnixNano()) {
		t.Errorf("from %d to %d", one.StartTimeUnixNano, one.EndTimeUnixNano)
	}
	if w := words(one.Attributes); w != "error.type=-32602 gen_ai.tool.name=forecast mcp.method.name=tools/call moorage.server=weather" || one.Status.Message != "-32602" {
		t.Errorf("%s, %v", w, one.Status)
	}
	if w := words(other.Attributes); w != "mcp.method.name=tools/list moorage.server=weather" || len(other.ParentSpanId) != 0 || other.Status.Message != "" {
		t.Errorf("%+v", other)
	}
}

func TestAClientThatDoesNotSampleIsNotSampled(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=k")
	got := sent(t, moorage.Call{Method: "tools/list", Began: time.Now(), Trace: moorage.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}})
	if len(got.ResourceSpans) != 0 {
		t.Error(got)
	}
}

func TestACollectorThatIsNotThereIsSaidAndWaitedForNoLonger(t *testing.T) {
	var log strings.Builder
	traces, err := telemetry.NewTraces(t.Context(), "http://127.0.0.1:1", "test", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	traces.CallEnded(t.Context(), "weather", moorage.Call{Method: "tools/list", Began: time.Now()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if traces.Close(ctx) == nil && log.Len() == 0 {
		t.Error("nobody hears of it")
	}
}
