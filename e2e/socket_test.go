package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// answers calls a tool of a mill as a program does, over a WebSocket.
func (l *lane) answers(slug string) {
	l.t.Helper()
	if err := l.converse(slug); err != nil {
		l.t.Errorf("%s does not answer: %v", slug, err)
	}
}

func (l *lane) converse(slug string) error {
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	status, body := l.get("/ws?server="+slug, l.bearer)
	var ticket struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(body), &ticket); err != nil || status != http.StatusOK {
		return errors.Join(fmt.Errorf("no ticket: %d %s", status, body), err)
	}
	conn, _, err := websocket.Dial(ctx, ticket.URL, &websocket.DialOptions{Subprotocols: []string{"mcp"}})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	if _, err := ask(ctx, conn, 1, "initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"chaos","version":"1"}}`); err != nil {
		return err
	}
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)); err != nil {
		return err
	}
	result, err := ask(ctx, conn, 2, "tools/call", `{"name":"version","arguments":{}}`)
	if err != nil {
		return err
	}
	if !strings.Contains(result, "This is mill") {
		return fmt.Errorf("it answers %s", result)
	}
	return conn.Close(websocket.StatusNormalClosure, "")
}

// ask makes one call and returns its result.
func ask(ctx context.Context, conn *websocket.Conn, id int, method, params string) (string, error) {
	call := map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": json.RawMessage(params)}
	if err := wsjson.Write(ctx, conn, call); err != nil {
		return "", err
	}
	for {
		var m struct {
			ID            *int
			Result, Error json.RawMessage
		}
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return "", fmt.Errorf("%s: %w", method, err)
		}
		switch {
		case m.ID == nil || *m.ID != id:
		case m.Error != nil:
			return "", fmt.Errorf("%s: %s", method, m.Error)
		default:
			return string(m.Result), nil
		}
	}
}
