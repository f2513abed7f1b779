package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// bench is one run of the benchmark.
type bench struct {
	dir         string // of everything that it writes
	binary      string
	image       string
	imageEngine string // "": the one that it deploys to
	mill        string // what it deploys
	runs        int
	flood       time.Duration
	viewers     int
	table       table
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// build builds the mill, and finds the program.
func (b *bench) build(ctx context.Context) (err error) {
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	b.mill = filepath.Join(b.dir, "mill")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", b.mill, "./e2e/testdata/mill")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return output(cmd)
}

// output runs a command, and says what it printed when it fails.
func output(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// timed is how long work takes.
func timed(work func() error) (time.Duration, error) {
	began := time.Now()
	err := work()
	return time.Since(began), err
}

// median of some figures; the lower one of two in the middle.
func median(all []time.Duration) time.Duration { return percentile(all, 50) }

func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)*p/100]
}
