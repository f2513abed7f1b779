package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"moorage/views"
)

// mcpServer speaks just enough MCP for the runner page: tools with every kind
// of argument and of result, a slow one, and what it was sent, kept.
type mcpServer struct {
	says func(rpc) string // the result, or with "error" in front the error; "": what it says below

	mu   sync.Mutex
	sent []rpc
}

type rpc struct {
	ID     *int            `json:"id,omitempty"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

const tools = `[
 {"name":"forecast","title":"Forecast","description":"The weather of the next days.\nWith details.","inputSchema":{"type":"object","required":["place","days"],"additionalProperties":false,"properties":{
  "place":{"type":"string","minLength":2,"description":"Where."},
  "days":{"type":"integer","minimum":1,"maximum":14},
  "units":{"enum":["metric","imperial"],"default":"metric"},
  "detailed":{"type":"boolean","default":true},
  "hours":{"type":"array","items":{"type":"integer"},"maxItems":3},
  "area":{"$ref":"#/$defs/area"},
  "note":{"anyOf":[{"type":"string"},{"type":"null"}]},
  "shape":{"oneOf":[{"type":"string"},{"type":"number"}]},
  "body":{"type":"string"}},
  "$defs":{"area":{"type":"object","description":"A box.","required":["north"],"properties":{"north":{"type":"number"},"south":{"type":"number","default":1.5}}}}}},
 {"name":"everything","description":"Every kind of result.","inputSchema":{"type":"object"}},
 {"name":"slow","description":"Never ends.","inputSchema":{"type":"object"}},
 {"name":"broken","description":"<img src=x onerror=alert(1)>","inputSchema":{"type":"object"}}]`

const everything = `{"content":[{"type":"text","text":"<img src=x onerror=alert(1)> plain"},{"type":"text","text":"{\"a\":[1,true,\"x\"]}"},
 {"type":"image","mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="},
 {"type":"image","mimeType":"image/svg+xml","data":"PHN2Zz48L3N2Zz4="},{"type":"audio","mimeType":"audio/wav","data":"UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="},
 {"type":"resource_link","uri":"note://1","name":"Note"},{"type":"resource","resource":{"uri":"note://2","mimeType":"text/plain","text":"embedded"}}],
 "structuredContent":{"temperature":21.5}}`

func (s *mcpServer) routes(mux *http.ServeMux) {
	mux.Handle("GET /servers/demo/tools", templ.Handler(views.Tools(toolsPage("/servers/demo"))))
	mux.HandleFunc("POST /servers/demo/ticket", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"url":"/ws/ticket","expires_at":"2026-11-20T19:02:11Z"}`)
	})
	mux.HandleFunc("GET /servers/demo/output", func(w http.ResponseWriter, r *http.Request) {
		templ.Handler(views.OutputTail(views.OutputTailView{URL: "/servers/demo/output", Lines: stepsOf("done", 3)[0].Lines})).ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /ws/ticket", s.serve)
}

func (s *mcpServer) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"mcp"}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		var message rpc
		if err := wsjson.Read(r.Context(), conn, &message); err != nil {
			return
		}
		s.mu.Lock()
		s.sent = append(s.sent, message)
		s.mu.Unlock()
		if err := s.answer(r.Context(), conn, message); err != nil {
			return
		}
	}
}

func (s *mcpServer) answer(ctx context.Context, conn *websocket.Conn, m rpc) error {
	reply := func(result string) error {
		return conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":%s}`, *m.ID, result))
	}
	if m.ID != nil && s.says != nil {
		said := s.says(m)
		if problem, ok := strings.CutPrefix(said, "error"); ok {
			return conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":%s}`, *m.ID, problem))
		}
		if said != "" {
			return reply(said)
		}
	}
	switch m.Method {
	case "initialize":
		return reply(`{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"weather","version":"1.2.0"}}`)
	case "tools/list":
		return reply(`{"tools":` + tools + `}`)
	case "resources/list":
		return reply(`{"resources":[{"uri":"note://1","name":"First note","mimeType":"text/plain"}]}`)
	case "resources/templates/list":
		return reply(`{"resourceTemplates":[{"uriTemplate":"note://{id}","name":"A note"}]}`)
	case "resources/read":
		return reply(`{"contents":[{"uri":"note://1","mimeType":"text/plain","text":"what was read"}]}`)
	case "prompts/list":
		return reply(`{"prompts":[{"name":"greet","arguments":[{"name":"who","required":true}]}]}`)
	case "prompts/get":
		return reply(`{"messages":[{"role":"user","content":{"type":"text","text":"Say hello to Ada"}}]}`)
	case "tools/call":
		return s.call(ctx, conn, m, reply)
	case "notifications/cancelled":
		idle := fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"notifications/moorage/idle","params":{"closesAt":%d}}`, time.Now().Add(30*time.Second).UnixMilli())
		return conn.Write(ctx, websocket.MessageText, idle)
	}
	return nil
}

func (s *mcpServer) call(ctx context.Context, conn *websocket.Conn, m rpc, reply func(string) error) error {
	var params struct {
		Name string
		Meta struct{ ProgressToken string } `json:"_meta"`
	}
	if err := json.Unmarshal(m.Params, &params); err != nil {
		return err
	}
	switch params.Name {
	case "everything":
		return reply(everything)
	case "slow":
		return conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil,
			`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%q,"progress":2,"total":5,"message":"two of five"}}`, params.Meta.ProgressToken))
	case "broken":
		return conn.Close(4000, "The server stopped: exit code 1.")
	}
	return reply(`{"content":[{"type":"text","text":"sunny"}],"structuredContent":{"days":3}}`)
}

// last returns the parameters of the last message with this method.
func (s *mcpServer) last(method string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.sent) - 1; i >= 0; i-- {
		if s.sent[i].Method == method {
			return string(s.sent[i].Params)
		}
	}
	return ""
}
