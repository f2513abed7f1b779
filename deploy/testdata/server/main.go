// Server is an MCP server on stdin and stdout that says as little as a probe
// needs. Asked to linger, it is a build that does not end; asked to flood, one
// that prints so many lines; asked to misbehave, a server that a probe refuses.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "linger" {
		fmt.Println("this will take a while")
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, os.Interrupt)
		<-ended
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "flood" {
		flood(os.Args[2])
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "misbehave" {
		misbehave(os.Args[2])
		return
	}
	key := os.Getenv("GREETER_KEY")
	if key == "" {
		fmt.Fprintln(os.Stderr, "fatal: GREETER_KEY is not set")
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "greeting with", key)
	serve()
}

func flood(many string) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines, _ := strconv.Atoi(many) // nonsense is no flood
	for n := range lines {
		fmt.Fprintln(out, "flood", n+1)
	}
}

// misbehave says what it is about to do on standard error, where a server's own
// words belong.
func misbehave(how string) {
	fmt.Fprintln(os.Stderr, "about to", how)
	in := bufio.NewScanner(os.Stdin)
	switch how {
	case "crash":
		os.Exit(3)
	case "say nothing":
		for in.Scan() {
		}
	case "answer garbage":
		for in.Scan() {
			fmt.Println("Welcome to the greeter!")
		}
	case "listen elsewhere":
		panic(http.ListenAndServe(":3000", nil))
	}
}

func serve() {
	results := map[string]string{
		"initialize": `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"greeter","version":"1"}}`,
		"tools/list": `{"tools":[{"name":"greet","inputSchema":{"type":"object"}}]}`,
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var call struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal(in.Bytes(), &call) != nil || call.ID == nil {
			continue
		}
		answer := `"error":{"code":-32601,"message":"no such method"}`
		if result, ok := results[call.Method]; ok {
			answer = `"result":` + result
		}
		fmt.Printf(`{"jsonrpc":"2.0","id":%s,%s}`+"\n", call.ID, answer)
	}
}
