//go:build conformance

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// inspectorCallback is where the Inspector wants to be called back, always.
const inspectorCallback = "127.0.0.1:6276"

// Clients that are given nothing but the endpoint find out by themselves where
// their person signs in, and call when the person has let them in.
func TestConformanceClientsSignTheirPersonIn(t *testing.T) {
	h := start(t)
	program{t, h, h.token()}.live("example:greeter", "greeter")
	callback := freeAddress(t)
	p := openBrowser(t, h, "http://"+inspectorCallback, "http://"+callback).arrive(h)
	_, port, _ := strings.Cut(callback, ":")
	for _, c := range []struct {
		name, calledBack string
		env, command     []string
		says             string
	}{
		{"Inspector", inspectorCallback, []string{"MCP_AUTO_OPEN_ENABLED=true"}, []string{ // or else it asks only at a terminal
			filepath.Join(fromNPM, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"), "--cli", h.endpoint("greeter"),
			"--transport", "http", "--method", "tools/call", "--tool-name", "greet", "--tool-arg", "name=Ada",
		}, "Hello, Ada"},
		{"mcp-remote", callback, []string{
			"MCP_URL=" + h.endpoint("greeter"), "MCP_CALLBACK=" + port, `MCP_CALLS=[{"tool":"greet","arguments":{"name":"Ada"}}]`,
		}, []string{filepath.Join(fromNPM, "clients/sdk1-remote.mjs")}, "Hello, Ada"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := signsIn(t, c.env, c.command, func(url string) {
				p.open(url)
				p.press("Allow")
				p.until("the client has what it came for", fmt.Sprintf("location.host === %q", c.calledBack))
			})
			if !strings.Contains(said, c.says) {
				t.Errorf("it says %s", said)
			}
		})
	}
	p.open("/clients")
	p.until("both stand among the clients", `document.querySelectorAll(".client-row").length === 2`)
}

// signsIn runs a client, has the person open the address that it prints, and
// returns what it has said at the end.
func signsIn(t *testing.T, env, command []string, consent func(url string)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := nodeCommand(ctx, t, env, command...)
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var trouble strings.Builder
	asked := false
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		fmt.Fprintln(&trouble, lines.Text())
		if i := strings.Index(lines.Text(), "http"); i >= 0 && strings.Contains(lines.Text(), "/oauth/authorize?") && !asked {
			asked = true
			consent(lines.Text()[i:])
		}
	}
	if err := cmd.Wait(); err != nil || !asked || !json.Valid(out.Bytes()) {
		t.Fatalf("it ends with %v, asked its person: %v, and says\n%s%s", err, asked, out.String(), trouble.String())
	}
	return out.String()
}
