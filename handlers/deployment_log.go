package handlers

import (
	"bytes"
	"context"
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/feed"
	"moorage/handlers/sse"
	"moorage/views"
	"moorage/views/parts"
)

const linesPerEvent = 500

// Log handles "GET /deployments/:id/log": everything after the reader's cursor,
// then what comes, until the deployment is settled.
func (h deployments) Log(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	cursor := feed.ParseCursor(c.QueryParam("after"))
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		cursor = feed.ParseCursor(last)
	}
	log := feed.Log{
		Watch: func() (<-chan struct{}, func()) { return h.db.Watch(string(d.ID)) },
		End:   func(ctx context.Context) (feed.Cursor, error) { return h.logEnd(ctx, d.ID) },
		Read: func(after feed.Cursor) feed.Reader {
			return &pageReader{h: h, id: d.ID, cursor: after, heads: map[int]string{}}
		},
		Lines: func(ctx context.Context, after int64, to feed.Cursor) ([]byte, error) {
			lines, err := h.db.LogLines(ctx, d.ID, after, int(to.Seq-after))
			if err != nil {
				return nil, err
			}
			return pageEvent(ctx, to, linePieces(to.Cut(lines)))
		},
	}
	h.feeds.Follow(c.Request().Context(), d.ID, log, feed.Viewer{W: c.Response(), After: cursor, May: func() bool { return h.stillMay(c) }})
	return nil
}

// logEnd is how far the log is stored. Lines are read before steps: every line
// up to it is of a step up to it.
func (h deployments) logEnd(ctx context.Context, id moorage.DeploymentID) (end feed.Cursor, err error) {
	if end.Seq, err = h.db.LastSeq(ctx, id); err != nil {
		return end, err
	}
	steps, err := h.db.Steps(ctx, id)
	for _, s := range steps {
		end.Step = s.N
	}
	return end, err
}

// pageReader renders a log as pieces of its page.
type pageReader struct {
	h      deployments
	id     moorage.DeploymentID
	cursor feed.Cursor
	heads  map[int]string // step → its head as last rendered; 0 is the page's head
}

// Round reads the status before the lines: when that is settled, the lines that
// follow are the last.
func (r *pageReader) Round(ctx context.Context, limit feed.Cursor, emit feed.Emit) (end []byte, err error) {
	page, err := r.h.head(ctx, r.id)
	if err != nil {
		return nil, err
	}
	for more := true; more; {
		if more, err = r.lines(ctx, limit, emit); err != nil {
			return nil, err
		}
	}
	if err := r.head(ctx, page, emit); err != nil {
		return nil, err
	}
	if page.Status.Settled() {
		end = sse.Event("", "eof", string(page.Status))
	}
	return end, nil
}

// lines gives out the steps that changed and up to linesPerEvent lines. The
// steps are read after the lines, and are an event of their own before them:
// the page finds the targets of an event before it changes anything.
func (r *pageReader) lines(ctx context.Context, limit feed.Cursor, emit feed.Emit) (more bool, err error) {
	lines, err := r.h.db.LogLines(ctx, r.id, r.cursor.Seq, linesPerEvent)
	if err != nil {
		return false, err
	}
	lines = limit.Cut(lines)
	steps, err := r.h.db.Steps(ctx, r.id)
	if err != nil {
		return false, err
	}
	if err := r.give(ctx, emit, r.stepPieces(steps, limit)); err != nil {
		return false, err
	}
	if len(lines) > 0 {
		r.cursor.Seq = lines[len(lines)-1].Seq
	}
	return len(lines) > 0 && r.cursor.Seq < limit.Seq, r.give(ctx, emit, linePieces(lines))
}

func linePieces(lines []moorage.LogLine) (pieces []templ.Component) {
	for _, run := range runsOfSteps(lines) {
		pieces = append(pieces, views.StreamLines(run.step, run.lines))
	}
	return pieces
}

// stepPieces are the steps that the page does not have, and the heads of those
// that look different now.
func (r *pageReader) stepPieces(steps []moorage.Step, limit feed.Cursor) []templ.Component {
	var pieces []templ.Component
	for _, s := range steps {
		if s.N > limit.Step {
			break
		}
		switch v := stepView(s, nil); {
		case s.N > r.cursor.Step:
			pieces = append(pieces, views.StreamStep(v))
			r.cursor.Step = s.N
		case r.heads[s.N] != headKey(s):
			pieces = append(pieces, views.StreamStepHead(v))
		}
		r.heads[s.N] = headKey(s)
	}
	return pieces
}

// headKey changes when the head of a step looks different.
func headKey(s moorage.Step) string { return fmt.Sprint(s.Status, s.Cached, s.Name) }

// head gives out the head of the page, when it looks different now.
func (r *pageReader) head(ctx context.Context, v views.DeploymentHeadView, emit feed.Emit) error {
	key := fmt.Sprint(v.Status, v.Commit, v.StatusNote, v.Image, v.Failure != nil)
	if r.heads[0] == key {
		return nil
	}
	r.heads[0] = key
	if err := r.give(ctx, emit, []templ.Component{views.StreamDeploymentHead(v)}); err != nil {
		return err
	}
	return emit(r.cursor, sse.Event("", "status", string(v.Status)))
}

// give gives out pieces of the page as one event.
func (r *pageReader) give(ctx context.Context, emit feed.Emit, pieces []templ.Component) error {
	if len(pieces) == 0 {
		return nil
	}
	event, err := pageEvent(ctx, r.cursor, pieces)
	if err != nil {
		return err
	}
	return emit(r.cursor, event)
}

// pageEvent renders pieces of the page into one event that brings it to a cursor.
func pageEvent(ctx context.Context, to feed.Cursor, pieces []templ.Component) ([]byte, error) {
	var b bytes.Buffer
	for _, p := range pieces {
		if err := p.Render(ctx, &b); err != nil {
			return nil, err
		}
	}
	return sse.Event(to.String(), "", b.String()), nil
}

type stepRun struct {
	step  int
	lines []parts.LineView
}

// runsOfSteps groups lines by their step, in the order in which steps speak
// first: each group goes into its own part of the page.
func runsOfSteps(lines []moorage.LogLine) []stepRun {
	var runs []stepRun
	at := map[int]int{}
	for _, l := range lines {
		i, seen := at[l.Step]
		if !seen {
			i = len(runs)
			at[l.Step] = i
			runs = append(runs, stepRun{step: l.Step})
		}
		runs[i].lines = append(runs[i].lines, lineView(l))
	}
	return runs
}

func lineView(l moorage.LogLine) parts.LineView {
	return parts.LineView{Seq: l.Seq, At: l.At, Stream: l.Stream, Text: l.Text}
}
