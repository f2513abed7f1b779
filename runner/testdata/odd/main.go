// Command odd is a server that does what servers should not do; its first
// argument says what.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	fmt.Fprintln(os.Stderr, "odd:", strings.Join(os.Args[1:], " "))
	switch os.Args[1] {
	case "crash": // at once, with a reason
		fmt.Fprintln(os.Stderr, "API_KEY is missing; it was", os.Getenv("API_KEY"))
		os.Exit(3)
	case "silent": // reads, and never answers
		read(func(string) {})
	case "garbage": // answers with something else
		read(func(string) { fmt.Println("Server is ready!") })
	case "error": // refuses whatever it is asked
		read(func(line string) { answer(line, `"error":{"code":-32601,"message":"I will not."}`) })
	case "die": // answers initialize, and ends at the first call
		read(func(line string) {
			if !strings.Contains(line, `"method":"initialize"`) && strings.Contains(line, `"id"`) {
				fmt.Fprintln(os.Stderr, "odd: last words")
				os.Exit(7)
			}
			answer(line, `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"1"}}`)
		})
	case "grumpy": // answers initialize, and refuses everything else
		read(func(line string) {
			if strings.Contains(line, `"method":"initialize"`) {
				answer(line, `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"1"}}`)
				return
			}
			answer(line, `"error":{"code":-32601,"message":"I will not."}`)
		})
	case "slow": // says what it reads, and never answers a call of a tool
		read(func(line string) {
			fmt.Fprintln(os.Stderr, "odd: read", line)
			if !strings.Contains(line, `"method":"tools/call"`) {
				answer(line, `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"1"}}`)
			}
		})
	case "huge": // answers with more than anybody wants
		read(func(line string) {
			answer(line, `"result":{"protocolVersion":"2025-11-25","capabilities":{},"content":[{"type":"text","text":"`, strings.Repeat("x", 11<<20), `"}]}`)
		})
	case "hog": // needs more memory than it has
		var hoard [][]byte
		for {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = byte(i)
			}
			hoard = append(hoard, block)
		}
	case "elsewhere": // listens on another port than it was told
		l, err := net.Listen("tcp", ":"+os.Args[2])
		if err != nil {
			panic(err)
		}
		panic(http.Serve(l, nil))
	case "late": // listens when it has warmed up
		time.Sleep(time.Second)
		panic(http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":"hello","result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"odd","version":"1"}}}`)
		})))
	case "website": // is none of MCP
		panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
	}
}

func read(handle func(line string)) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		handle(in.Text())
	}
}

// answer answers a call; messages without an id have none.
func answer(line string, body ...string) {
	_, rest, found := strings.Cut(line, `"id":`)
	if !found {
		return
	}
	id, _, _ := strings.Cut(rest, ",")
	fmt.Printf(`{"jsonrpc":"2.0","id":%s,`, id)
	for _, part := range body { // one by one: together they may be more than there is memory
		os.Stdout.WriteString(part)
	}
	fmt.Println("}")
}
