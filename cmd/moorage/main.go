// Command moorage is the self-hosted home for MCP servers: it builds them from
// a repository, runs them, and lets people and programs call them.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		if _, said := err.(status); !said {
			fmt.Fprintln(os.Stderr, "moorage:", err)
		}
		os.Exit(exitStatus(err))
	}
}
