package runtimetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"moorage"
)

func ping(t *testing.T, s Subject) {
	engine, err := s.Open(t).Ping(t.Context())
	if err != nil || engine.Version == "" {
		t.Errorf("got %+v, %v", engine, err)
	}
}

func carriesStdio(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("echo"))
	for _, message := range []string{`{"id":1}`, `{"id":2,"text":"höher"}`} {
		if _, err := fmt.Fprintln(c.Stdio(), message); err != nil {
			t.Fatal(err)
		}
		if got := line(t, c.Stdio()); got != message {
			t.Errorf("got %q, want %q", got, message)
		}
	}
	if c.Addr() != "" {
		t.Errorf("a stdio server has the address %q", c.Addr())
	}
}

func endsStdin(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("echo"))
	io.WriteString(c.Stdio(), "the last words")
	if err := c.Stdio().Close(); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, c.Stdio()); got != "the last words" {
		t.Errorf("got %q", got)
	}
	if exit := wait(t, c); exit.Code != 0 || exit.OOMKilled {
		t.Errorf("got %+v", exit)
	}
}

func keepsStderr(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("say", "API_KEY is missing"))
	wait(t, c) // the words are kept although it has ended
	if got := readAll(t, c.Output()); got != "API_KEY is missing\n" {
		t.Errorf("got %q", got)
	}
	if got := readAll(t, c.Stdio()); got != "" {
		t.Errorf("stdout has %q", got)
	}
}

func givesVariables(t *testing.T, s Subject) {
	spec := s.spec("env")
	spec.Env = map[string]string{"ZEBRA": "with = and \n a line break", "ALPHA": "", "MIDDLE": "$ALPHA `x`"}
	c := started(t, s.Open(t), spec)
	var got []string
	if err := json.Unmarshal([]byte(readAll(t, c.Stdio())), &got); err != nil {
		t.Fatal(err)
	}
	for name, value := range spec.Env {
		if !slices.Contains(got, name+"="+value) {
			t.Errorf("%s is not among %q", name, got)
		}
	}
}

func servesHTTP(t *testing.T, s Subject) {
	for _, network := range []moorage.Network{moorage.NetworkInternet, moorage.NetworkNone} {
		t.Run(string(network), func(t *testing.T) {
			spec := s.http(network)
			spec.Env = map[string]string{"PORT": "1"} // not for a variable to change
			c := started(t, s.Open(t), spec)
			if got := line(t, c.Output()); got != "listening" {
				t.Fatalf("output begins with %q", got)
			}
			if got := ask(t, c.Addr()); got != "hello from /mcp" {
				t.Errorf("got %q", got)
			}
			if got := line(t, c.Output()); got != "asked for /mcp" {
				t.Errorf("output goes on with %q", got)
			}
			if c.Stdio() != nil {
				t.Error("an HTTP server has stdin and stdout")
			}
		})
	}
}

// ask makes one request to a guest that serves.
func ask(t *testing.T, addr string) string {
	t.Helper()
	return askFor(t, addr, "/mcp")
}

func askFor(t *testing.T, addr, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{} // no proxy: the address is on this machine
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return readAll(t, resp.Body)
}

func carriesFlood(t *testing.T, s Subject) {
	const size = 50 << 20
	c := started(t, s.Open(t), s.spec("flood", fmt.Sprint(size)))
	// Nobody reads the output meanwhile: it may drop, never block.
	n, err := io.Copy(io.Discard, c.Stdio())
	if err != nil || n != size {
		t.Fatalf("%d of %d bytes came through: %v", n, size, err)
	}
	if exit := wait(t, c); exit.Code != 0 {
		t.Errorf("got %+v", exit)
	}
	kept := readAll(t, c.Output())
	if len(kept) > 1<<20 {
		t.Errorf("%d bytes of output were kept for a reader that was not there", len(kept))
	}
	if !strings.HasSuffix(kept, "noise on stderr\n") {
		t.Error("the newest output is not what was kept")
	}
	if !strings.Contains(kept, "dropped") {
		t.Error("the output does not say that some of it is missing")
	}
}

func hearsMute(t *testing.T, s Subject) {
	c := started(t, s.Open(t), s.spec("mute"))
	for range 10 {
		if got := line(t, c.Output()); got != "still here" {
			t.Fatalf("got %q", got)
		}
	}
}
