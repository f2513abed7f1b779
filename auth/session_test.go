package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
)

func TestASessionEndsWhenItIdles(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.signIn()
	for range 3 { // each use begins the idle time anew
		s.pass(12*time.Hour - time.Second)
		b.mustBe("octocat admin")
	}
	s.pass(12 * time.Hour)
	b.mustBe("")
}

func TestASessionEndsAfterAWeekWhateverIsDone(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.signIn()
	for range 7*24 - 1 {
		s.pass(time.Hour)
		b.mustBe("octocat admin")
	}
	s.pass(time.Hour)
	b.mustBe("")
}

func TestAnOpenPageAloneDoesNotKeepASessionAlive(t *testing.T) {
	s := newSite(t)
	b := s.browser(t)
	b.signIn()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "sid", Value: b.sessionID()})
	for range 11 {
		s.pass(time.Hour)
		if _, err := s.StillSignedIn(r); err != nil {
			t.Fatal(err)
		}
	}
	s.pass(time.Hour)
	if _, err := s.StillSignedIn(r); moorage.ErrorCode(err) != moorage.Unauthenticated {
		t.Errorf("%v, want Unauthenticated", err)
	}
}

func TestSignOutEverywhereEndsSessionsAndTokens(t *testing.T) {
	s := newSite(t)
	desk, phone := s.browser(t), s.browser(t)
	desk.signIn()
	phone.signIn()
	user, err := s.db.UserByGitHubID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.NewToken(t.Context(), user, "laptop", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOutEverywhere(t.Context(), user.ID); err != nil {
		t.Fatal(err)
	}
	desk.mustBe("")
	phone.mustBe("")
	if _, err := s.Bearer(t.Context(), "Bearer "+token); moorage.ErrorCode(err) != moorage.Unauthenticated {
		t.Errorf("the token: %v", err)
	}
}

func TestWithHTTPSTheCookieIsBoundToTheHost(t *testing.T) {
	s := newSite(t)
	s.url = "https://moorage.example"
	a := s.open(t, auth.Options{})
	code, err := a.NewSetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	user, err := a.Setup(w, httptest.NewRequest(http.MethodPost, "/setup", nil), code)
	if err != nil {
		t.Fatal(err)
	}
	cookie := w.Result().Cookies()[0]
	if cookie.Name != "__Host-sid" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || len(cookie.Value) != 43 {
		t.Errorf("cookie %s", cookie)
	}
	for name, want := range map[string]bool{"__Host-sid": true, "sid": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: name, Value: cookie.Value})
		got, err := a.SignedIn(r)
		if (err == nil) != want || want && got.ID != user.ID {
			t.Errorf("%s: %v, %v", name, got.ID, err)
		}
	}
}

func TestABaseURLThatWouldSendCookiesInTheClearIsRefused(t *testing.T) {
	for base, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:8080": true, "https://moorage.example/": true,
		"http://moorage.example": false, "http://192.168.1.2": false, "moorage.example": false, "": false, "ftp://127.0.0.1": false,
	} {
		if _, err := auth.New(nil, nil, nil, auth.Options{BaseURL: base}); (err == nil) != want {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestNonsenseCookiesNeverReachTheDatabase(t *testing.T) {
	s := newSite(t)
	if err := s.db.Close(); err != nil { // so that a query is an error of its own
		t.Fatal(err)
	}
	for _, value := range []string{"", "x", strings.Repeat("a", 42), strings.Repeat("a", 44), strings.Repeat("!", 43), strings.Repeat("a", 5000)} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "sid", Value: value})
		if _, err := s.SignedIn(r); moorage.ErrorCode(err) != moorage.Unauthenticated {
			t.Errorf("%d bytes: %v", len(value), err)
		}
	}
}
