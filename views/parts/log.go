package parts

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"moorage"
)

// StepView is one foldable part of a log, numbered in start order.
type StepView struct {
	N          int
	Name       string
	Status     moorage.StepStatus
	Cached     bool
	StartedISO string // RFC 3339 while it runs: the browser counts on; "" otherwise
	Took       string // "12 s"
	Lines      []LineView
}

// LineView is one line of a log. Text may hold ANSI escapes and anything else
// that a program prints; it is escaped when it is rendered.
type LineView struct {
	Seq    int64
	At     time.Time
	Stream moorage.Stream
	Text   string
}

// Open reports whether a step shows its lines: what runs and what failed does.
func (s StepView) Open() bool {
	return s.Status == moorage.StepRunning || s.Status == moorage.StepFailed
}

func (s StepView) id() string { return "step-" + strconv.Itoa(s.N) }

// LinesID is the id of the element that holds the lines of step n.
func LinesID(n int) string { return "step-" + strconv.Itoa(n) + "-lines" }

// chunkLines is how many lines one element holds. The browser skips the layout
// of those that are out of sight.
const chunkLines = 200

// chunkClass tells the style sheet how high a chunk will be before it is laid
// out, in steps of twenty lines; a small one is laid out at once.
func chunkClass(lines int) string {
	if lines < 20 {
		return "chunk"
	}
	return "chunk far n" + strconv.Itoa((lines+19)/20*20)
}

// LogChunk is lines of one step, to be put at the end of those that are there.
// It is written by hand: a log has tens of thousands of lines, and white space
// between their parts would show. A line is as few elements as it can be, its
// time an attribute that is shown when somebody asks for times: each element
// more costs a browser a tenth of the page.
func LogChunk(lines []LineView) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for chunk := range slices.Chunk(lines, chunkLines) {
			b.Reset()
			b.WriteString(`<div class="` + chunkClass(len(chunk)) + `">`)
			for _, line := range chunk {
				line.write(&b)
			}
			b.WriteString("</div>")
			if _, err := io.WriteString(w, b.String()); err != nil {
				return err
			}
		}
		return nil
	})
}

// OutputLines is lines that have no place in a log: no numbers, no anchors.
func OutputLines(lines []LineView) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, line := range lines {
			at := line.At.UTC()
			b.WriteString(`<div class="` + line.class() + `"><time datetime="` + at.Format(time.RFC3339Nano) + `">`)
			b.WriteString(at.Format(time.TimeOnly) + "</time><span>" + ANSI(line.Text) + "</span></div>")
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func (l LineView) write(b *strings.Builder) {
	seq := strconv.FormatInt(l.Seq, 10)
	b.WriteString(`<div class="` + l.class() + `" id="L` + seq + `" data-at="` + strconv.FormatInt(l.At.UnixMilli(), 10) + `">`)
	b.WriteString(`<a href="#L` + seq + `">` + seq + `</a>` + ANSI(l.Text) + "</div>")
}

func (l LineView) class() string {
	switch l.Stream {
	case moorage.StreamStderr:
		return "line err"
	case moorage.StreamNote:
		return "line note"
	default:
		return "line"
	}
}

// HeadID is the id of the head of step n.
func HeadID(n int) string { return "step-" + strconv.Itoa(n) + "-head" }
