package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"moorage"
	"moorage/auth"
)

func TestAuthoriseReadsTheRightCredentialAndNoOther(t *testing.T) {
	s := newSite(t)
	admin := s.browser(t)
	admin.signIn()
	user := member(t, s)
	token, err := s.NewToken(t.Context(), user, "laptop", 0, nil)
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
