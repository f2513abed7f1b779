package views

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// initial is the letter that stands for a person without a picture.
func initial(login string) string {
	r, _ := utf8.DecodeRuneInString(login)
	if r == utf8.RuneError {
		return "?"
	}
	return string(unicode.ToUpper(r))
}

// plural is "1 tool", "12 tools", "no tools".
func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	default:
		return strconv.Itoa(n) + " " + noun + "s"
	}
}

// lineCount is "1 line", "35 lines"; it does not say "no lines" where a number counts up.
func lineCount(n int64) string {
	if n == 1 {
		return "1 line"
	}
	return strconv.FormatInt(n, 10) + " lines"
}
