package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/sse"
)

type logStore interface {
	Watch(topics ...string) (<-chan struct{}, func())
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
}

// Line is one line of a log, the data of one event of a stream.
type Line struct {
	Seq  int64     `json:"seq"`
	Step int       `json:"step"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Log handles "GET /api/deployments/:id/log": the log as text, or as a stream
// for who accepts one.
func (h Deployments) Log(c echo.Context) error {
	if !strings.Contains(c.Request().Header.Get("Accept"), "text/event-stream") {
		return h.Text(c)
	}
	return h.stream(c)
}

// stream sends one event a line, its seq as the id, so that Last-Event-ID goes
// on where a connection broke. When the deployment is settled an event "end"
// closes it, its data the deployment.
func (h Deployments) stream(c echo.Context) error {
	d, server, err := h.Load(c)
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(c.Request().Header.Get("Last-Event-ID"), 10, 64)
	wake, stop := h.DB.Watch(string(d.ID))
	defer stop()
	stream, err := sse.Start(c.Response())
	if err != nil {
		return nil // the reader is gone
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	ctx := c.Request().Context()
	for {
		done, err := h.round(ctx, stream, d.ID, server.Slug, &after)
		if err != nil || done {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.Stopping:
			return nil
		case <-wake:
		case <-beat.C:
			if err := stream.Ping(); err != nil || !h.StillMay(c) {
				return nil
			}
		}
	}
}

// round sends what is new. The status is read before the lines: when it is
// settled, they are the last.
func (h Deployments) round(ctx context.Context, stream *sse.Stream, id moorage.DeploymentID, slug string, after *int64) (done bool, err error) {
	d, err := h.DB.Deployment(ctx, id)
	if err != nil {
		return false, err
	}
	for {
		lines, err := h.DB.LogLines(ctx, id, *after, 500)
		if err != nil {
			return false, err
		}
		if len(lines) == 0 {
			break
		}
		for _, l := range lines {
			*after = l.Seq
			if err := sendJSON(stream, strconv.FormatInt(l.Seq, 10), "line", Line{l.Seq, l.Step, l.At.UTC(), l.Text}); err != nil {
				return false, err
			}
		}
	}
	if !d.Status.Settled() {
		return false, nil
	}
	return true, sendJSON(stream, "", "end", deploymentOf(d, slug))
}

func sendJSON(stream *sse.Stream, id, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return stream.Send(id, name, string(data))
}
