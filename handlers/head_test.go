package handlers

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// head asks with HEAD over a socket, as the headers that came with GET.
func (s *site) head(path string, as who, pairs ...string) *http.Response {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second) // a stream would last
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.base.String()+path, nil)
	must(s.t, err)
	for name, values := range header(pairs...) {
		r.Header[name] = values
	}
	s.dress(r, as)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.t.Cleanup(client.CloseIdleConnections)
	res, err := client.Do(r)
	must(s.t, err)
	body, err := io.ReadAll(res.Body)
	must(s.t, err)
	must(s.t, res.Body.Close())
	if len(body) > 0 {
		s.t.Errorf("HEAD %s has a body", path)
	}
	return res
}

func TestHeadAnswersWhatGetDoes(t *testing.T) {
	for _, r := range rows {
		if r.method != http.MethodGet || r.path == "/metrics" { // which is open to this machine
			continue
		}
		t.Run(r.path, func(t *testing.T) {
			t.Parallel()
			s := r.fresh(t)
			s.listen()
			for _, as := range []role{asNobody, asOther, r.allowed()} {
				if res := s.head(r.target(s), s.as(as)); res.StatusCode != r.expected(as) {
					t.Errorf("%s: HEAD answers %d, GET %d", as, res.StatusCode, r.expected(as))
				}
			}
		})
	}
}

func TestHeadOfAStreamIsItsHeadersAlone(t *testing.T) {
	s := newSite(t)
	s.listen()
	d := s.enqueue(s.server)
	res := s.head("/api/deployments/"+string(d.ID)+"/log", program(s.owner), "Accept", "text/event-stream")
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream; charset=utf-8" {
		t.Errorf("%d, %s", res.StatusCode, kind)
	}
}

func TestHeadOpensNoSocket(t *testing.T) {
	e := echo.New()
	var seen *http.Request
	e.HEAD("/ws", func(c echo.Context) error { seen = c.Request(); return nil }, asGet)
	r := httptest.NewRequest(http.MethodHead, "/ws", nil)
	r.Header.Set("Upgrade", "websocket")
	e.ServeHTTP(httptest.NewRecorder(), r)
	if seen.Header.Get("Upgrade") != "" || seen.Method != http.MethodGet || r.Method != http.MethodHead {
		t.Errorf("the handler sees %s with %v, the server %s", seen.Method, seen.Header, r.Method)
	}
}
