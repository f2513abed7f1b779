package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// caller makes one call of a tool and returns when it has its answer.
type caller func(ctx context.Context, id int) error

// line is an MCP conversation over stdio, with as many calls at once as
// somebody wants: what is left of a call when nothing stands between.
type line struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	asks question

	mu      sync.Mutex
	waiting map[string]chan []byte
}

const (
	helloOpen = `{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"bench","version":"1"}}}`
	helloDone = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

// question is a call of a tool, and what its answer says.
type question struct{ call, says string }

var (
	greeting = question{`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"greet","arguments":{"name":"Ada"}}}`, "Hello, Ada."}
	echoing  = question{`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"message":"Ada"}}}`, "Ada"}
)

// heard checks an answer.
func (q question) heard(text []byte, err error) error {
	if err == nil && !bytes.Contains(text, []byte(q.says)) {
		err = fmt.Errorf("the answer is %.300s", text)
	}
	return err
}

// attach starts a command that runs a container and greets the server in it.
func attach(cmd *exec.Cmd, asks question) (*line, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	l := &line{cmd: cmd, in: in, asks: asks, waiting: map[string]chan []byte{}}
	go l.read(out)
	if _, err := l.ask("hello", fmt.Sprintf(helloOpen, "{}")); err != nil {
		return nil, err
	}
	return l, l.write(helloDone)
}

func (l *line) read(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		text, err := lines.ReadBytes('\n')
		var m struct {
			ID json.RawMessage `json:"id"`
		}
		if err != nil {
			return
		}
		if json.Unmarshal(text, &m) == nil {
			l.mu.Lock()
			if waits := l.waiting[strings.Trim(string(m.ID), `"`)]; waits != nil {
				waits <- text
			}
			l.mu.Unlock()
		}
	}
}

func (l *line) write(message string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := io.WriteString(l.in, message+"\n")
	return err
}

func (l *line) ask(id, message string) ([]byte, error) {
	answer := make(chan []byte, 1)
	l.mu.Lock()
	l.waiting[id] = answer
	l.mu.Unlock()
	if err := l.write(message); err != nil {
		return nil, err
	}
	select {
	case text := <-answer:
		l.mu.Lock()
		delete(l.waiting, id)
		l.mu.Unlock()
		return text, nil
	case <-time.After(patience):
		return nil, errors.New("the container did not answer")
	}
}

func (l *line) call(_ context.Context, id int) error {
	return l.asks.heard(l.ask(strconv.Itoa(id), fmt.Sprintf(l.asks.call, id)))
}

func (l *line) end() error { return errors.Join(l.in.Close(), l.cmd.Wait()) }

// visitor is an MCP client over HTTP, without more than a call needs.
type visitor struct {
	client  *http.Client
	url     string
	token   string
	session string
	asks    question
}

func (b *bench) visitor(url, token string, asks question) *visitor {
	return &visitor{asks: asks, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: patience}, url: url, token: token}
}

// hello begins a session.
func (v *visitor) hello(ctx context.Context, capabilities string) error {
	text, header, err := v.post(ctx, fmt.Sprintf(helloOpen, capabilities))
	if err == nil && !bytes.Contains(text, []byte(`"protocolVersion"`)) {
		err = fmt.Errorf("the greeting is answered with %.300s", text)
	}
	if err != nil {
		return err
	}
	v.session = header.Get("Mcp-Session-Id")
	_, _, err = v.post(ctx, helloDone)
	return err
}

func (v *visitor) call(ctx context.Context, id int) error {
	text, _, err := v.post(ctx, fmt.Sprintf(v.asks.call, id))
	return v.asks.heard(text, err)
}

func (v *visitor) bye(ctx context.Context) error {
	_, _, err := v.do(ctx, http.MethodDelete, "")
	return err
}

func (v *visitor) post(ctx context.Context, body string) ([]byte, http.Header, error) {
	return v.do(ctx, http.MethodPost, body)
}

func (v *visitor) do(ctx context.Context, method, body string) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.url, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	if v.session != "" {
		r.Header.Set("Mcp-Session-Id", v.session)
	}
	res, err := v.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %.300s", method, res.Status, text)
	}
	return text, res.Header, err
}
