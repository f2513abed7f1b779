package handlers

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/sse"
	"moorage/views"
	"moorage/views/parts"
)

const linesPerEvent = 500

// logCursor is how far a reader of the page's stream is: lines up to Seq and
// steps up to Step are on the page. It is the id of every event, "120.7".
type logCursor struct {
	Seq  int64
	Step int
}

func (k logCursor) String() string { return fmt.Sprintf("%d.%d", k.Seq, k.Step) }

func parseCursor(s string) logCursor {
	seq, step, _ := strings.Cut(s, ".")
	var k logCursor
	k.Seq, _ = strconv.ParseInt(seq, 10, 64)
	k.Step, _ = strconv.Atoi(step)
	return logCursor{Seq: max(k.Seq, 0), Step: max(k.Step, 0)}
}

// Log handles "GET /deployments/:id/log": everything after the reader's cursor,
// then what comes, until the deployment is settled. The database is the
// stream, the bell only wakes: nothing is lost, nothing comes twice.
func (h deployments) Log(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	cursor := parseCursor(c.QueryParam("after"))
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		cursor = parseCursor(last)
	}
	wake, stop := h.db.Watch(string(d.ID))
	defer stop()
	stream, err := sse.Start(c.Response())
	if err != nil {
		return nil
	}
	f := logFollower{h: h, c: c, stream: stream, id: d.ID, cursor: cursor, heads: map[int]string{}}
	return f.follow(c.Request().Context(), wake)
}

// logFollower is one reader of one log.
type logFollower struct {
	h      deployments
	c      echo.Context
	stream *sse.Stream
	id     moorage.DeploymentID
	cursor logCursor
	heads  map[int]string // step → its head as last sent; 0 is the page's head
}

func (f *logFollower) follow(ctx context.Context, wake <-chan struct{}) error {
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	for {
		settled, err := f.round(ctx)
		if err != nil || settled {
			return nil // a reader that is slow or gone comes back with its cursor
		}
		select {
		case <-ctx.Done():
			return nil
		case <-f.h.stopping:
			return nil
		case <-wake:
		case <-beat.C:
			if err := f.stream.Ping(); err != nil {
				return nil
			}
			if !f.h.stillMay(f.c) {
				return nil
			}
		}
	}
}

// round sends what is new. It reads the status before the lines: when that is
// settled, the lines that follow are the last.
func (f *logFollower) round(ctx context.Context) (settled bool, err error) {
	page, err := f.h.head(ctx, f.c, f.id)
	if err != nil {
		return false, err
	}
	for more := true; more; {
		if more, err = f.sendPage(ctx); err != nil {
			return false, err
		}
	}
	if err := f.sendHead(ctx, page); err != nil {
		return false, err
	}
	if page.Status.Settled() {
		return true, f.stream.Send("", "eof", string(page.Status))
	}
	return false, nil
}

// sendPage sends the steps that changed and up to linesPerEvent lines. The
// steps are read after the lines, and sent in an event of their own before
// them: the page finds the targets of an event before it changes anything.
func (f *logFollower) sendPage(ctx context.Context) (more bool, err error) {
	lines, err := f.h.db.LogLines(ctx, f.id, f.cursor.Seq, linesPerEvent)
	if err != nil {
		return false, err
	}
	steps, err := f.h.db.Steps(ctx, f.id)
	if err != nil {
		return false, err
	}
	if err := f.send(ctx, f.stepPieces(steps)...); err != nil {
		return false, err
	}
	var pieces []templ.Component
	for _, run := range runsOfSteps(lines) {
		pieces = append(pieces, views.StreamLines(run.step, run.lines))
	}
	if len(lines) > 0 {
		f.cursor.Seq = lines[len(lines)-1].Seq
	}
	return len(lines) > 0, f.send(ctx, pieces...)
}

// stepPieces are the steps that the page does not have, and the heads of those
// that look different now.
func (f *logFollower) stepPieces(steps []moorage.Step) []templ.Component {
	var pieces []templ.Component
	for _, s := range steps {
		switch v := stepView(s, nil); {
		case s.N > f.cursor.Step:
			pieces = append(pieces, views.StreamStep(v))
			f.cursor.Step = s.N
		case f.heads[s.N] != headKey(s):
			pieces = append(pieces, views.StreamStepHead(v))
		}
		f.heads[s.N] = headKey(s)
	}
	return pieces
}

// headKey changes when the head of a step looks different.
func headKey(s moorage.Step) string { return fmt.Sprint(s.Status, s.Cached, s.Name) }

func (f *logFollower) sendHead(ctx context.Context, v views.DeploymentHeadView) error {
	key := fmt.Sprint(v.Status, v.Commit, v.StatusNote, v.Image, v.Failure != nil)
	if f.heads[0] == key {
		return nil
	}
	f.heads[0] = key
	if err := f.send(ctx, views.StreamDeploymentHead(v)); err != nil {
		return err
	}
	return f.stream.Send("", "status", string(v.Status))
}

// send renders pieces of the page into one event.
func (f *logFollower) send(ctx context.Context, pieces ...templ.Component) error {
	if len(pieces) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, p := range pieces {
		if err := p.Render(ctx, &b); err != nil {
			return err
		}
	}
	return f.stream.Send(f.cursor.String(), "", b.String())
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
