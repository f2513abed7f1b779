package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"moorage"
	"moorage/builder"
	"moorage/builder/clone"
)

// process is what a command has of the world.
type process struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is one row of the usage, and what help says about it.
type command struct {
	name      string // one word, or two: "token create"
	arguments string // as in the usage: "<server> <tool> [<json>]"
	summary   string // in the list of all commands
	about     string // what else help says, with examples
	run       func(ctx context.Context, p process, args []string) error
}

// commands are all that this program can do, in the order in which somebody
// new meets them.
func commands() []command {
	return []command{
		{"serve", "", "run Moorage", serveHelp, serve},
		{"setup-link", "", "print a new one-time link that makes its reader the operator", setupLinkHelp, setupLink},
		{"token create", "", "make an API token on the data folder", tokenHelp, createToken},
		{"deploy", "<git-url>", "bring a Git repository live", deployHelp, deployRepository},
		{"logs", "<deployment>", "print the log of a deployment, or follow it", logsHelp, logs},
		{"cancel", "<deployment>", "end a deployment that is not settled", cancelHelp, cancel},
		{"servers", "", "list servers", serversHelp, servers},
		{"call", "<server> [<tool>] [<json>]", "call a tool of a live server, or list its tools", callHelp, call},
		{"doctor", "", "look at everything that Moorage leans on, and say what to do", doctorHelp, examine},
		{"health", "", "say whether the Moorage on this machine can work", healthHelp, health},
		{"backup", "<file>", "write everything that Moorage knows into one file, while it runs", backupHelp, backUp},
		{"restore", "<file>", "make a data folder out of a backup", restoreHelp, restore},
		{"version", "", "print the version", versionHelp, version},
		{"help", "[<command>]", "say how a command is used", helpHelp, help},
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	p := process{getenv, stdin, stdout, stderr}
	if len(args) == 1 && args[0] == clone.WorkerArgument {
		return workerStatus(builder.CloneWorker(ctx, stdin, stdout, stderr))
	}
	if len(args) == 0 {
		return printed(overview(stderr), exitUsage)
	}
	if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		return overview(stdout)
	}
	c, rest, err := find(args)
	if err != nil {
		return err
	}
	if err := becomeUser(getenv); err != nil {
		return sentence(err)
	}
	return sentence(c.run(moorage.WithActor(ctx, atTheMachine()), p, rest))
}

// find looks for the command that the arguments begin with.
func find(args []string) (command, []string, error) {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == c.name {
			return c, args[len(words):], nil
		}
	}
	return command{}, nil, misused("there is no command %q.%s\nmoorage help lists them all", args[0], suggestion(args[0]))
}

// misuse is a command line that cannot be understood.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// status is an exit status without a message: it was printed already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// printed is the exit status when printing went well.
func printed(err error, code int) error {
	if err != nil {
		return err
	}
	return status(code)
}

func workerStatus(code int) error {
	if code == 0 {
		return nil
	}
	return status(code)
}

// Exit statuses besides 0, and 1 for whatever failed.
const (
	exitUsage       = 2   // as Go's own flags have it
	exitTempFail    = 75  // of sysexits.h: another process holds the data folder
	exitInterrupted = 130 // as shells have it: 128 and SIGINT
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

// sentence words an error for the person at the terminal: what happened, what
// to do next, and then the cause.
func sentence(err error) error {
	var e *moorage.Error
	if !errors.As(err, &e) {
		return err
	}
	text := strings.TrimSpace(e.Message + " " + e.Next)
	if e.Err != nil {
		text += "\n(" + e.Err.Error() + ")"
	}
	return worded{err, text}
}

// worded is an error with other words.
type worded struct {
	error
	text string
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.error }
