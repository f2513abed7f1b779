package deploy

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// longestLine is how much of one line is kept, in bytes.
const longestLine = 16 << 10

const cutMark = " … (the rest of this line was not kept)"

// cutter cuts what one stream prints into lines. A carriage return starts the
// line over, as a terminal would, so that of a progress bar the last state is
// kept; before a line break it means nothing.
type cutter struct {
	text     []byte
	cut      bool // longer than longestLine
	returned bool // the last byte was a carriage return
}

// write takes a chunk and hands every line that it ends to emit.
func (c *cutter) write(chunk []byte, emit func(string)) {
	for len(chunk) > 0 {
		i := bytes.IndexAny(chunk, "\r\n")
		if i < 0 {
			c.add(chunk)
			return
		}
		c.add(chunk[:i])
		if chunk[i] == '\n' {
			emit(c.take())
		} else {
			c.returned = true
		}
		chunk = chunk[i+1:]
	}
}

// end hands over the last line when no line break ended it.
func (c *cutter) end(emit func(string)) {
	if len(c.text) > 0 {
		emit(c.take())
	}
}

func (c *cutter) add(part []byte) {
	if len(part) == 0 {
		return
	}
	if c.returned {
		c.clear()
	}
	if room := longestLine - len(c.text); len(part) > room {
		part, c.cut = part[:room], true
	}
	c.text = append(c.text, part...)
}

func (c *cutter) take() string {
	text := c.text
	if c.cut {
		text = wholeRunes(text)
	}
	line := strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "\x00", "\uFFFD")
	if c.cut {
		line += cutMark
	}
	c.clear()
	return line
}

func (c *cutter) clear() {
	c.text, c.cut, c.returned = c.text[:0], false, false
}

// wholeRunes drops the beginning of a rune that was cut off at the end.
func wholeRunes(text []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
		if tail := text[len(text)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}
