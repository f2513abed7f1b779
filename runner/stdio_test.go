package runner

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"moorage/jsonrpc"
)

func TestNoiseIsCountedAndDoesNotGoOn(t *testing.T) {
	ours, theirs := net.Pipe()
	l := newStdioLink(ours)
	defer func() { l.close(); l.wait() }()
	go func() {
		io.WriteString(theirs, "Server started on stdio\n\n   \r\n{\"level\":\"info\"}\n")
		io.WriteString(theirs, strings.Repeat("x", jsonrpc.MaxMessage+2)+"\n")
		io.WriteString(theirs, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n[]\n{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}")
		theirs.Close()
	}()
	for _, want := range []string{"1", "2"} {
		if m := <-l.messages(); string(m.ID) != want {
			t.Errorf("heard %s", m.Bytes())
		}
	}
	if _, open := <-l.messages(); open || l.noise() != 4 {
		t.Errorf("noise %d", l.noise())
	}
}

func TestAServerThatReadsNothingHoldsUpNobodyElse(t *testing.T) {
	ours, theirs := net.Pipe()
	l := newStdioLink(ours)
	ctx, cancel := context.WithCancel(t.Context())
	for range outbox { // at least so many fit, unread
		must(t, l.send(ctx, jsonrpc.Message{Method: "notifications/x"}))
	}
	cancel()
	var err error
	for range 3 {
		err = errors.Join(err, l.send(ctx, jsonrpc.Message{Method: "notifications/x"}))
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("send = %v", err)
	}
	go io.WriteString(theirs, "{\"jsonrpc\":\"2.0\",\"method\":\"still/alive\"}\n")
	if m := <-l.messages(); m.Method != "still/alive" {
		t.Errorf("heard %s", m.Bytes())
	}
	l.close()
	l.wait()
	if err := l.send(t.Context(), jsonrpc.Message{Method: "x"}); !errors.Is(err, errLinkClosed) {
		t.Errorf("send = %v", err)
	}
}
