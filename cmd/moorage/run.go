package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"

	"moorage"
	"moorage/builder"
	"moorage/builder/clone"
)

// process is what a subcommand has of the world.
type process struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// subcommand is one row of the usage.
type subcommand struct {
	name, usage string
	run         func(ctx context.Context, p process, args []string) error
}

func subcommands() []subcommand {
	return []subcommand{
		{"serve", "run Moorage", serve},
		{"setup-link", "print a new one-time link that makes its reader the operator", setupLink},
		{"token", "token create -name <name>: make an API token of the operator", token},
		{"logs", "logs <deployment> [-follow]: print the log of a deployment", logs},
		{"version", "print the version", version},
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	p := process{getenv, stdin, stdout, stderr}
	if len(args) == 1 && args[0] == clone.WorkerArgument {
		return workerStatus(builder.CloneWorker(ctx, stdin, stdout, stderr))
	}
	if len(args) > 0 {
		for _, s := range subcommands() {
			if s.name == args[0] {
				return s.run(moorage.WithActor(ctx, atTheMachine()), p, args[1:])
			}
		}
	}
	return usage(stderr)
}

// misuse is a command line that cannot be understood.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

func usage(w io.Writer) error {
	fmt.Fprintln(w, "Usage: moorage <command> [flags]")
	for _, s := range subcommands() {
		fmt.Fprintf(w, "  %-12s %s\n", s.name, s.usage)
	}
	return misused("say what to do")
}

// parse parses flags. What is wrong with them was printed when it returns.
func parse(flags *flag.FlagSet, args []string) error {
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return status(0)
	case err != nil:
		return status(exitUsage)
	}
	return nil
}

// status is an exit status without a message: it was printed already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func workerStatus(code int) error {
	if code == 0 {
		return nil
	}
	return status(code)
}

// Exit statuses of sysexits.h.
const (
	exitUsage    = 64
	exitTempFail = 75 // another process holds the data folder
)

func exitStatus(err error) int {
	var s status
	var m misuse
	switch {
	case errors.As(err, &s):
		return int(s)
	case errors.Is(err, errHeld):
		return exitTempFail
	case errors.As(err, &m):
		return exitUsage
	default:
		return 1
	}
}

func version(_ context.Context, p process, _ []string) error {
	_, err := fmt.Fprintln(p.stdout, "moorage", buildVersion())
	return err
}

// release is set by the linker: -X main.release=v1.2.3.
var release string

// buildVersion is the release, or the commit that was built.
func buildVersion() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "commit " + s.Value[:12]
		}
	}
	return "development"
}

// sentence prints an error for the person at the terminal: what happened and
// what to do next.
func sentence(err error) error {
	var e *moorage.Error
	if !errors.As(err, &e) || e.Next == "" {
		return err
	}
	return fmt.Errorf("%w %s", err, e.Next)
}
