package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/agext/levenshtein"
)

const helpHelp = `Says how a command is used, with its flags and examples. Without a command it lists them all.`

// remoteHelp ends the help of each command that asks a Moorage elsewhere.
const remoteHelp = `

Environment:
  MOORAGE_URL    where Moorage is; http://127.0.0.1:8080 when it is not set
  MOORAGE_TOKEN  an API token, from the page Tokens or from moorage token create`

// help prints how a command is used.
func help(ctx context.Context, p process, args []string) error {
	if len(args) == 0 {
		return overview(p.stdout)
	}
	if strings.HasPrefix(args[0], "-") {
		_, err := newFlags(p, "help").parse(args)
		return err
	}
	c, _, err := find(args)
	if err != nil {
		return err
	}
	return c.run(ctx, p, []string{"-h"})
}

// overview lists the commands.
func overview(w io.Writer) error {
	var b strings.Builder
	b.WriteString("Moorage builds MCP servers from Git repositories, runs them, and lets people and\nprograms call them.\n\nUsage: moorage <command> [flags]\n\n")
	rows := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(rows, "  %s\t%s\n", c.name, c.summary)
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	b.WriteString("\nmoorage help <command> says more about one.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// suggestion names the command that somebody may have meant.
func suggestion(word string) string {
	best, least := "", len(word)/2+1 // so many slips are another word
	for _, c := range commands() {
		name := c.name
		first, _, _ := strings.Cut(name, " ")
		n := min(levenshtein.Distance(word, name, nil), levenshtein.Distance(word, first, nil))
		if len(word) > 1 && strings.HasPrefix(name, word) {
			n = 0
		}
		if n < least {
			best, least = name, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean moorage %s?", best)
}
