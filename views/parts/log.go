package parts

import (
	"time"

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
