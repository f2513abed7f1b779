package parts

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ANSI renders one line of a program's output as HTML: text escaped, colours as
// spans with classes of a fixed set (f0–f15, b0–b15, bold, dim, italic,
// underline). Every other escape sequence (cursor moves, titles, links, device
// strings) is dropped, and so are control characters. Of a line that was
// overwritten by carriage returns the last text stays, as a terminal shows it.
func ANSI(line string) string {
	line = lastSegment(line)
	var w ansiWriter
	for i := 0; i < len(line); {
		if line[i] == esc {
			i = w.escape(line, i)
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		if r == csi8 {
			i = w.control(line, i+size)
			continue
		}
		w.rune(r)
		i += size
	}
	w.close()
	return w.out.String()
}

const (
	esc  = 0x1b
	bel  = 0x07
	csi8 = 0x9b // the one-byte form of ESC [
)

// lastSegment is what a terminal would show after the carriage returns of a
// progress bar: the text after the last one that is followed by any.
func lastSegment(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		return line[i+1:]
	}
	return line
}

// ansiWriter writes runes in the style that the last sequence asked for. A span
// is opened when there is something to put in it.
type ansiWriter struct {
	out  strings.Builder
	now  style // of the open span; the zero style has none
	next style // of the next rune
}

func (w *ansiWriter) rune(r rune) {
	switch {
	case r == '\t':
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		r = utf8.RuneError // would show the rest of the line in another order
	}
	if w.next != w.now {
		w.close()
		if w.next != (style{}) {
			w.out.WriteString(`<span class="` + w.next.classes() + `">`)
		}
		w.now = w.next
	}
	if r < utf8.RuneSelf {
		w.out.WriteString(html.EscapeString(string(r)))
		return
	}
	w.out.WriteRune(r)
}

func (w *ansiWriter) close() {
	if w.now != (style{}) {
		w.out.WriteString("</span>")
		w.now = style{}
	}
}

// escape reads the sequence that begins with ESC at i and returns where the
// text goes on (ECMA-48, 5.3).
func (w *ansiWriter) escape(line string, i int) int {
	i++
	if i == len(line) {
		return i
	}
	switch line[i] {
	case '[':
		return w.control(line, i+1)
	case ']', 'P', 'X', '^', '_': // OSC, DCS, SOS, PM, APC: up to BEL or ST
		return skipString(line, i+1)
	}
	for i < len(line) && line[i] >= 0x20 && line[i] <= 0x2f { // intermediate bytes
		i++
	}
	if i < len(line) && line[i] >= 0x30 && line[i] <= 0x7e {
		i++
	}
	return i
}

// control reads parameters and the final byte of a control sequence; m sets
// the style, all others do nothing.
func (w *ansiWriter) control(line string, i int) int {
	start := i
	for i < len(line) && line[i] >= 0x20 && line[i] <= 0x3f {
		i++
	}
	if i == len(line) {
		return i
	}
	if line[i] < 0x40 || line[i] > 0x7e {
		return i // broken off: what follows is text
	}
	if line[i] == 'm' {
		w.next = w.next.apply(line[start:i])
	}
	return i + 1
}

// skipString returns the place after the terminator of a string sequence. One
// without an end takes the rest of the line.
func skipString(line string, i int) int {
	for ; i < len(line); i++ {
		switch {
		case line[i] == bel:
			return i + 1
		case line[i] == esc && i+1 < len(line) && line[i+1] == '\\':
			return i + 2
		}
	}
	return i
}

// sgrParams splits the parameters of a sequence; an empty one is 0. Colons are
// taken for semicolons (38:2::r:g:b is read by colour).
func sgrParams(s string) []int {
	fields := strings.FieldsFunc(s+" ", func(r rune) bool { return r == ' ' })
	if len(fields) == 0 {
		return []int{0}
	}
	parts := strings.Split(strings.ReplaceAll(fields[0], ":", ";"), ";")
	params := make([]int, len(parts))
	for i, part := range parts {
		params[i], _ = strconv.Atoi(part)
	}
	return params
}
