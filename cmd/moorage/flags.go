package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// flags are those of one command. They may stand before, between and after its
// arguments, with one dash or two.
type flags struct {
	*flag.FlagSet
	command command
	help    io.Writer // what was asked for is no error: it goes to stdout
}

// newFlags begins the flags of a command, named as in its row.
func newFlags(p process, name string) *flags {
	c, _, err := find(strings.Fields(name))
	if err != nil {
		panic(err) // a row without its function, or the other way round
	}
	f := &flags{flag.NewFlagSet("moorage "+name, flag.ContinueOnError), c, p.stdout}
	f.SetOutput(io.Discard) // parse words what is wrong
	f.Usage = func() {}
	return f
}

// parse returns the arguments between the flags: as many as the usage of the
// command has, those in brackets as "" when they are not given.
func (f *flags) parse(args []string) ([]string, error) {
	var found []string
	for rest := args; ; {
		switch err := f.Parse(rest); {
		case errors.Is(err, flag.ErrHelp):
			return nil, printed(f.print(), 0)
		case err != nil:
			return nil, misused("%w\n%s -h lists the flags", err, f.Name())
		}
		after := f.Args()
		if n := len(rest) - len(after); n > 0 && rest[n-1] == "--" {
			found = append(found, after...)
			break
		}
		if len(after) == 0 {
			break
		}
		found, rest = append(found, after[0]), after[1:]
	}
	return f.fit(found)
}

// fit compares what was given with the arguments of the usage.
func (f *flags) fit(found []string) ([]string, error) {
	wanted := strings.Fields(f.command.arguments)
	if len(found) > len(wanted) {
		if len(wanted) == 0 {
			return nil, misused("%s takes no arguments, only flags: not %q", f.Name(), found[0])
		}
		return nil, misused("%s takes %s, and not also %q", f.Name(), f.command.arguments, found[len(wanted)])
	}
	for _, missing := range wanted[len(found):] {
		if !strings.HasPrefix(missing, "[") {
			return nil, misused("%s wants %s: %s", f.Name(), missing, f.usage())
		}
		found = append(found, "")
	}
	return found, nil
}

// usage is the one line that shows how the command is written.
func (f *flags) usage() string {
	line := strings.TrimSpace(f.Name() + " " + f.command.arguments)
	any := false
	f.VisitAll(func(*flag.Flag) { any = true })
	if any {
		line += " [flags]"
	}
	return line
}

// print writes the help of the command. Settings have flags in several
// commands, and are listed at serve.
func (f *flags) print() error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n", f.usage())
	about, examples, _ := strings.Cut(f.command.about, "\n\nExamples:\n")
	fmt.Fprintln(&b, about)
	rows := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	heading := "\nFlags:\n"
	f.VisitAll(func(g *flag.Flag) {
		if isSetting(g.Name) && f.command.name != "serve" && g.Name != "data" {
			return
		}
		value, usage := flag.UnquoteUsage(g)
		if value == "string" {
			value = "value"
		}
		if value != "" {
			value = " <" + value + ">"
		}
		fmt.Fprintf(rows, "%s  --%s%s\t%s\n", heading, g.Name, value, usage)
		heading = ""
	})
	if err := rows.Flush(); err != nil {
		return err
	}
	if f.Lookup("data") != nil && f.command.name != "serve" {
		fmt.Fprintln(&b, "\nThe settings of moorage serve and their flags work here, too.")
	}
	if examples != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", examples)
	}
	_, err := io.WriteString(f.help, b.String())
	return err
}
