//go:build conformance

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// request is one call of a tool that a client is asked to make, and what has to
// come of it.
type request struct {
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`

	says string // of the answer, in part
	// progress is how many steps have to be told. A client may miss the last one,
	// when the answer comes with it.
	progress int
}

// account is what a client says that happened. All of them say it alike.
type account struct {
	Server        string
	Version       string // of the protocol, where the client tells
	Session       bool   // the client was given one, where it tells
	Tools         []string
	Calls         []answered
	Cuts, Resumed int // streams that were broken and taken up again
	Error         string
}

// answered is a call that was made.
type answered struct {
	Tool, Text string
	Failed     bool // the tool says so
	Progress   []float64
}

// caller is a client that people use.
type caller struct {
	name   string
	speaks era
	asked  bool // it answers what a server asks it, and tells of progress
	play   func(t *testing.T, s served, calls []request) account
}

// era is what a client can speak: what there was up to 2025-11-25, with a
// session, and what there is from 2026-07-28 on, without.
type era string

const (
	legacy era = "legacy"
	both   era = "both"
	modern era = "modern"
)

// served is a server behind Moorage, and what a client may want of it.
type served struct {
	slug     string
	endpoint string
	ticket   string // where tickets for its WebSocket are given out
	token    string

	calls  []request // that any client can make
	asking []request // that ask the client something, whatever it speaks
	older  []request // the same, for clients of the legacy era alone
}

func callers() []caller {
	all := []caller{
		{"SDK for TypeScript v1", legacy, true, script("sdk1.mjs")},
		{"SDK for TypeScript v1 by WebSocket", legacy, true, script("sdk1-websocket.mjs")},
		{"mcp-remote", legacy, true, script("sdk1-remote.mjs")},
		{"SDK for TypeScript v2, legacy", legacy, true, script("sdk2.mjs", "MCP_MODE=legacy")},
		{"SDK for TypeScript v2, auto", both, true, script("sdk2.mjs", "MCP_MODE=auto")},
		{"SDK for TypeScript v2, 2026-07-28", modern, true, script("sdk2.mjs", "MCP_MODE=2026-07-28")},
		{"SDK for Go", both, true, goClient},
	}
	for _, e := range []struct {
		word   string
		speaks era
	}{{"legacy", legacy}, {"auto", both}, {"modern", modern}} {
		all = append(all, caller{"Inspector, " + e.word, e.speaks, false, inspector(e.word)})
	}
	return all
}

// plays runs the story of each client against a server.
func (s served) plays(t *testing.T) {
	t.Helper()
	for _, c := range callers() {
		t.Run(c.name, func(t *testing.T) {
			calls := slices.Clone(s.calls)
			if c.asked {
				calls = append(calls, s.asking...)
			}
			if c.asked && c.speaks == legacy {
				calls = append(calls, s.older...)
			}
			got := c.play(t, s, calls)
			got.matches(t, c, calls)
			t.Logf("%s %s: %d tools, %d calls answered", got.Server, got.Version, len(got.Tools), len(got.Calls))
		})
	}
}

// matches compares what a client tells with what it was asked to do.
func (got account) matches(t *testing.T, c caller, calls []request) {
	t.Helper()
	if got.Error != "" {
		t.Errorf("it breaks off: %s", got.Error)
	}
	if len(got.Calls) != len(calls) {
		t.Fatalf("it made %d calls of %d: %+v", len(got.Calls), len(calls), got)
	}
	for i, want := range calls {
		is := got.Calls[i]
		if is.Tool != want.Tool || is.Failed || !strings.Contains(is.Text, want.says) {
			t.Errorf("%s is answered with %+v, which does not say %q", want.Tool, is, want.says)
		}
		if c.asked && len(is.Progress) < want.progress {
			t.Errorf("%s tells of %v, which is less than %d steps", want.Tool, is.Progress, want.progress)
		}
		if !slices.Contains(got.Tools, want.Tool) {
			t.Errorf("%s is not among the tools %v", want.Tool, got.Tools)
		}
	}
}

// script is a client that is a file beside the lock file.
func script(name string, env ...string) func(*testing.T, served, []request) account {
	return func(t *testing.T, s served, calls []request) account {
		t.Helper()
		url := s.endpoint
		if strings.Contains(name, "websocket") {
			url = s.ticket
		}
		list, err := json.Marshal(calls)
		if err != nil {
			t.Fatal(err)
		}
		out, failed := node(t, 2*time.Minute, append(env, "MCP_URL="+url, "MCP_TOKEN="+s.token, "MCP_CALLS="+string(list)),
			filepath.Join(fromNPM, "clients", name))
		var got account
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s says nothing that can be read: %v, %v: %s", name, err, failed, out)
		}
		return got
	}
}

// inspector is the command line of the MCP Inspector, which does one thing for
// each time it is started, and prints the result as the server sent it.
func inspector(era string) func(*testing.T, served, []request) account {
	return func(t *testing.T, s served, calls []request) (got account) {
		t.Helper()
		var list struct{ Tools []struct{ Name string } }
		inspect(t, s, era, &list, "--method", "tools/list")
		for _, tool := range list.Tools {
			got.Tools = append(got.Tools, tool.Name)
		}
		for _, c := range calls {
			var result struct {
				Content []struct{ Text string }
				IsError bool
			}
			args := []string{"--method", "tools/call", "--tool-name", c.Tool}
			for name, value := range c.Arguments {
				args = append(args, "--tool-arg", fmt.Sprintf("%s=%v", name, value))
			}
			inspect(t, s, era, &result, args...)
			text := ""
			for _, part := range result.Content {
				text += part.Text
			}
			got.Calls = append(got.Calls, answered{Tool: c.Tool, Text: text, Failed: result.IsError})
		}
		return got
	}
}

func inspect(t *testing.T, s served, era string, into any, args ...string) {
	t.Helper()
	out, err := node(t, time.Minute, nil, append([]string{
		filepath.Join(fromNPM, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"), "--cli", s.endpoint,
		"--transport", "http", "--protocol-era", era, "--header", "Authorization: Bearer " + s.token,
	}, args...)...)
	if err == nil {
		err = json.Unmarshal([]byte(out), into)
	}
	if err != nil {
		t.Fatalf("the Inspector (%s) and %v: %v\n%s", era, args, err, out)
	}
}
