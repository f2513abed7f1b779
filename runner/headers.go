package runner

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"moorage/jsonrpc"
)

// metaVersion is the key under which a message of the modern era (2026-07-28)
// carries its protocol version.
const metaVersion = "io.modelcontextprotocol/protocolVersion"

// headers sets what Streamable HTTP wants: the session and the version of the
// legacy era, the routing headers of the modern one.
func (l *httpLink) headers(req *http.Request, m jsonrpc.Message, lastEvent string) {
	h := req.Header
	h.Set("User-Agent", "moorage")
	switch req.Method {
	case http.MethodPost:
		h.Set("Content-Type", "application/json")
		h.Set("Accept", "application/json, text/event-stream")
	case http.MethodGet:
		h.Set("Accept", "text/event-stream")
	}
	if lastEvent != "" {
		h.Set("Last-Event-ID", lastEvent)
	}
	if modern(h, m) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session != "" {
		h.Set("Mcp-Session-Id", l.session)
	}
	if l.version != "" {
		h.Set("Mcp-Protocol-Version", l.version)
	}
}

// modern sets the headers of a message of the modern era; false when it is
// not one (MCP 2026-07-28, basic/transports).
func modern(h http.Header, m jsonrpc.Message) bool {
	var p struct {
		Meta   map[string]json.RawMessage `json:"_meta"`
		Name   string                     `json:"name"`
		URI    string                     `json:"uri"`
		TaskID string                     `json:"taskId"`
	}
	if m.Method == "" || json.Unmarshal(m.Params, &p) != nil {
		return false
	}
	var version string
	if json.Unmarshal(p.Meta[metaVersion], &version) != nil || version == "" {
		return false
	}
	h.Set("Mcp-Protocol-Version", headerText(version))
	h.Set("Mcp-Method", headerText(m.Method))
	if name := cmp.Or(p.Name, p.URI, p.TaskID); name != "" {
		h.Set("Mcp-Name", headerText(name))
	}
	return true
}

// headerText is s as a header may hold it; other text goes as base64 between
// the marks that the protocol has for it.
func headerText(s string) string {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
		}
	}
	return s
}
