package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/usage"
)

// ServiceUsage is how a server was used in the last 24 hours.
type ServiceUsage struct {
	Slug       string           `json:"slug"`
	Since      time.Time        `json:"since"`
	Calls      int              `json:"calls"` // of tools, prompts and resources
	Errors     int              `json:"errors"`
	Cancelled  int              `json:"cancelled"`
	P50MS      float64          `json:"p50_ms,omitempty"`
	P95MS      float64          `json:"p95_ms,omitempty"`
	Now        UsageNow         `json:"now"`
	Operations []UsageOperation `json:"operations"` // what was used first, the most called first
	History    usage.Series     `json:"history"`
	LastCalls  []UsageCall      `json:"last_calls"` // newest first
}

// UsageNow is what the instances of a server need.
type UsageNow struct {
	Sessions    int     `json:"sessions"`
	Instances   int     `json:"instances"`
	MemoryBytes int64   `json:"memory_bytes"`
	CPUs        float64 `json:"cpus"`
}

// UsageOperation is what was asked of a server by one method, of one tool.
type UsageOperation struct {
	Method    string  `json:"method"`
	Tool      string  `json:"tool,omitempty"`
	Calls     int     `json:"calls"`
	Errors    int     `json:"errors"`
	Cancelled int     `json:"cancelled"`
	P50MS     float64 `json:"p50_ms,omitempty"`
	P95MS     float64 `json:"p95_ms,omitempty"`
	BytesIn   int64   `json:"bytes_in"`
	BytesOut  int64   `json:"bytes_out"`
}

// UsageCall is one call, without what was asked and answered.
type UsageCall struct {
	At         time.Time       `json:"at"`
	Method     string          `json:"method"`
	Tool       string          `json:"tool,omitempty"`
	Outcome    moorage.Outcome `json:"outcome"`
	ErrorCode  int             `json:"error_code,omitempty"` // of JSON-RPC
	DurationMS float64         `json:"duration_ms"`
	BytesIn    int             `json:"bytes_in"`
	BytesOut   int             `json:"bytes_out"`
	UserID     moorage.UserID  `json:"user_id"`
}

// usageStore knows how servers were used.
type usageStore interface {
	Tallies(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Tally, error)
	Loads(ctx context.Context, server moorage.ServerID, since time.Time) ([]moorage.Load, error)
	Calls(ctx context.Context, server moorage.ServerID, by moorage.UserID) ([]moorage.Call, error)
}

// usageStep is that of the history.
const usageStep = 15 * time.Minute

// Usage handles "GET /api/services/:slug/usage".
func (h Services) Usage(c echo.Context) error {
	s, err := h.LoadOwn(c)
	if err != nil {
		return err
	}
	ctx, now := c.Request().Context(), h.Now()
	since := now.Add(-moorage.UsageAge)
	tallies, err := h.Used.Tallies(ctx, s.ID, since)
	if err != nil {
		return err
	}
	loads, err := h.Used.Loads(ctx, s.ID, since)
	if err != nil {
		return err
	}
	calls, err := h.Used.Calls(ctx, s.ID, "")
	if err != nil {
		return err
	}
	v := summed(usage.Summarise(tallies, loads, now))
	v.Slug, v.Since, v.History, v.LastCalls = s.Slug, since, usage.SeriesOf(tallies, loads, since, now, usageStep), []UsageCall{}
	for _, call := range calls {
		v.LastCalls = append(v.LastCalls, UsageCall{
			At: call.Began, Method: call.Method, Tool: call.Tool, Outcome: call.Outcome, ErrorCode: call.Code, DurationMS: milliseconds(call.Took),
			BytesIn: call.In, BytesOut: call.Out, UserID: call.User,
		})
	}
	return c.JSON(http.StatusOK, v)
}

func summed(s usage.Summary) ServiceUsage {
	all := operation(s.All)
	v := ServiceUsage{
		Calls: all.Calls, Errors: all.Errors, Cancelled: all.Cancelled, P50MS: all.P50MS, P95MS: all.P95MS,
		Now:        UsageNow{Sessions: s.Now.Sessions, Instances: s.Now.Instances, MemoryBytes: s.Now.Memory, CPUs: s.Now.CPU},
		Operations: []UsageOperation{},
	}
	for _, row := range s.Rows {
		v.Operations = append(v.Operations, operation(row))
	}
	return v
}

func operation(t moorage.Tally) UsageOperation {
	return UsageOperation{
		Method: t.Method, Tool: t.Tool, Calls: t.Calls, Errors: t.Errors, Cancelled: t.Cancelled,
		P50MS: milliseconds(t.Took.Quantile(0.5)), P95MS: milliseconds(t.Took.Quantile(0.95)), BytesIn: t.In, BytesOut: t.Out,
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
