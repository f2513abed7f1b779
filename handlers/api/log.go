package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/feed"
	"moorage/handlers/sse"
)

const linesPerRead = 500

type logStore interface {
	Watch(topics ...string) (<-chan struct{}, func())
	Deployment(ctx context.Context, id moorage.DeploymentID) (moorage.Deployment, error)
	LogLines(ctx context.Context, id moorage.DeploymentID, after int64, limit int) ([]moorage.LogLine, error)
	LastSeq(ctx context.Context, id moorage.DeploymentID) (int64, error)
}

// Line is one line of a log, the data of one event of a stream.
type Line struct {
	Seq  int64     `json:"seq"`
	Step int       `json:"step"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Log handles "GET /api/deployments/:id/log": the log as text, or as a stream
// for who accepts one. The stream has an event for each line, its seq as the
// id, so that Last-Event-ID goes on where a connection broke. When the
// deployment is settled an event "end" closes it, its data the deployment.
func (h Deployments) Log(c echo.Context) error {
	if !strings.Contains(c.Request().Header.Get("Accept"), "text/event-stream") {
		return h.Text(c)
	}
	d, server, err := h.Load(c)
	if err != nil {
		return err
	}
	log := feed.Log{
		Watch: func() (<-chan struct{}, func()) { return h.DB.Watch(string(d.ID)) },
		End: func(ctx context.Context) (end feed.Cursor, err error) {
			end.Seq, err = h.DB.LastSeq(ctx, d.ID)
			return end, err
		},
		Read: func(after feed.Cursor) feed.Reader {
			return &lineReader{db: h.DB, id: d.ID, slug: server.Slug, after: after.Seq}
		},
		Lines: func(ctx context.Context, after int64, to feed.Cursor) ([]byte, error) {
			lines, err := h.DB.LogLines(ctx, d.ID, after, int(to.Seq-after))
			if err != nil {
				return nil, err
			}
			return lineEvents(to.Cut(lines))
		},
	}
	h.Feeds.Follow(c.Request().Context(), d.ID, log, feed.Viewer{
		W: c.Response(), After: feed.ParseCursor(c.Request().Header.Get("Last-Event-ID")), May: func() bool { return h.StillMay(c) },
	})
	return nil
}

// lineReader reads a log as lines of JSON.
type lineReader struct {
	db    logStore
	id    moorage.DeploymentID
	slug  string
	after int64
}

// Round reads the status before the lines: when it is settled, they are the last.
func (r *lineReader) Round(ctx context.Context, limit feed.Cursor, emit feed.Emit) (end []byte, err error) {
	d, err := r.db.Deployment(ctx, r.id)
	if err != nil {
		return nil, err
	}
	for {
		lines, err := r.db.LogLines(ctx, r.id, r.after, linesPerRead)
		if err != nil {
			return nil, err
		}
		if lines = limit.Cut(lines); len(lines) == 0 {
			break
		}
		events, err := lineEvents(lines)
		if err != nil {
			return nil, err
		}
		r.after = lines[len(lines)-1].Seq
		if err := emit(feed.Cursor{Seq: r.after}, events); err != nil {
			return nil, err
		}
	}
	if d.Status.Settled() {
		return appendJSON(nil, "", "end", deploymentOf(d, r.slug))
	}
	return nil, nil
}

func lineEvents(lines []moorage.LogLine) (events []byte, err error) {
	for _, l := range lines {
		if events, err = appendJSON(events, strconv.FormatInt(l.Seq, 10), "line", Line{l.Seq, l.Step, l.At.UTC(), l.Text}); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// appendJSON puts an event behind others.
func appendJSON(events []byte, id, name string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(events, sse.Event(id, name, string(data))...), nil
}
