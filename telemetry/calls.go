package telemetry

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"moorage"
)

// Names of the attributes of a call in metrics and traces, as OpenTelemetry's
// semantic conventions for MCP have them (semantic-conventions-genai 0.1,
// gen-ai/mcp), and the slug of the server beside them.
const (
	attrServer = "moorage.server"
	attrMethod = "mcp.method.name"
	attrTool   = "gen_ai.tool.name"
	attrError  = "error.type"
)

// newCalls is mcp.server.operation.duration with the buckets that the
// conventions give it, as Prometheus spells it.
func newCalls() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mcp_server_operation_duration_seconds", Help: "Time that a server took to answer a request of MCP.",
		Buckets: []float64{.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 120, 300},
	}, []string{label(attrServer), label(attrMethod), label(attrTool), label(attrError)})
}

// label is an attribute's name as Prometheus spells it.
func label(attribute string) string {
	b := []byte(attribute)
	for i := range b {
		if b[i] == '.' {
			b[i] = '_'
		}
	}
	return string(b)
}

// CallEnded records a call of a server. The slug, the method and the tool are
// the caller's to bound.
func (m *Metrics) CallEnded(_ context.Context, slug string, c moorage.Call) {
	m.calls.WithLabelValues(slug, c.Method, c.Tool, errorType(c)).Observe(c.Took.Seconds())
}

// errorType is why a call failed, "" when it did not: the code of a JSON-RPC
// error that the protocols name, "tool_error", "cancelled", or "_OTHER".
func errorType(c moorage.Call) string {
	switch {
	case c.Outcome == moorage.OutcomeOK:
		return ""
	case c.Outcome != moorage.OutcomeError:
		return string(c.Outcome)
	case named(c.Code):
		return strconv.Itoa(c.Code)
	}
	return "_OTHER"
}

// named reports whether JSON-RPC 2.0 or MCP give the code a meaning: a server
// may make up others without end.
func named(code int) bool {
	switch code {
	case -32700, -32600, -32601, -32602, -32603, -32000, -32002, -32020, -32021, -32022, -32042:
		return true
	}
	return false
}
