package builder

import (
	"fmt"
	"slices"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"moorage"
)

// progressEvery is the least time between two progress texts of one step.
const progressEvery = 500 * time.Millisecond

// cutOff stands below a step whose end the engine did not tell.
const cutOff = "The container engine left out the rest of what this step printed.\n"

// board turns BuildKit's stream of states into steps with output. It is used
// by one goroutine at a time.
type board struct {
	p        Progress
	vertexes map[digest.Digest]*vertex
	failed   *vertex // the first that failed of itself
}

// vertex is one of BuildKit's, and the step it is shown as.
type vertex struct {
	name     string
	step     int // 0: not begun
	cached   bool
	ended    bool
	err      string
	output   outputTail
	said     time.Time       // when progress was last shown
	finished map[string]bool // transfers whose end was shown
}

func newBoard(p Progress) *board {
	return &board{p: p, vertexes: map[digest.Digest]*vertex{}}
}

func (b *board) vertex(d digest.Digest) *vertex {
	v := b.vertexes[d]
	if v == nil {
		v = &vertex{finished: map[string]bool{}}
		b.vertexes[d] = v
	}
	return v
}

// show takes one batch. Vertexes arrive in any order; steps begin in the order
// of their start.
func (b *board) show(status *bk.SolveStatus) {
	started := slices.Clone(status.Vertexes)
	slices.SortStableFunc(started, func(x, y *bk.Vertex) int { return startOf(x).Compare(startOf(y)) })
	for _, v := range started {
		b.begin(v)
	}
	for _, s := range status.Statuses {
		b.progress(s)
	}
	for _, l := range status.Logs {
		b.log(l)
	}
	for _, w := range status.Warnings {
		v := b.vertex(w.Vertex)
		b.open(v, time.Now())
		b.p.Write(v.step, moorage.StreamNote, time.Now(), fmt.Appendf(nil, "Warning: %s\n", w.Short))
	}
	for _, v := range status.Vertexes {
		b.end(v)
	}
}

func startOf(v *bk.Vertex) time.Time {
	if v.Started == nil {
		return time.Time{}
	}
	return *v.Started
}

func (b *board) begin(from *bk.Vertex) {
	v := b.vertex(from.Digest)
	v.name = from.Name
	v.cached = v.cached || from.Cached
	if from.Started != nil {
		b.open(v, *from.Started)
	}
}

func (b *board) open(v *vertex, at time.Time) {
	if v.step == 0 {
		v.step = b.p.Begin(clipLine(v.name), at)
	}
}

func (b *board) end(from *bk.Vertex) {
	v := b.vertex(from.Digest)
	if from.Completed == nil || v.ended {
		return
	}
	b.open(v, *from.Completed)
	status := moorage.StepDone
	if from.Error != "" {
		v.err = from.Error
		status = moorage.StepCancelled
		if !strings.Contains(from.Error, "context canceled") {
			status = moorage.StepFailed
			if b.failed == nil {
				b.failed = v
			}
		}
	}
	b.finish(v, status, *from.Completed)
}

func (b *board) finish(v *vertex, status moorage.StepStatus, at time.Time) {
	v.ended = true
	b.p.End(v.step, status, v.cached, at)
}

// log passes a chunk on as it came, with BuildKit's time.
func (b *board) log(l *bk.VertexLog) {
	v := b.vertex(l.Vertex)
	b.open(v, l.Timestamp)
	stream := moorage.StreamStdout
	if l.Stream == 2 {
		stream = moorage.StreamStderr
	}
	v.output.add(l.Data)
	b.p.Write(v.step, stream, l.Timestamp, l.Data)
}

// progress shows a transfer: a text that the next one overwrites, and a line
// when it is done.
func (b *board) progress(s *bk.VertexStatus) {
	v := b.vertex(s.Vertex)
	if v.finished[s.ID] {
		return
	}
	done := s.Completed != nil
	if !done && s.Timestamp.Sub(v.said) < progressEvery {
		return
	}
	b.open(v, s.Timestamp)
	v.said = s.Timestamp
	v.finished[s.ID] = done
	b.p.Write(v.step, moorage.StreamNote, s.Timestamp, []byte(transferText(s, done)))
}

func transferText(s *bk.VertexStatus, done bool) string {
	text := clipLine(s.ID)
	switch {
	case s.Total > 0:
		text += " " + sizeText(s.Current) + " of " + sizeText(s.Total)
	case s.Current > 0:
		text += " " + sizeText(s.Current)
	}
	if done {
		return text + " done\n"
	}
	return text + "\r"
}

// close ends the steps that BuildKit left open. In a build that ended well it
// was the engine that did not tell the end.
func (b *board) close(well, stopped bool) {
	status := moorage.StepCancelled
	switch {
	case well:
		status = moorage.StepDone
	case b.failed == nil && !stopped:
		status = moorage.StepFailed
	}
	for _, v := range b.vertexes {
		if v.step == 0 || v.ended {
			continue
		}
		if well {
			b.p.Write(v.step, moorage.StreamNote, time.Now(), []byte(cutOff))
		}
		b.finish(v, status, time.Now())
	}
}
