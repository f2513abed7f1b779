package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"moorage"
)

// exchange is one request and what must come back.
type exchange struct {
	Name            string
	Method          string // "": GET
	URL             string
	Body            url.Values
	JSON            string // instead of Body
	Header          http.Header
	As              who
	ExpectedStatus  int
	ExpectedContent []string // each somewhere in the answer's body
	Absent          []string // none of them
	ExpectedTo      string   // the Location
}

// who sends a request.
type who struct {
	cookie, bearer bool
	user           moorage.User
}

var nobody who

func browser(u moorage.User) who { return who{cookie: true, user: u} }
func program(u moorage.User) who { return who{bearer: true, user: u} }

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// fragment are the headers of htmx when it asks for a part of a page.
func fragment() http.Header { return header("HX-Request", "true", headerRequestType, "partial") }

// test runs the exchange with a site.
func (e exchange) test(t *testing.T, s *site) *httptest.ResponseRecorder {
	t.Helper()
	w := s.do(e)
	body := w.Body.String()
	if e.ExpectedStatus != 0 && w.Code != e.ExpectedStatus {
		t.Errorf("%s: %s %s answers %d, want %d\n%s", e.Name, e.method(), e.URL, w.Code, e.ExpectedStatus, short(body))
	}
	for _, text := range e.ExpectedContent {
		if !strings.Contains(body, text) {
			t.Errorf("%s: %s %s lacks %q\n%s", e.Name, e.method(), e.URL, text, short(body))
		}
	}
	for _, text := range e.Absent {
		if strings.Contains(body, text) {
			t.Errorf("%s: %s %s shows %q", e.Name, e.method(), e.URL, text)
		}
	}
	if to := w.Header().Get("Location"); e.ExpectedTo != "" && to != e.ExpectedTo {
		t.Errorf("%s: %s %s leads to %q, want %q", e.Name, e.method(), e.URL, to, e.ExpectedTo)
	}
	return w
}

func (e exchange) method() string {
	if e.Method == "" {
		return http.MethodGet
	}
	return e.Method
}

// do sends the request; each comes from another address.
func (s *site) do(e exchange) *httptest.ResponseRecorder {
	s.t.Helper()
	target := e.URL
	if strings.HasPrefix(target, "/") {
		target = s.base.String() + target
	}
	body, kind := e.Body.Encode(), "application/x-www-form-urlencoded"
	if e.JSON != "" {
		body, kind = e.JSON, "application/json"
	}
	r := httptest.NewRequest(e.method(), target, strings.NewReader(body)).WithContext(s.t.Context())
	s.callers++
	r.RemoteAddr = fmt.Sprintf("198.51.%d.%d:4711", s.callers/250, s.callers%250)
	if e.method() != http.MethodGet {
		r.Header.Set("Content-Type", kind)
	}
	for name, values := range e.Header {
		r.Header[name] = values
	}
	if host := e.Header.Get("Host"); host != "" {
		r.Host = host
	}
	s.dress(r, e.As)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// dress gives a request what its sender carries.
func (s *site) dress(r *http.Request, as who) {
	s.t.Helper()
	if as.cookie {
		r.AddCookie(s.session(as.user))
	}
	if as.bearer {
		r.Header.Set("Authorization", "Bearer "+s.token(as.user))
	}
}

// session signs a person in, on one browser for the whole test.
func (s *site) session(u moorage.User) *http.Cookie {
	s.t.Helper()
	if s.sessions[u.ID] == nil {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, s.base.String(), nil).WithContext(s.t.Context())
		must(s.t, s.auth.StartSession(w, r, u))
		s.sessions[u.ID] = w.Result().Cookies()[0]
	}
	return s.sessions[u.ID]
}

// token makes a person's API token, one for the whole test.
func (s *site) token(u moorage.User) string {
	s.t.Helper()
	if s.tokens[u.ID] == "" {
		plain, err := s.auth.NewToken(s.t.Context(), u, "test", time.Hour, nil)
		must(s.t, err)
		s.tokens[u.ID] = plain
	}
	return s.tokens[u.ID]
}

func short(body string) string {
	if len(body) > 1500 {
		return body[:1500] + "…"
	}
	return body
}
