package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"moorage"
)

// Traces sends a span for each call to a collector.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTraces sends to a collector at a base URL by OTLP over HTTP (OpenTelemetry
// Protocol 1.11). The other variables of OpenTelemetry count, too: headers,
// sampling, what the service is called.
func NewTraces(ctx context.Context, endpoint, version string, log *slog.Logger) (*Traces, error) {
	to, err := url.JoinPath(endpoint, "v1", "traces")
	if err != nil {
		return nil, fmt.Errorf("address of the collector: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to))
	if err != nil {
		return nil, fmt.Errorf("export traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "moorage"), attribute.String("service.version", version)),
		resource.WithFromEnv()) // last: it may say otherwise
	if err != nil {
		return nil, fmt.Errorf("describe what sends traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("Traces not sent", "err", err) }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &Traces{provider: provider, tracer: provider.Tracer("moorage", trace.WithInstrumentationVersion(version))}, nil
}

// Close sends what has not been sent.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// CallEnded makes a span of a call of a server: within the trace of its client,
// when it named one.
func (t *Traces) CallEnded(ctx context.Context, slug string, c moorage.Call) {
	parent := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": c.Trace.Parent, "tracestate": c.Trace.State})
	name, about := c.Method, []attribute.KeyValue{attribute.String(attrServer, slug), attribute.String(attrMethod, c.Method)}
	if c.Tool != "" {
		name += " " + c.Tool
		about = append(about, attribute.String(attrTool, c.Tool))
	}
	why := errorType(c)
	if why != "" {
		about = append(about, attribute.String(attrError, why))
	}
	_, span := t.tracer.Start(parent, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(c.Began), trace.WithAttributes(about...))
	if c.Outcome.Failed() {
		span.SetStatus(codes.Error, why)
	}
	span.End(trace.WithTimestamp(c.Began.Add(c.Took)))
}
