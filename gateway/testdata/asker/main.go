// Command asker is a legacy stdio server that asks its client, and tells what it
// has heard.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string          `json:"name"`
		URI       string          `json:"uri"`
		RequestID json.RawMessage `json:"requestId"`
		Arguments struct {
			Text string `json:"text"`
		} `json:"arguments"`
		Meta struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	} `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

var (
	mu      sync.Mutex // guards these
	heard   []json.RawMessage
	answers = map[string]chan message{}  // by our ids
	ends    = map[string]chan struct{}{} // of calls, by theirs
	asked   int
	out     = bufio.NewWriter(os.Stdout)
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 32<<20)
	for in.Scan() {
		var m message
		if json.Unmarshal(in.Bytes(), &m) != nil {
			continue
		}
		mu.Lock()
		heard = append(heard, slices.Clone(in.Bytes()))
		mu.Unlock()
		switch {
		case m.Method == "":
			mu.Lock()
			answer := answers[strings.Trim(string(m.ID), `"`)]
			mu.Unlock()
			if answer != nil {
				answer <- m
			}
		case m.Method == "notifications/cancelled":
			mu.Lock()
			if end := ends[string(m.Params.RequestID)]; end != nil {
				close(end)
				delete(ends, string(m.Params.RequestID))
			}
			mu.Unlock()
		case m.ID == nil:
		default:
			end := make(chan struct{})
			mu.Lock()
			ends[string(m.ID)] = end
			mu.Unlock()
			go serve(m, end)
		}
	}
}

func serve(m message, end chan struct{}) {
	switch m.Method {
	case "initialize":
		result(m, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"logging":{},"tasks":{},"resources":{"subscribe":true}},"serverInfo":{"name":"asker","version":"1"},"instructions":"Ask."}`)
	case "tools/list":
		result(m, `{"tools":[{"name":"ask","inputSchema":{"type":"object"}},{"name":"heard","inputSchema":{"type":"object"}}]}`)
	case "resources/read":
		say(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32002,"message":"There is no such resource."}}`, m.ID)
	case "tools/call":
		act(m, end)
	case "server/discover":
		say(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, m.ID)
	default:
		result(m, `{}`)
	}
}

// act does what a tool is for. Its text says more: which methods to ask for, one
// round after the other, each of several at once divided by "+".
func act(m message, end chan struct{}) {
	text := m.Params.Arguments.Text
	switch m.Params.Name {
	case "ask":
		var got []json.RawMessage
		for round := range strings.FieldsSeq(text) {
			var waits []chan message
			for _, method := range strings.Split(round, "+") {
				waits = append(waits, ask(method))
			}
			for _, wait := range waits {
				select {
				case a := <-wait:
					b, _ := json.Marshal(map[string]json.RawMessage{"result": a.Result, "error": a.Error})
					got = append(got, b)
				case <-end:
					return
				}
			}
		}
		b, _ := json.Marshal(got)
		result(m, `{"content":[],"structuredContent":{"got":`+string(b)+`}}`)
	case "heard":
		mu.Lock()
		b, _ := json.Marshal(heard)
		mu.Unlock()
		result(m, `{"content":[],"structuredContent":{"heard":`+string(b)+`}}`)
	case "forget": // asks, and does not wait for the answer
		ask(text)
		result(m, `{"content":[]}`)
	case "log":
		for _, level := range []string{"debug", "info", "error"} {
			say(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"%s","data":"x"}}`, level)
		}
		result(m, `{"content":[]}`)
	case "progress":
		say(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}`, m.Params.Meta.Token)
		result(m, `{"content":[]}`)
	case "change":
		say(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
		say(`{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`)
		say(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":%q}}`, text)
		result(m, `{"content":[]}`)
	case "wait": // until it is cancelled
		<-end
	case "exit":
		os.Exit(7)
	}
}

// params of the questions.
var params = map[string]string{
	"sampling/createMessage": `{"messages":[],"maxTokens":1}`, "elicitation/create": `{"message":"Who?","requestedSchema":{"type":"object","properties":{}}}`,
	"url": `{"mode":"url","message":"Go","url":"https://example.com","elicitationId":"e"}`,
}

func ask(method string) chan message {
	answer := make(chan message, 1)
	mu.Lock()
	asked++
	id := "ask-" + strconv.Itoa(asked)
	answers[id] = answer
	mu.Unlock()
	p, ok := params[method]
	if !ok {
		p = "{}"
	}
	if method == "url" {
		method = "elicitation/create"
	}
	say(`{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`, id, method, p)
	return answer
}

func result(m message, body string) { say(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, body) }

func say(format string, args ...any) {
	mu.Lock()
	defer mu.Unlock()
	fmt.Fprintf(out, format+"\n", args...)
	out.Flush()
}
