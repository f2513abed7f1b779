package main

import (
	"regexp"
	"strings"
	"unicode"
)

// colour is how a terminal is told one (ECMA-48, 8.3.117).
var colour = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// plain makes what others wrote safe to print: colours are dropped, and what
// else a terminal would obey is shown as a picture of it (␛ for escape).
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, colour.ReplaceAllString(text, ""))
}
