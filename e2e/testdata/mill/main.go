// Command mill is what the end-to-end tests deploy: an MCP server, and the
// programs that its Dockerfile runs while it is built. It is one static file,
// so that an image FROM scratch can hold it.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	command, args := "serve", []string{}
	if len(os.Args) > 1 {
		command, args = os.Args[1], os.Args[2:]
	}
	if err := run(command, args); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(command string, args []string) error {
	switch command {
	case "serve":
		return serve(args)
	case "grind":
		return grind(args)
	case "flood":
		return flood(args)
	case "reveal":
		return reveal(args)
	case "jam":
		fmt.Println("The millstone turns.")
		return fmt.Errorf("the widget does not fit")
	case "hang", "mute":
		return hang(command)
	case "need":
		if os.Getenv(args[0]) == "" {
			return fmt.Errorf("missing required environment variable %s", args[0])
		}
		return serve(args[1:])
	}
	return fmt.Errorf("nobody knows how to %s", command)
}

// grind prints so many numbered lines, with a pause after every hundredth.
func grind(args []string) error {
	many, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	pause, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for n := 1; n <= many; n++ {
		fmt.Fprintf(out, "grain %05d of %05d\n", n, many)
		if n%100 == 0 && pause > 0 {
			if err := out.Flush(); err != nil {
				return err
			}
			time.Sleep(pause)
		}
	}
	return out.Flush()
}

// reveal prints what a file holds as nobody should: plain, in base64, for a
// URL, and in pieces.
func reveal(args []string) error {
	b, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	secret := strings.TrimSpace(string(b))
	fmt.Println("plain", secret)
	fmt.Println("base64", base64.StdEncoding.EncodeToString([]byte(secret)))
	fmt.Println("url", url.QueryEscape(secret))
	fmt.Print("pieces ")
	for _, r := range secret {
		os.Stdout.WriteString(string(r))
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Println("\nrevealed")
	return nil
}

// hang never ends by itself, and says nothing after its first words.
func hang(command string) error {
	fmt.Fprintln(os.Stderr, "About to", command, "for ever.")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	return nil
}
