package runner

import (
	"runtime"
	"strings"
	"testing"
)

// checkLeaks fails when a goroutine of this room is left. One that has just
// been waited for may need a moment to be gone.
func checkLeaks(t *testing.T) {
	t.Helper()
	left := ours()
	for range 1000 {
		if left == "" {
			return
		}
		runtime.Gosched()
		left = ours()
	}
	t.Errorf("goroutines are left:\n%s", left)
}

// ours are the stacks of goroutines in this room, tests aside.
func ours() string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	var left []string
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		if strings.Contains(stack, "moorage/runner.") && !strings.Contains(stack, "testing.tRunner") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
