package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// dialogue is one client of an endpoint, by hand: what it sends is plain HTTP,
// so that hundreds of them cost less than what they call.
type dialogue struct {
	http     *http.Client
	endpoint string
	token    string
	modern   bool
	session  string // of the legacy era
	ids      int    // the last request's: all clients count from one
}

// said is a message of the server.
type said struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Message string // of progress
	} `json:"params"`
	Result *struct {
		Content []struct{ Text string }
		IsError bool
	} `json:"result"`
	Error *struct {
		Code    int
		Message string
	} `json:"error"`
}

func (s said) text() string {
	if s.Result == nil || len(s.Result.Content) == 0 {
		return ""
	}
	return s.Result.Content[0].Text
}

const (
	versionLegacy = "2025-11-25"
	versionModern = "2026-07-28"
)

// hello begins a session, where there are sessions. capabilities are JSON.
func (d *dialogue) hello(ctx context.Context, capabilities string) error {
	if d.modern {
		return nil
	}
	d.ids++
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"initialize","params":{"protocolVersion":%q,"capabilities":%s,"clientInfo":{"name":"load","version":"1"}}}`,
		d.ids, versionLegacy, capabilities)
	res, err := d.post(ctx, body, "initialize", "")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	d.session = res.Header.Get("Mcp-Session-Id")
	if err := d.read(res, func(said) bool { return true }); err != nil {
		return err
	}
	return d.tell(ctx, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// bye ends the session.
func (d *dialogue) bye(ctx context.Context) error {
	if d.modern {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, d.endpoint, nil)
	if err != nil {
		return err
	}
	d.head(req)
	res, err := d.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("the end of a session is answered with %s", res.Status)
	}
	return nil
}

// tell sends a notification.
func (d *dialogue) tell(ctx context.Context, body string) error {
	res, err := d.post(ctx, body, "", "")
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// begin asks for a tool and returns the answer as it begins. arguments are JSON.
func (d *dialogue) begin(ctx context.Context, tool, arguments string) (*http.Response, error) {
	d.ids++
	meta := fmt.Sprintf(`"progressToken":%d`, d.ids)
	if d.modern {
		meta += fmt.Sprintf(`,"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`, versionModern)
	}
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{%s}}}`, d.ids, tool, arguments, meta)
	return d.post(ctx, body, "tools/call", tool)
}

// call asks for a tool and returns its answer, which must be that to this request.
func (d *dialogue) call(ctx context.Context, tool, arguments string) (answer said, err error) {
	res, err := d.begin(ctx, tool, arguments)
	if err != nil {
		return answer, err
	}
	defer res.Body.Close()
	found := false
	err = d.read(res, func(s said) bool {
		if s.ID == nil || s.Method != "" {
			return true
		}
		answer, found = s, true
		return false
	})
	switch {
	case err != nil:
		return answer, err
	case !found:
		return answer, fmt.Errorf("%s: the answer has no answer in it", res.Status)
	case string(answer.ID) != fmt.Sprint(d.ids):
		return answer, fmt.Errorf("request %d is answered as %s", d.ids, answer.ID)
	}
	return answer, nil
}

func (d *dialogue) post(ctx context.Context, body, method, name string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.endpoint, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	d.head(req)
	req.Header.Set("Content-Type", "application/json")
	if d.modern {
		req.Header.Set("Mcp-Method", method)
		req.Header.Set("Mcp-Name", name)
	}
	res, err := d.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body) // more of an answer that is wrong already
		return nil, fmt.Errorf("%s is answered with %s: %s", body, res.Status, text)
	}
	return res, nil
}

func (d *dialogue) head(req *http.Request) {
	req.Header.Set("Authorization", "Bearer "+d.token)
	req.Header.Set("Accept", "application/json, text/event-stream")
	if d.modern {
		req.Header.Set("MCP-Protocol-Version", versionModern)
	} else if d.session != "" {
		req.Header.Set("MCP-Protocol-Version", versionLegacy)
		req.Header.Set("Mcp-Session-Id", d.session)
	}
}

// read hands over each message of an answer until it ends, or until each says
// that it is enough.
func (d *dialogue) read(res *http.Response, each func(said) bool) error {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind == "application/json" {
		var s said
		if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
			return err
		}
		each(s)
		return nil
	}
	lines := bufio.NewReader(res.Body)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "data: ")
		if !ok || data == "" {
			continue
		}
		var s said
		if err := json.Unmarshal([]byte(data), &s); err != nil {
			return fmt.Errorf("%w in %s", err, data)
		}
		if !each(s) {
			return nil
		}
	}
}
