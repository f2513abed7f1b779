package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"moorage"
	"moorage/auth"
)

func TestAuthoriseReadsTheRightCredentialAndNoOther(t *testing.T) {
	s := newSite(t)
	admin := s.browser(t)
	admin.signIn()
	user := member(t, s)
	token, err := s.NewToken(t.Context(), user, "laptop", 0)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := s.StartSession(w, httptest.NewRequest(http.MethodGet, "/", nil), user); err != nil {
		t.Fatal(err)
	}
	nobody := func(*http.Request) {}
	asAdmin := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sid", Value: admin.sessionID()}) }
	asMember := func(r *http.Request) { r.AddCookie(w.Result().Cookies()[0]) }
	asProgram := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	for _, tt := range []struct {
		name  string
		as    func(*http.Request)
		codes [6]moorage.Code // nobody, public, visitor, signed in, admin, bearer
	}{
		{"nobody", nobody, [6]moorage.Code{moorage.Forbidden, "", "", moorage.Unauthenticated, moorage.Unauthenticated, moorage.Unauthenticated}},
		{"a member", asMember, [6]moorage.Code{moorage.Forbidden, "", moorage.Conflict, "", moorage.Forbidden, moorage.Unauthenticated}},
		{"an admin", asAdmin, [6]moorage.Code{moorage.Forbidden, "", moorage.Conflict, "", "", moorage.Unauthenticated}},
		{"a program", asProgram, [6]moorage.Code{moorage.Forbidden, "", "", moorage.Unauthenticated, moorage.Unauthenticated, ""}},
	} {
		for p, want := range tt.codes {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			tt.as(r)
			_, err := s.Authorise(r, auth.Permission(p))
			if got := moorage.ErrorCode(err); got != want {
				t.Errorf("%s, %s: %q, want %q", tt.name, auth.Permission(p), got, want)
			}
			if errors.Is(err, auth.ErrSignedIn) != (want == moorage.Conflict) {
				t.Errorf("%s, %s: %v", tt.name, auth.Permission(p), err)
			}
		}
	}
}

func TestTheTableNamesEveryFault(t *testing.T) {
	table := auth.Table{
		{Method: "GET", Path: "/", Permission: auth.Public},
		{Method: "GET", Path: "/", Permission: auth.Admin},
		{Method: "GET", Path: "/gone", Permission: auth.SignedIn},
		{Method: "GET", Path: "/forgot"},
	}
	err := table.Check([]auth.Route{{Method: "GET", Path: "/"}, {Method: "POST", Path: "/"}, {Method: "GET", Path: "/forgot"}})
	for _, want := range []string{"GET / has two rows", "GET /gone has a row and no route", "GET /forgot is for nobody", "POST / has no row"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
	if got := len(strings.Split(err.Error(), "\n")); got != 4 {
		t.Errorf("%d faults, want 4: %v", got, err)
	}
	good := auth.Table{{Method: "GET", Path: "/servers/:slug", Permission: auth.SignedIn}}
	if err := good.Check([]auth.Route{{Method: "GET", Path: "/servers/:slug"}}); err != nil {
		t.Error(err)
	}
	if good.Of("GET", "/servers/:slug") != auth.SignedIn || good.Of("POST", "/servers/:slug") != auth.Nobody {
		t.Error("Of is wrong")
	}
}
