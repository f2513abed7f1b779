package parts

import (
	"html"
	"regexp"
)

var spans = regexp.MustCompile(`<[^>]*>`)

// Plain is one line of a program's output as a reader sees it: the text that
// ANSI shows, without its colours.
func Plain(line string) string {
	// ANSI escapes every < of the line, so what is left of them is its own.
	return html.UnescapeString(spans.ReplaceAllString(ANSI(line), ""))
}
