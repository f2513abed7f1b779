// Command guest is the server inside the containers of the contract tests. Its
// first argument says what it does; it needs nothing from its image.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var modes = map[string]func(args []string){
	"echo":     echo,
	"say":      say,
	"exit":     exit,
	"env":      env,
	"serve":    serve,
	"stubborn": stubborn,
	"flood":    flood,
	"mute":     mute,
	"hog":      hog,
	"fork":     fork,
	"forbid":   forbid,
	"reach":    reach,
	"linger":   linger,
}

func main() {
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "guest: no such mode")
		os.Exit(64)
	}
	modes[os.Args[1]](os.Args[2:])
}

// echo copies stdin to stdout until it ends.
func echo([]string) { io.Copy(os.Stdout, os.Stdin) }

// say prints a word to stderr.
func say(args []string) { fmt.Fprintln(os.Stderr, args[0]) }

func exit(args []string) {
	code, _ := strconv.Atoi(args[0])
	os.Exit(code)
}

// env prints the environment, in its order, as JSON.
func env([]string) { json.NewEncoder(os.Stdout).Encode(os.Environ()) }

// serve answers HTTP on $PORT and says so on stdout. /reach/host:port tries to connect there,
// /unfinished begins a line that the next request ends.
func serve([]string) {
	l, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("asked for", r.URL.Path)
		if address, ok := strings.CutPrefix(r.URL.Path, "/reach/"); ok {
			io.WriteString(w, dial(address))
			return
		}
		if r.URL.Path == "/unfinished" {
			fmt.Print("it was ")
		}
		io.WriteString(w, "hello from "+r.URL.Path)
	}))
}

// stubborn ignores SIGTERM and the end of stdin.
func stubborn([]string) {
	signal.Ignore(syscall.SIGTERM)
	fmt.Println("ready")
	linger(nil)
}

// flood writes a number of bytes to stdout and, all the while, as much as it can to stderr.
func flood(args []string) {
	left, _ := strconv.Atoi(args[0])
	done := make(chan struct{})
	go func() {
		noise := bytes.Repeat([]byte("noise on stderr\n"), 256)
		for {
			select {
			case <-done:
				return
			default:
				os.Stderr.Write(noise)
			}
		}
	}()
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 2048)
	for left > 0 {
		n, _ := os.Stdout.Write(chunk[:min(left, len(chunk))])
		left -= n
	}
	close(done)
}

// mute fills stdout, which nobody reads, and says on stderr what it wants to be known.
func mute([]string) {
	go io.Copy(os.Stdout, zeros{})
	ticker := time.NewTicker(20 * time.Millisecond)
	for range ticker.C {
		fmt.Fprintln(os.Stderr, "still here")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// hog takes memory until there is none.
func hog([]string) {
	var held [][]byte
	for {
		held = append(held, bytes.Repeat([]byte{1}, 1<<20))
	}
}

// fork starts children until it may not, and prints how many there are.
func fork([]string) {
	for n := 0; ; n++ {
		if err := exec.Command("/proc/self/exe", "linger").Start(); err != nil || n == 4096 {
			fmt.Println(n)
			return
		}
	}
}

// linger does nothing, for as long as it may.
func linger([]string) {
	for {
		unix.Pause()
	}
}

// reach tries to connect to each address, and prints as JSON what came of it.
func reach(args []string) {
	outcomes := map[string]string{}
	for _, address := range args {
		outcomes[address] = dial(address)
	}
	json.NewEncoder(os.Stdout).Encode(outcomes)
}

// dial says what comes of connecting: "ok", or why not.
func dial(address string) string {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err.Error()
	}
	conn.Close()
	return "ok"
}
