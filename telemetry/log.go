// Package telemetry is what the operator sees: a log of JSON lines and metrics.
package telemetry

import (
	"io"
	"log/slog"
)

// NewLogger writes one JSON object a line. Times are UTC.
func NewLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		}
		return a
	}}))
}
