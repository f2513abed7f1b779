package aggregate

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

const helloBody = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// send sends a request as it is.
func (d *dock) send(method, token, session, body string, header ...string) (*http.Response, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.web.URL, strings.NewReader(body))
	must(d.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		r.Header.Set(headerSession, session)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	must(d.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(d.t, err)
	return resp, string(b)
}

func TestASessionIsThePersonsWhoBeganItAndNobodyElses(t *testing.T) {
	d := newShelf(t)
	resp, _ := d.send(http.MethodPost, "ada", "", helloBody)
	id := resp.Header.Get(headerSession)
	if resp.StatusCode != http.StatusOK || id == "" {
		t.Fatalf("%d, session %q", resp.StatusCode, id)
	}
	const ping = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
	d.mu.Lock()
	d.scopes["Bearer narrow"] = []string{"weather/*"}
	d.mu.Unlock()
	for _, row := range []struct {
		method, token, session string
		want                   int
	}{
		{http.MethodPost, "joan", id, http.StatusNotFound},
		{http.MethodPost, "narrow", id, http.StatusNotFound}, // their own token, which reaches less
		{http.MethodGet, "joan", id, http.StatusNotFound},
		{http.MethodDelete, "joan", id, http.StatusNotFound},
		{http.MethodPost, "ada", "made-up", http.StatusNotFound},
		{http.MethodPost, "ada", id, http.StatusOK},
		{http.MethodDelete, "ada", id, http.StatusNoContent},
		{http.MethodPost, "ada", id, http.StatusNotFound},
	} {
		if resp, body := d.send(row.method, row.token, row.session, ping); resp.StatusCode != row.want {
			t.Errorf("%s of %s with %q: %d %s", row.method, row.token, row.session, resp.StatusCode, body)
		}
	}
}

func TestWhatIsNoRequestOfThisProtocolIsRefused(t *testing.T) {
	d := newShelf(t)
	for name, row := range map[string]struct {
		method, body string
		header       []string
		want         int
	}{
		"a page of another site":         {http.MethodPost, helloBody, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"a page that may":                {http.MethodPost, helloBody, []string{"Origin", "https://inspector.example"}, http.StatusOK},
		"a page of ours":                 {http.MethodPost, helloBody, []string{"Origin", d.web.URL}, http.StatusOK},
		"a key twice":                    {http.MethodPost, `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, nil, http.StatusBadRequest},
		"another type":                   {http.MethodPost, helloBody, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"no stream":                      {http.MethodPost, helloBody, []string{"Accept", "application/json"}, http.StatusBadRequest},
		"too much":                       {http.MethodPost, strings.Repeat(" ", maxBody+1), nil, http.StatusRequestEntityTooLarge},
		"an empty batch":                 {http.MethodPost, `[]`, nil, http.StatusBadRequest},
		"a version in the body alone":    {http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, nil, http.StatusBadRequest},
		"listening without sessions":     {http.MethodGet, "", []string{headerVersion, modernVersion}, http.StatusMethodNotAllowed},
		"a method that nobody has":       {http.MethodPut, "", nil, http.StatusMethodNotAllowed},
		"a method of the modern unknown": {http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"x/y","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`, []string{headerVersion, modernVersion, "Mcp-Method", "x/y"}, http.StatusNotFound},
	} {
		if resp, body := d.send(row.method, "ada", "", row.body, row.header...); resp.StatusCode != row.want {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
}

func TestSessionsOfOnePersonAreCounted(t *testing.T) {
	d := newShelf(t)
	d.o.PerUser = 2
	for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if resp, body := d.send(http.MethodPost, "ada", "", helloBody); resp.StatusCode != want {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
	if resp, _ := d.send(http.MethodPost, "joan", "", helloBody); resp.StatusCode != http.StatusOK {
		t.Errorf("somebody else: %d", resp.StatusCode)
	}
}

func TestAStreamIsKeptAndEndsWhenItsCallerMayGoOnNoMore(t *testing.T) {
	d := newShelf(t)
	resp, _ := d.send(http.MethodPost, "ada", "", helloBody)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.web.URL, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer ada")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set(headerSession, resp.Header.Get(headerSession))
	stream, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	for line := ""; line != ": ping\n"; {
		line, err = lines.ReadString('\n')
		must(t, err)
	}
	d.mu.Lock()
	d.gone = errors.New("the token was revoked")
	d.mu.Unlock()
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Error(err)
	}
}

func TestParametersInHeadersAgreeWithACallOfTheModernEra(t *testing.T) {
	d := newShelf(t)
	o := tool("forecast")
	o.Object = []byte(`{"name":"forecast","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}`)
	d.add("weather", o)
	const call = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"weather__forecast","arguments":{"region":"eu"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
	for name, sent := range map[string]string{"another region": "us", "none": ""} {
		header := []string{headerVersion, modernVersion, "Mcp-Method", methodCallTool, "Mcp-Name", "weather__forecast"}
		if sent != "" {
			header = append(header, "Mcp-Param-Region", sent)
		}
		if r, body := d.send(http.MethodPost, "ada", "", call, header...); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, "-32020") || !strings.Contains(body, `"id":7`) {
			t.Errorf("%s: %d %s", name, r.StatusCode, body)
		}
	}
}
