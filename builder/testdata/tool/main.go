// Tool is the only program in the images that tests build: it stands in for a
// shell, npm and whatever else a Dockerfile runs.
package main

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Println("tool")
		return
	}
	switch os.Args[1] {
	case "say":
		fmt.Println(os.Args[2])
		fmt.Fprintln(os.Stderr, os.Args[2], "on stderr")
	case "part": // half a line, then the rest
		fmt.Print("first half, ")
		time.Sleep(200 * time.Millisecond)
		fmt.Println("second half")
	case "fail":
		fmt.Println("compiling")
		fmt.Fprintln(os.Stderr, "\x1b[31merror\x1b[0m: cannot find module 'left-pad'")
		fmt.Fprintln(os.Stderr, "gave up")
		os.Exit(3)
	case "wait":
		fmt.Println("waiting")
		time.Sleep(time.Hour)
	case "add": // a line to a file, then its length in lines
		content, err := os.ReadFile(os.Args[2])
		if err != nil && !os.IsNotExist(err) {
			panic(err)
		}
		content = append(content, '\n')
		if err := os.WriteFile(os.Args[2], content, 0o644); err != nil {
			panic(err)
		}
		fmt.Println("lines:", len(content))
	case "has": // every named file is there
		for _, name := range os.Args[2:] {
			if _, err := os.Lstat(name); err != nil {
				fmt.Fprintln(os.Stderr, "error:", err)
				os.Exit(1)
			}
		}
	case "is": // a file's mode, owner, time and content are these
		if got := describe(os.Args[2]); !slices.Equal(got, os.Args[3:]) {
			fmt.Fprintf(os.Stderr, "error: %s is %q\n", os.Args[2], got)
			os.Exit(1)
		}
	case "build": // as go build -trimpath -o <file> …
		if err := os.MkdirAll("/out", 0o755); err != nil {
			panic(err)
		}
		if err := os.WriteFile(os.Args[4], []byte("program"), 0o755); err != nil {
			panic(err)
		}
	case "lacks":
		for _, name := range os.Args[2:] {
			if _, err := os.Lstat(name); err == nil {
				fmt.Fprintln(os.Stderr, "error:", name, "is here")
				os.Exit(1)
			}
		}
	}
}

func describe(name string) []string {
	info, err := os.Lstat(name)
	if err != nil {
		panic(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	return []string{
		info.Mode().String(), fmt.Sprintf("%d:%d", owner.Uid, owner.Gid), info.ModTime().UTC().Format(time.RFC3339), string(content),
	}
}
