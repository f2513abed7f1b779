//go:build conformance

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestConformanceOfTheAuthorizationServer(t *testing.T) {
	h := start(t)
	program{t, h, h.token()}.live("example:greeter", "greeter")
	callback := freeAddress(t)
	p := openBrowser(t, h, "http://"+callback).arrive(h)
	authorizes(t, h.url, h.endpoint("greeter"), callback, func(url string) {
		p.open(url)
		p.sees("moorage-conformance")
		p.press("Allow")
		p.until("the client has what it came for", fmt.Sprintf("location.host === %q", callback))
	})
}

// authorizes runs the scenarios for authorization servers against an issuer,
// for a client that it has registered, with its answers sent to a loopback
// address. consent is the person: it opens the URL that the suite prints, and
// comes back when the client has been let in.
func authorizes(t *testing.T, issuer, resource, callback string, consent func(url string)) {
	t.Helper()
	out := t.TempDir()
	id := registered(t, issuer, "http://"+callback+"/callback")
	_, port, _ := strings.Cut(callback, ":")
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := nodeCommand(ctx, t, nil, filepath.Join(suiteLogin.folder(), "dist/index.js"), "authorization",
		"--url", issuer, "--client-id", id, "--resource", resource, "--port", port, "--output-dir", out)
	var trouble journal
	cmd.Stderr = &trouble
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	url := ""
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(&printed, lines.Text())
		if strings.HasPrefix(lines.Text(), "http") {
			url = lines.Text()
		} else if url != "" && strings.HasPrefix(lines.Text(), "Callback server started") {
			consent(url)
		}
	}
	failed := cmd.Wait()
	suiteLogin.judge(t, suiteLogin.verdicts(t, out), printed.String()+trouble.String(), failed)
}

// registered makes a client known to an issuer as clients do that it has never
// heard of (RFC 8414 to find out where, RFC 7591 to do it), and returns its id.
func registered(t *testing.T, issuer, redirect string) string {
	t.Helper()
	var where struct {
		Registration string `json:"registration_endpoint"`
	}
	res, err := http.Get(issuer + "/.well-known/oauth-authorization-server")
	decoded(t, res, err, http.StatusOK, &where)
	body, err := json.Marshal(map[string]any{
		"client_name": "moorage-conformance", "redirect_uris": []string{redirect}, "token_endpoint_auth_method": "none",
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var client struct {
		ID string `json:"client_id"`
	}
	res, err = http.Post(where.Registration, "application/json", bytes.NewReader(body))
	decoded(t, res, err, http.StatusCreated, &client)
	return client.ID
}

func decoded(t *testing.T, res *http.Response, err error, status int, into any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != status {
		t.Fatalf("%s answers %s, not %d", res.Request.URL, res.Status, status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", res.Request.URL, err)
	}
}
