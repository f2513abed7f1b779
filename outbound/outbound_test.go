package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
)

// world is the internet of a test: whatever public address is dialled, its
// server answers. An address that is not public is dialled as it is.
type world struct {
	server *httptest.Server
	mu     sync.Mutex
	dialed []string
}

func newWorld(t *testing.T, h http.HandlerFunc) *world {
	w := &world{server: httptest.NewServer(h)}
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) client(r Rules) *http.Client {
	r.PlainHTTP = true
	if r.Resolver == nil {
		r.Resolver = &answers{list: []string{"140.82.121.4"}}
	}
	client := NewClient(r)
	client.Transport.(*gate).base.DialContext = w.dialer(r).DialContext
	return client
}

func (w *world) dialer(r Rules) *Dialer {
	d := NewDialer(r)
	d.connect = func(ctx context.Context, network, address string) (net.Conn, error) {
		w.mu.Lock()
		w.dialed = append(w.dialed, address)
		w.mu.Unlock()
		if Public(netip.MustParseAddrPort(address).Addr()) {
			address = w.server.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return d
}

func TestANameServerHasNoSecondAnswer(t *testing.T) {
	_, hits := canary(t)
	w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "public") })
	lies := &answers{list: []string{"140.82.121.4", "127.0.0.1"}}
	client := w.client(Rules{Resolver: lies})
	for i := range 3 {
		resp, err := client.Get("http://rebind.example/")
		if i == 0 && err != nil {
			t.Fatal(err)
		}
		if i > 0 && !errors.Is(err, ErrNotPublic) {
			t.Errorf("answer %d: %v", i, err)
		}
		if err == nil {
			resp.Body.Close()
		}
		client.CloseIdleConnections() // so that each is dialled anew
	}
	if want := []string{"140.82.121.4:80"}; !slices.Equal(w.dialed, want) || lies.asked.Load() != 3 || hits.Load() != 0 {
		t.Errorf("dialled %v after %d questions", w.dialed, lies.asked.Load())
	}
}

func TestOfSeveralAnswersOnlyThePublicAreDialled(t *testing.T) {
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	conn, err := w.dialer(Rules{Resolver: &answers{list: []string{"127.0.0.1 ::1 140.82.121.4 10.0.0.1"}}}).
		DialContext(t.Context(), "tcp", "two-faced.example:443")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if want := []string{"140.82.121.4:443"}; !slices.Equal(w.dialed, want) {
		t.Errorf("dialled %v", w.dialed)
	}
}

func TestARedirectToTheInsideIsNotFollowed(t *testing.T) {
	port, hits := canary(t)
	targets := []string{
		"http://127.0.0.1:" + port, "http://[::ffff:7f00:1]:" + port, "http://2130706433:" + port, "//127.0.0.1:" + port,
		"http://user@example.com/", "file:///etc/passwd", "http://169.254.169.254/latest", "gopher://x/", "http://localhost:" + port,
	}
	for _, target := range targets {
		w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
			to := target
			if r.URL.Path == "/" {
				to = "/second" // the chain begins honestly
			}
			http.Redirect(w, r, to, http.StatusFound)
		})
		resp, err := w.client(Rules{Resolver: &answers{list: []string{"140.82.121.4", "127.0.0.1"}}}).Get("http://first.example/")
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s was followed", target)
		}
		if len(w.dialed) != 1 {
			t.Errorf("%s: dialled %v", target, w.dialed)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("the inside was reached %d times", hits.Load())
	}
}

func TestRedirectsEndAfterThree(t *testing.T) {
	asked := 0
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	_, err := w.client(Rules{}).Get("http://loop.example/")
	if !errors.Is(err, ErrRedirect) || asked != 4 {
		t.Errorf("%d questions, then %v", asked, err)
	}
}

func TestNoRedirectLeavesHTTPS(t *testing.T) {
	next := &http.Request{URL: &url.URL{Scheme: "http", Host: "a.example"}}
	err := Rules{Redirects: 3, PlainHTTP: true}.checkRedirect(next, []*http.Request{{URL: &url.URL{Scheme: "https", Host: "a.example"}}})
	if !errors.Is(err, ErrRedirect) {
		t.Error(err)
	}
}

func TestAnotherHostSeesNoCredentials(t *testing.T) {
	seen := map[string]http.Header{}
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.Host+r.URL.Path] = r.Header.Clone()
		next := map[string]string{
			"a.example/": "http://a.example/same", "a.example/same": "http://sub.a.example/", "sub.a.example/": "http://a.example/back",
		}[r.Host+r.URL.Path]
		if next != "" {
			http.Redirect(w, r, next, http.StatusTemporaryRedirect)
		}
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://a.example/?token=in-the-address", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Private-Token"} {
		req.Header.Set(name, "a-credential")
	}
	resp, err := w.client(Rules{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if seen["a.example/same"].Get("X-Api-Key") == "" {
		t.Error("the first host's own redirect lost the credentials")
	}
	for _, where := range []string{"sub.a.example/", "a.example/back"} {
		for name, values := range seen[where] {
			if text := strings.Join(values, " "); strings.Contains(text, "credential") || strings.Contains(text, "in-the-address") {
				t.Errorf("%s saw %s: %s", where, name, text)
			}
		}
		if seen[where] == nil {
			t.Errorf("%s was not asked", where)
		}
	}
}

func TestABodyIsNotSentToAnotherHost(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://b.example/", http.StatusTemporaryRedirect)
	})
	_, err := w.client(Rules{}).Post("http://a.example/", "text/plain", strings.NewReader("a secret"))
	if !errors.Is(err, ErrRedirect) || len(w.dialed) != 1 {
		t.Errorf("%v after %v", err, w.dialed)
	}
}

func TestAnAnswerIsCapped(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		body := strings.Repeat("x", map[string]int{"/fits": 100, "/over": 101, "/said": 101, "/endless": 1 << 20}[r.URL.Path])
		if r.URL.Path != "/said" {
			w.(http.Flusher).Flush() // no length is told
		}
		io.WriteString(w, body)
	})
	for path, fits := range map[string]bool{"/fits": true, "/over": false, "/said": false, "/endless": false} {
		var got []byte
		resp, err := w.client(Rules{Bytes: 100}).Get("http://a.example" + path)
		if err == nil {
			got, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if fits != (err == nil) || !fits && !errors.Is(err, ErrTooBig) || len(got) > 100 {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}

func TestAnAnswerThatNeverEndsIsGivenUp(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	resp, err := w.client(Rules{Time: 200 * time.Millisecond}).Get("http://slow.example/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("it ended")
	}
}

func TestOnlyTheConfiguredPortsAreDialled(t *testing.T) {
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	for address, want := range map[string]bool{"a.example:443": true, "a.example:8443": true, "a.example:22": false, "a.example:0": false, "a.example:x": false} {
		conn, err := w.dialer(Rules{Ports: []int{443, 8443}, Resolver: &answers{list: []string{"140.82.121.4"}}}).DialContext(t.Context(), "tcp", address)
		if want != (err == nil) {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestTheProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	port, hits := canary(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:"+port)
	}
	client := NewClient(Rules{})
	if p := client.Transport.(*gate).base.Proxy; p != nil || hits.Load() != 0 {
		t.Error("a proxy would dial for us")
	}
}

func TestPlainHTTPIsRefusedUnlessItIsAllowed(t *testing.T) {
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {})
	client := NewClient(Rules{Resolver: &answers{list: []string{"140.82.121.4"}}})
	client.Transport.(*gate).base.DialContext = w.dialer(Rules{}).DialContext
	_, err := client.Get("http://a.example/")
	if moorage.ErrorCode(err) != moorage.Invalid || len(w.dialed) != 0 {
		t.Errorf("%v after %v", err, w.dialed)
	}
}
