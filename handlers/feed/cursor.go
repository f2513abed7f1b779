package feed

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"moorage"
)

// Cursor is how far somebody has read a log: lines up to Seq, steps up to Step.
// As the id of an event it is "120.7".
type Cursor struct {
	Seq  int64
	Step int
}

// everything is beyond all logs.
var everything = Cursor{math.MaxInt64, math.MaxInt}

func (k Cursor) String() string { return fmt.Sprintf("%d.%d", k.Seq, k.Step) }

// ParseCursor reads what String wrote, or a Seq alone. What is no number is 0.
func ParseCursor(s string) Cursor {
	seq, step, _ := strings.Cut(s, ".")
	var k Cursor
	k.Seq, _ = strconv.ParseInt(seq, 10, 64)
	k.Step, _ = strconv.Atoi(step)
	return Cursor{max(k.Seq, 0), max(k.Step, 0)}
}

// Cut leaves out the lines that lie beyond the cursor.
func (k Cursor) Cut(lines []moorage.LogLine) []moorage.LogLine {
	for len(lines) > 0 && lines[len(lines)-1].Seq > k.Seq {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// reaches reports whether all that l has is read.
func (k Cursor) reaches(l Cursor) bool { return k.Seq >= l.Seq && k.Step >= l.Step }

// within is the cursor, but not beyond the end: a client may say anything.
func (k Cursor) within(end Cursor) Cursor { return Cursor{min(k.Seq, end.Seq), min(k.Step, end.Step)} }
