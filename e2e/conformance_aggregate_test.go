//go:build conformance

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The endpoint of all servers declares no logging of theirs and no subscriptions
// to resources, and hands on no question of a server: what looks at those does not
// apply to it.
func TestConformanceOfAllServersTogether(t *testing.T) {
	h := start(t)
	p := program{t, h, h.token()}
	p.deployed("everything", everything(t, `CMD ["/everything-server"]`))
	sessions := []string{
		"tools-call-with-logging", "tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults", "elicitation-sep1330-enums",
		"resources-subscribe", "resources-unsubscribe",
	}
	for _, row := range []struct {
		suite  suite
		beyond []string
	}{
		{suite2025, sessions},
		{suiteStable, sessions},
		{suite2026, []string{
			"input-required-result-basic-elicitation", "input-required-result-basic-sampling", "input-required-result-basic-list-roots",
			"input-required-result-request-state", "input-required-result-multiple-input-requests", "input-required-result-multi-round",
			"input-required-result-non-tool-request", "input-required-result-result-type", "input-required-result-tampered-state",
			"input-required-result-capability-check",
		}},
	} {
		row.suite.beyond = row.beyond
		t.Run(row.suite.String(), func(t *testing.T) {
			row.suite.against(t, nameless(t, bearing(t, h.url+"/mcp", p.token), "everything"))
		})
	}
}

// nameless serves an endpoint of all servers as if it were that of one: who asks
// there knows nothing of the names that it gives.
func nameless(t *testing.T, endpoint, slug string) string {
	t.Helper()
	names := naming{tool: slug + "__", uri: "moorage+" + slug + ":"}
	return before(t, endpoint, names.ask, func(r *http.Response) error {
		r.Header.Del("Content-Length")
		r.Body = &unnamed{ReadCloser: r.Body, lines: bufio.NewReader(r.Body), without: strings.NewReplacer(names.tool, "", names.uri, "")}
		return nil
	})
}

// naming is what a server's names have in front.
type naming struct{ tool, uri string }

// ask gives the names in a request what they have in front.
func (n naming) ask(r *http.Request, body []byte) []byte {
	if name := r.Header.Get("Mcp-Name"); strings.Contains(name, ":") {
		r.Header.Set("Mcp-Name", n.uri+name)
	} else if name != "" {
		r.Header.Set("Mcp-Name", n.tool+name)
	}
	var m struct {
		Method string
		Params map[string]any
	}
	var whole map[string]any
	if json.Unmarshal(body, &m) != nil || json.Unmarshal(body, &whole) != nil || m.Params == nil {
		return body
	}
	if m.Method == "tools/call" || m.Method == "prompts/get" {
		n.lengthen(m.Params, "name", n.tool)
	}
	n.lengthen(m.Params, "uri", n.uri)
	if ref, ok := m.Params["ref"].(map[string]any); ok {
		n.lengthen(ref, "name", n.tool)
		n.lengthen(ref, "uri", n.uri)
	}
	whole["params"] = m.Params
	body, _ = json.Marshal(whole)
	return body
}

func (naming) lengthen(object map[string]any, member, by string) {
	if name, ok := object[member].(string); ok {
		object[member] = by + name
	}
}

// unnamed is a body line by line, without what stands in front of names.
type unnamed struct {
	io.ReadCloser
	lines   *bufio.Reader
	without *strings.Replacer
	rest    []byte
}

func (u *unnamed) Read(b []byte) (int, error) {
	if len(u.rest) == 0 {
		line, err := u.lines.ReadString('\n')
		if line == "" {
			return 0, err
		}
		u.rest = []byte(u.without.Replace(line))
	}
	n := copy(b, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}
