package parts

import "testing"

func TestPlainTextIsWhatAReaderSees(t *testing.T) {
	for line, want := range map[string]string{
		"\x1b[31merror:\x1b[0m <b> & \"x\"":               `error: <b> & "x"`,
		"10%\r50%\r100%":                                  "100%",
		"\x1b]8;;https://example.com\x07link\x1b]8;;\x07": "link",
	} {
		if got := Plain(line); got != want {
			t.Errorf("Plain(%q) = %q, want %q", line, got, want)
		}
	}
}
