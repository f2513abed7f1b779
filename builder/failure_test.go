package builder

import (
	"strings"
	"testing"
)

func TestTheTailOfAnOutputExplainsAFailure(t *testing.T) {
	long := strings.Repeat("x", 3*maxPartial)
	for want, chunks := range map[string][]string{
		"":                  {"", "\n", "  \n"},
		"b":                 {"a\nb\n"},
		"error: no flour":   {"grain\nerr", "or: no", " flour\nthe end\n"},
		"fatal: a stone":    {"\x1b[31mfatal:\x1b[0m a stone"},
		"c":                 {"a\n", "b", "\n", "c"},
		clipLine(long):      {long[:maxPartial+1], long, "\n"},
		clipLine(long[:10]): {long + "\n" + long[:10]},
	} {
		var tail outputTail
		for _, c := range chunks {
			tail.add([]byte(c))
		}
		if got := tail.best(); got != want {
			t.Errorf("of %.80q it keeps %.80q, want %.80q", chunks, got, want)
		}
	}
}
