// Command bench measures what Moorage promises about speed and size: the real
// binary against a real engine, each figure beside its target and beside the same
// work done by hand in the same run. Figures of a busy machine are noisy; the
// ratios are of the same minutes. Its exit status is 1 when a target is missed.
//
// It needs the engine of DOCKER_HOST with scripts/images.sh's base image in it,
// git, docker, docker-registry and chromium: make bench brings them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// chapter is one thing that is measured.
type chapter struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

func chapters() []chapter {
	return []chapter{
		{"size", sizes},
		{"pages", pages},
		{"log", longLog},
		{"deploy", deploys},
		{"flood", flood},
		{"gateway", gatewayCalls},
		{"all", gatewayAll},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	met, err := run(ctx, os.Args[1:])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case !met:
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (met bool, err error) {
	var names []string
	for _, c := range chapters() {
		names = append(names, c.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", strings.Join(names, ","), "chapters to run, comma-separated")
	b := &bench{}
	flags.StringVar(&b.binary, "binary", "bin/moorage", "the program to measure, as make build makes it")
	flags.StringVar(&b.image, "image", "moorage", "the image of Moorage to measure, as make image names it")
	flags.StringVar(&b.imageEngine, "image-engine", "", "the engine that has the image; empty: the one of DOCKER_HOST")
	flags.IntVar(&b.runs, "runs", 5, "how often each deployment is made, by Moorage and by hand")
	flags.DurationVar(&b.flood, "flood", defaultFlood, "how long the build prints 10,000 lines a second")
	flags.IntVar(&b.viewers, "viewers", 200, "how many follow it")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if b.dir, err = os.MkdirTemp("", "moorage-bench-"); err != nil {
		return false, err
	}
	defer os.RemoveAll(b.dir)
	if err := b.build(ctx); err != nil {
		return false, err
	}
	for _, c := range chapters() {
		if !slices.Contains(strings.Split(*only, ","), c.name) {
			continue
		}
		b.say("Measuring: %s.", c.name)
		if err := c.run(ctx, b); err != nil {
			return false, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return b.table.print(os.Stdout), nil
}
