package deploy

import (
	"slices"
	"strings"
	"testing"
)

func TestLinesAreCutAsATerminalShowsThem(t *testing.T) {
	full := strings.Repeat("x", longestLine)
	for name, c := range map[string]struct {
		chunks []string
		want   []string
	}{
		"over chunks":          {[]string{"a", "b\nc", "d\n"}, []string{"ab", "cd"}},
		"without a last break": {[]string{"a\nb"}, []string{"a", "b"}},
		"empty lines":          {[]string{"\n\na\n"}, []string{"", "", "a"}},
		"of Windows":           {[]string{"a\r\nb\r", "\nc\r\r\n"}, []string{"a", "b", "c"}},
		"a progress bar":       {[]string{"10%\r20%", "\r100%\ndone\n"}, []string{"100%", "done"}},
		"a bar left standing":  {[]string{"10%\r99%\r"}, []string{"99%"}},
		"runes over chunks":    {[]string{"\xc3", "\xa4\n"}, []string{"ä"}},
		"not text":             {[]string{"a\xffb\x00c\n"}, []string{"a\uFFFDb\uFFFDc"}},
		"just long enough":     {[]string{full + "\n"}, []string{full}},
		"too long":             {[]string{full, "yy", "y\nb\n"}, []string{full + cutMark, "b"}},
		"cut in a rune":        {[]string{full[1:] + "äb\n"}, []string{full[1:] + cutMark}},
		"an endless bar":       {[]string{full, "\r", full, "\rend\n"}, []string{"end"}},
	} {
		t.Run(name, func(t *testing.T) {
			var cut cutter
			var got []string
			emit := func(line string) { got = append(got, line) }
			for _, chunk := range c.chunks {
				cut.write([]byte(chunk), emit)
			}
			cut.end(emit)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %.60q, want %.60q", got, c.want)
			}
		})
	}
}
