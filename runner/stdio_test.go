package runner

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

func TestNoiseIsCountedAndDoesNotGoOn(t *testing.T) {
	ours, theirs := net.Pipe()
	l := newStdioLink(ours)
	defer func() { l.close(); l.wait() }()
	go func() {
		io.WriteString(theirs, "Server started on stdio\n\n   \r\n{\"level\":\"info\"}\n")
		io.WriteString(theirs, strings.Repeat("x", maxMessage+2)+"\n")
		io.WriteString(theirs, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n[]\n{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}")
		theirs.Close()
	}()
	for _, want := range []string{"1", "2"} {
		if m := <-l.messages(); string(m.id) != want {
			t.Errorf("heard %s", m.bytes())
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
		must(t, l.send(ctx, message{method: "notifications/x"}))
	}
	cancel()
	var err error
	for range 3 {
		err = errors.Join(err, l.send(ctx, message{method: "notifications/x"}))
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("send = %v", err)
	}
	go io.WriteString(theirs, "{\"jsonrpc\":\"2.0\",\"method\":\"still/alive\"}\n")
	if m := <-l.messages(); m.method != "still/alive" {
		t.Errorf("heard %s", m.bytes())
	}
	l.close()
	l.wait()
	if err := l.send(t.Context(), message{method: "x"}); !errors.Is(err, errLinkClosed) {
		t.Errorf("send = %v", err)
	}
}
