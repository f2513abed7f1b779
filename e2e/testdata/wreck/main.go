// Command wreck is an MCP server over stdio that does, when it is asked to,
// what a broken one does. It speaks the protocol by hand, so that nothing keeps
// it from it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Arguments struct {
			Fault string `json:"fault"`
			Text  string `json:"text"`
		} `json:"arguments"`
		Meta struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	} `json:"params"`
}

const (
	greeting = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"wreck","version":"1"}}`
	tools    = `{"tools":[{"name":"sail","description":"Says what it is told, after a fault.","inputSchema":{"type":"object","properties":{"fault":{"type":"string"},"text":{"type":"string"}}}}]}`
)

var out = bufio.NewWriter(os.Stdout)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 32<<20)
	var last json.RawMessage // the id of the call before
	for in.Scan() {
		var m message
		if json.Unmarshal(in.Bytes(), &m) != nil || m.ID == nil {
			continue
		}
		switch m.Method {
		case "initialize":
			answer(m.ID, greeting)
		case "tools/list":
			answer(m.ID, tools)
		case "ping":
			answer(m.ID, `{}`)
		case "tools/call":
			sail(m, last)
			last = m.ID
		case "":
		default:
			say(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, m.ID)
		}
	}
}

// sail does a fault, and then what a tool does, if there still is a then.
func sail(m message, last json.RawMessage) {
	switch m.Params.Arguments.Fault {
	case "sinks":
		os.Exit(7)
	case "sinks within a frame":
		fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%s,"resu`, m.ID)
		out.Flush()
		os.Exit(7)
	case "drifts": // says in which container it is, and is silent for ever
		name, _ := os.Hostname() // without a name nobody finds it
		say(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1,"message":%q}}`, m.Params.Meta.Token, name)
		return
	case "100 MB without a newline":
		megabyte := strings.Repeat("x", 1<<20)
		for range 100 {
			out.WriteString(megabyte)
		}
		out.WriteByte('\n')
	case "NUL":
		say("\x00\x00{\"jsonrpc\":\x00}")
	case "half a frame":
		say(`{"jsonrpc":"2.0","id":%s,"res`, m.ID)
	case "answers twice":
		words(m.ID, m.Params.Arguments.Text)
	case "answers others":
		if last != nil {
			words(last, "not yours")
		}
		for id := range 50 {
			words(json.RawMessage(fmt.Sprint(id+1_000_000)), "nobody's")
		}
		words(json.RawMessage(`"moorage"`), "nobody's")
		words(json.RawMessage(`null`), "nobody's")
	case "asks unasked":
		say(`{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}`)
		say(`{"jsonrpc":"2.0","id":%s,"method":"roots/list"}`, m.ID)
		say(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"nobody's","progress":1}}`)
	}
	words(m.ID, m.Params.Arguments.Text)
}

func words(id json.RawMessage, text string) {
	quoted, _ := json.Marshal(text) // a string always marshals
	answer(id, fmt.Sprintf(`{"content":[{"type":"text","text":%s}]}`, quoted))
}

func answer(id json.RawMessage, result string) {
	say(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result)
}

func say(format string, args ...any) {
	fmt.Fprintf(out, format+"\n", args...)
	out.Flush()
}
