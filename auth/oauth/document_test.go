package oauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"moorage"
	"moorage/outbound"
)

// host serves metadata documents over TLS, and counts how often it is asked.
type host struct {
	*httptest.Server
	asked atomic.Int64
	body  func(id string) string
	kind  string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{kind: "application/json"}
	h.body = func(id string) string {
		return fmt.Sprintf(`{"client_id":%q,"client_name":"App","redirect_uris":["http://127.0.0.1/cb","gopher://old"],"token_endpoint_auth_method":"none"}`, id)
	}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/client", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", h.kind)
		fmt.Fprint(w, h.body(h.URL+r.URL.Path))
	}))
	t.Cleanup(h.Close)
	return h
}

// calls reaches the host and follows no redirect, like the real one.
func (h *host) calls() *http.Client {
	c := h.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("no redirect is followed") }
	return c
}

func TestAClientIsWhoItsDocumentSays(t *testing.T) {
	h := newHost(t)
	p := newPlace(t, h.calls())
	id := h.URL + "/client"
	r, err := p.Read(t.Context(), p.user, asks(id, "http://127.0.0.1:4711/cb"))
	must(t, err)
	if r.Client.ID != id || r.Client.Name != "App" || "https://"+r.Client.Host != h.URL {
		t.Errorf("%+v", r.Client)
	}
	got, err := p.trade(id, p.code(asks(id, "http://127.0.0.1:4712/cb")))
	must(t, err)
	_, err = p.Caller(t.Context(), got.Access, resource)
	must(t, err)
	if n := h.asked.Load(); n != 1 {
		t.Errorf("the document was read %d times", n)
	}
	p.pass(15 * time.Minute)
	_, err = p.Read(t.Context(), p.user, asks(id, "http://127.0.0.1:4711/cb"))
	must(t, err)
	if n := h.asked.Load(); n != 2 {
		t.Errorf("after a quarter of an hour the document was read %d times", n)
	}
	_, err = p.Read(t.Context(), p.user, asks(id, "gopher://old"))
	wantCode(t, err, moorage.Invalid)
	_, err = p.Read(t.Context(), p.user, asks(id, "https://evil.example/cb"))
	wantCode(t, err, moorage.Invalid)
}

func TestADocumentThatCannotBeTrustedIsRefused(t *testing.T) {
	h := newHost(t)
	good := h.body
	for name, change := range map[string]func(){
		"of another client": func() { h.body = func(string) string { return good(h.URL + "/other") } },
		"not JSON":          func() { h.body = func(string) string { return "<html>" } },
		"no redirect":       func() { h.body = func(id string) string { return fmt.Sprintf(`{"client_id":%q}`, id) } },
		"no usable redirect": func() {
			h.body = func(id string) string { return fmt.Sprintf(`{"client_id":%q,"redirect_uris":["javascript:x"]}`, id) }
		},
		"with a secret": func() {
			h.body = func(id string) string { return strings.Replace(good(id), `"none"`, `"client_secret_post"`, 1) }
		},
		"too long": func() { h.body = func(id string) string { return good(id) + strings.Repeat(" ", 5<<10) } },
		"a page":   func() { h.kind = "text/html" },
	} {
		h.body, h.kind = good, "application/json"
		change()
		p := newPlace(t, h.calls())
		_, err := p.Read(t.Context(), p.user, asks(h.URL+"/client", "http://127.0.0.1/cb"))
		if moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.body, h.kind = good, "application/json"
	p := newPlace(t, h.calls())
	_, err := p.Read(t.Context(), p.user, asks(h.URL+"/moved", "http://127.0.0.1/cb"))
	wantCode(t, err, moorage.Invalid)
	_, err = p.Read(t.Context(), p.user, asks(h.URL+"/client", "http://127.0.0.1/cb"))
	must(t, err) // a failure is not remembered
}

func TestADocumentIsReadFromThePublicInternetOnly(t *testing.T) {
	h := newHost(t)
	p := newPlace(t, nil) // calls as the program does
	for _, id := range []string{h.URL + "/client", "https://localhost/client", "https://169.254.169.254/latest", "https://[::1]/client", "https://10.0.0.1/x"} {
		_, err := p.Read(t.Context(), p.user, asks(id, "http://127.0.0.1/cb"))
		if moorage.ErrorCode(err) != moorage.Invalid || !errors.Is(err, outbound.ErrNotPublic) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if n := h.asked.Load(); n != 0 {
		t.Errorf("a machine of the private network was asked %d times", n)
	}
}

func TestNotEveryAddressNamesADocument(t *testing.T) {
	h := newHost(t)
	p := newPlace(t, h.calls())
	for _, id := range []string{
		"http" + strings.TrimPrefix(h.URL, "https") + "/client", h.URL, h.URL + "/", h.URL + "/a/../client", h.URL + "/./client", h.URL + "//client",
		h.URL + "/client#x", strings.Replace(h.URL, "https://", "https://ada@", 1) + "/client", h.URL + "/" + strings.Repeat("a", 1000), "https:client",
	} {
		_, err := p.Read(t.Context(), p.user, asks(id, "http://127.0.0.1/cb"))
		wantCode(t, err, moorage.Invalid)
	}
	if n := h.asked.Load(); n != 0 {
		t.Errorf("%d were asked for", n)
	}
}

func TestOnePersonHasFewDocumentsReadInAMinute(t *testing.T) {
	h := newHost(t)
	p := newPlace(t, h.calls())
	for i := range 20 {
		_, err := p.Read(t.Context(), p.user, asks(fmt.Sprintf("%s/client-%d", h.URL, i), "http://127.0.0.1/cb"))
		must(t, err)
	}
	_, err := p.Read(t.Context(), p.user, asks(h.URL+"/client", "http://127.0.0.1/cb"))
	wantCode(t, err, moorage.Limited)
	p.pass(time.Minute)
	_, err = p.Read(t.Context(), p.user, asks(h.URL+"/client", "http://127.0.0.1/cb"))
	must(t, err)
}
