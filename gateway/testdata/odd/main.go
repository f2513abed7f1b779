// Command odd is a legacy stdio server that does, when a tool of that name is
// called, what servers should not do. With -http it speaks HTTP in the modern
// era, and answers every call with what it was asked with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string `json:"name"`
		Arguments struct {
			Text string `json:"text"`
		} `json:"arguments"`
	} `json:"params"`
	Result json.RawMessage `json:"result"`
}

var out = bufio.NewWriter(os.Stdout)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-http" {
		panic(http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(mirror)))
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 32<<20)
	var last json.RawMessage
	for in.Scan() {
		var m message
		if json.Unmarshal(in.Bytes(), &m) != nil {
			continue
		}
		switch m.Method {
		case "initialize":
			say(`{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"odd","version":"1"}}}`, m.ID)
		case "tools/call":
			act(m, last)
			last = m.ID
		case "":
		default:
			if m.ID != nil {
				say(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, m.ID)
			}
		}
	}
}

func act(m message, last json.RawMessage) {
	switch m.Params.Name {
	case "exit":
		os.Exit(7)
	case "endless": // more than a line may hold, without an end until the answer
		for range 100 {
			out.WriteString(strings.Repeat("x", 1<<20))
		}
		out.WriteByte('\n')
	case "nul":
		say("\x00\x00{\"jsonrpc\":\x00}")
	case "half":
		say(`{"jsonrpc":"2.0","id":%s,"res`, m.ID)
	case "twice":
		echo(m)
	case "others": // answers who has asked before, and who never will
		say(`{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"not yours"}]}}`, last)
		say(`{"jsonrpc":"2.0","id":999999,"result":{}}`)
	case "unasked":
		say(`{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}`)
		say(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"nobody's","progress":1}}`)
	case "silent":
		return
	case "slow":
		time.Sleep(500 * time.Millisecond)
	}
	echo(m)
}

// mirror answers with the headers and the body of a request.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m message
	json.Unmarshal(body, &m)
	if m.Params.Name == "away" {
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusTemporaryRedirect)
		return
	}
	headers, _ := json.Marshal(r.Header)
	w.Header().Set("Set-Cookie", "session=stolen")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"headers":%s,"body":%s}}`, m.ID, headers, body)
}

// echo is the answer of a server that does what it should.
func echo(m message) {
	text, _ := json.Marshal(m.Params.Arguments.Text)
	say(`{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":%s}]}}`, m.ID, text)
}

func say(format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...)
	out.Flush()
}
