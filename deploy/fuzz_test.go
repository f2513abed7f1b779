package deploy

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzCutter: lines come out alike however what is printed is cut, and each is
// text within its cap.
func FuzzCutter(f *testing.F) {
	f.Add([]byte("one\ntwo\r\n 10%\r 20%\r\nlast"), 5)
	f.Add([]byte("\xff\xfe\x00\r\r\n\n"), 1)
	f.Add([]byte(strings.Repeat("é", 9000)), 16383)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		cut = max(0, min(cut, len(text)))
		whole := linesOf(text)
		if pieces := linesOf(text[:cut], text[cut:]); !slices.Equal(whole, pieces) {
			t.Errorf("%q is %q, cut at %d %q", text, whole, cut, pieces)
		}
		for _, line := range whole {
			if !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") || len(line) > 3*longestLine+len(cutMark) {
				t.Errorf("%q has the line %q", text, line)
			}
		}
	})
}

func linesOf(chunks ...[]byte) []string {
	var c cutter
	var lines []string
	emit := func(line string) { lines = append(lines, line) }
	for _, chunk := range chunks {
		c.write(chunk, emit)
	}
	c.end(emit)
	return lines
}

// FuzzQuotable: what is quoted of a server in a sentence is one short line
// without a colour or anything else that acts.
func FuzzQuotable(f *testing.F) {
	for _, seed := range []string{"\x1b[31merror\x1b[0m: x", "\x1b]8;;http://x\x07y", "\x1b[", "a\tb\nc\x00", "\u009b31mx", strings.Repeat("long ", 100), "\u202eevil"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		q := quotable(line)
		if utf8.RuneCountInString(q) > 201 || !utf8.ValidString(q) || strings.ContainsFunc(q, unicode.IsControl) {
			t.Errorf("%q is quoted as %q", line, q)
		}
	})
}
