package clone

import (
	"fmt"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// limitProcess bounds what this process may use from here on.
//
// Memory is bounded by RLIMIT_DATA, which since Linux 4.7 counts private
// writable mappings, that is the Go heap. RLIMIT_AS cannot be used: the Go
// runtime reserves more than a gibibyte of address space before main runs,
// without using it. The collector works harder before the wall is reached.
func limitProcess(l Limits) error {
	debug.SetMemoryLimit(l.Memory / 4 * 3)
	signal.Ignore(syscall.SIGXFSZ) // a write past the limit then fails with EFBIG
	seconds := uint64(l.Wall.Seconds()) + 1
	for _, limit := range []struct {
		name  string
		which int
		max   uint64
	}{
		{"memory", syscall.RLIMIT_DATA, uint64(l.Memory)},
		{"CPU", syscall.RLIMIT_CPU, seconds},
		{"file size", syscall.RLIMIT_FSIZE, uint64(max(l.Transfer, l.FileBytes) + 1<<20)},
		{"core dump", syscall.RLIMIT_CORE, 0},
	} {
		if err := syscall.Setrlimit(limit.which, &syscall.Rlimit{Cur: limit.max, Max: limit.max}); err != nil {
			return fmt.Errorf("%s: %w", limit.name, err)
		}
	}
	return nil
}
