package clone

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"moorage"
)

// trouble is a moorage.Error on its way from the child to the parent.
type trouble struct {
	Code    moorage.Code
	Message string
	Next    string
	Cause   string
}

func troubleOf(err error) *trouble {
	var e *moorage.Error
	if !errors.As(err, &e) {
		return &trouble{Code: moorage.Internal, Message: "The repository could not be cloned.",
			Next: "Try again; if it stays, look at Moorage's own log.", Cause: err.Error()}
	}
	t := &trouble{Code: e.Code, Message: e.Message, Next: e.Next}
	if e.Err != nil {
		t.Cause = e.Err.Error()
	}
	return t
}

func (t *trouble) asError() error {
	e := moorage.Errorf(t.Code, "%s", t.Message).Try("%s", t.Next)
	if t.Cause != "" {
		e = e.Because(errors.New(t.Cause))
	}
	return e
}

func tooLong(wall time.Duration) error {
	return moorage.Errorf(moorage.Limited, "The clone took longer than %s and was stopped.", wall).
		Try("Check that the Git host is well, then deploy again.")
}

func died(err error) error {
	return moorage.Errorf(moorage.Limited, "The repository needs more memory or time to clone than Moorage gives it.").
		Try("Deploy a smaller repository: move large files out of it, then try again.").
		Because(fmt.Errorf("clone worker: %w", err))
}

func tooBig(what, figure, most string) error {
	return moorage.Errorf(moorage.Limited, "The repository is too big: %s is %s, and at most %s is allowed.", what, figure, most).
		Try("Deploy a smaller repository, or take what a server does not need out of this one.")
}

// bytesText prints a size for a person.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

// firstLine returns the first line of what a stranger wrote: no control
// characters, at most max runes.
func firstLine(s string, max int) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > max {
		s = string(runes[:max-1]) + "…"
	}
	return strings.TrimSpace(s)
}
