//go:build conformance

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// bearing stands in front of an endpoint and adds a token to every request, for
// a client that cannot send a header of its own choice. It returns the URL to
// use instead. Host and Origin go through as they come, so that what a page of
// somebody else's can send is still refused; only where they name this proxy,
// they name the endpoint behind it.
func bearing(t *testing.T, endpoint, token string) string {
	t.Helper()
	return before(t, endpoint, func(r *http.Request, body []byte) []byte {
		r.Header.Set("Authorization", "Bearer "+token)
		return body
	}, nil)
}

// before is a proxy that may change what is asked of an endpoint and, unless
// answer is nil, what is answered.
func before(t *testing.T, endpoint string, ask func(r *http.Request, body []byte) []byte, answer func(*http.Response) error) string {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		FlushInterval:  -1,
		Rewrite:        func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host },
		ModifyResponse: answer,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String()
		if r.Host == own {
			r.Host = target.Host
		}
		if r.Header.Get("Origin") == "http://"+own {
			r.Header.Set("Origin", target.Scheme+"://"+target.Host)
		}
		// Whole before it is sent: an answer that begins early would close the
		// body while it is still being read.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = ask(r, body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + target.Path
}
