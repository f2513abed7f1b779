package deploy

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/secrets"
)

const (
	batchLines = 500                    // a batch is stored when it has so many lines,
	batchTime  = 100 * time.Millisecond // or when its first line has waited so long

	mostLines = 1_000_000 // of one deployment; what follows is counted
	mostBytes = 128 << 20 // likewise

	longestStepName = 500 // bytes
)

// logbook is the log of one deployment. It masks, cuts into lines, numbers and
// stores what any of the steps print, in the order in which lines end. Nothing
// is dropped to keep up: who writes faster than the store waits for it.
type logbook struct {
	ctx   context.Context // of the deployment's values, never cancelled: a log outlives the work it tells of
	id    moorage.DeploymentID
	found string // its last line when it was taken up again; "": there was none
	steps steps
	lines lines
	now   func() time.Time
	broke func(error) // hears that the log cannot be stored, once

	// storing is held while a batch is stored, so that batches keep their order.
	// It is taken before mu.
	storing sync.Mutex

	mu      sync.Mutex // over everything below
	masker  *secrets.Masker
	streams map[source]*stream
	open    map[int]bool // steps
	last    int          // number of the newest step
	focus   int          // the step that notes about the end belong to
	pending []moorage.LogLine
	seq     int64
	size    int64
	most    limit
	lost    int64 // lines beyond the limit
	full    bool
	closed  bool

	bell  chan struct{} // the first line of a batch rings it
	done  chan struct{}
	ended chan struct{}
}

var _ builder.Progress = (*logbook)(nil)

// limit is how much of a log is kept.
type limit struct {
	lines int64
	bytes int64
}

// source is what prints: of each, lines are put together on their own.
type source struct {
	step   int
	stream moorage.Stream
}

type stream struct {
	mask *secrets.Stream
	cut  cutter
}

// openLogbook continues the log of a deployment after its line seq and its step
// last. The caller closes it.
func openLogbook(ctx context.Context, p *Pipeline, id moorage.DeploymentID, seq int64, last int, broke func(error)) *logbook {
	b := &logbook{
		ctx: context.WithoutCancel(ctx), id: id,
		steps: p.Database, lines: p.Database, now: p.Now, broke: broke,
		masker:  secrets.NewMasker(nil),
		streams: make(map[source]*stream),
		open:    make(map[int]bool),
		last:    last, focus: last, seq: seq,
		most:  limit{lines: mostLines, bytes: mostBytes},
		bell:  make(chan struct{}, 1),
		done:  make(chan struct{}),
		ended: make(chan struct{}),
	}
	go b.storeInTime()
	return b
}

// hide masks these values from now on, in every stream that begins later.
func (b *logbook) hide(values []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.masker = secrets.NewMasker(values)
}

// mask returns text as it may be shown.
func (b *logbook) mask(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.masker.Mask(text)
}

// hidden begins a text that is masked as the log is, and may go on elsewhere.
func (b *logbook) hidden() *secrets.Stream {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.masker.Stream()
}

// Begin opens a step.
func (b *logbook) Begin(name string, at time.Time) int {
	b.mu.Lock()
	b.last++
	n := b.last
	b.open[n] = true
	b.focus = n
	name = b.masker.Mask(name)
	b.mu.Unlock()
	if len(name) > longestStepName {
		name = string(wholeRunes([]byte(name[:longestStepName]))) + "…"
	}
	err := b.steps.BeginStep(b.ctx, b.id, moorage.Step{
		N: n, Name: strings.ToValidUTF8(name, "\uFFFD"), Status: moorage.StepRunning, StartedAt: at,
	})
	b.check(err)
	return n
}

// End closes a step, after all that it printed is stored.
func (b *logbook) End(step int, status moorage.StepStatus, cached bool, at time.Time) {
	b.mu.Lock()
	if !b.open[step] {
		b.mu.Unlock()
		return // ended before: a build may say so twice
	}
	delete(b.open, step)
	if status == moorage.StepFailed {
		b.focus = step
	}
	b.finish(at, func(s source) bool { return s.step == step })
	b.mu.Unlock()
	b.store()
	b.check(b.steps.EndStep(b.ctx, b.id, step, status, cached, at))
}

// reopen takes up a step that was left running.
func (b *logbook) reopen(step int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[step] = true
	b.focus = step
}

// Write takes a chunk of what a step prints.
func (b *logbook) Write(step int, from moorage.Stream, at time.Time, chunk []byte) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	s := b.stream(source{step, from})
	s.cut.write(s.mask.Write(chunk), func(line string) { b.line(step, from, at, line) })
	many := len(b.pending) >= batchLines
	b.mu.Unlock()
	if many {
		b.store() // on the writer's time: it cannot run away from the store
	}
}

// note adds a line of our own to a step.
func (b *logbook) note(step int, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.masker.Mask(text)) {
		b.append(step, moorage.StreamNote, b.now(), strings.TrimRight(line, "\r\n"))
	}
}

// lastNote adds a line of our own to where it ended: the step that failed, or
// the newest one.
func (b *logbook) lastNote(text string) {
	b.mu.Lock()
	step := b.focus
	b.mu.Unlock()
	b.note(step, text)
}

// flush stores every line that has ended.
func (b *logbook) flush() { b.store() }

// close ends the steps that are still open with status, and stores the rest.
// Writes after it go nowhere.
func (b *logbook) close(status moorage.StepStatus) {
	b.mu.Lock()
	left := make([]int, 0, len(b.open))
	for n := range b.open {
		left = append(left, n)
	}
	b.mu.Unlock()
	slices.Sort(left)
	for _, n := range left {
		b.End(n, status, false, b.now())
	}

	b.mu.Lock()
	b.finish(b.now(), func(source) bool { return true })
	b.tellLost()
	b.closed = true
	b.mu.Unlock()
	close(b.done)
	<-b.ended
	b.store()
}
