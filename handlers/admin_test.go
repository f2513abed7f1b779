package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"moorage"
)

func TestNobodyChangesTheirOwnRole(t *testing.T) {
	s := newSite(t)
	set := func(u moorage.User, role string, status int, says string) {
		t.Helper()
		exchange{Method: "POST", URL: "/admin/people/role", Body: url.Values{"user": {string(u.ID)}, "role": {role}}, As: browser(s.admin), ExpectedStatus: status, ExpectedContent: []string{says}}.test(t, s)
	}
	set(s.admin, "member", http.StatusForbidden, "You cannot change your own role.")
	set(s.other, "king", http.StatusUnprocessableEntity, "There is no such role.")
	set(s.other, "admin", http.StatusSeeOther, "")
	exchange{URL: "/admin/people", As: browser(s.other), ExpectedStatus: 200, ExpectedContent: []string{"linus", "ada"}}.test(t, s)
	set(s.other, "member", http.StatusSeeOther, "")
	exchange{URL: "/admin/people", As: browser(s.other), ExpectedStatus: http.StatusForbidden}.test(t, s) // at once
}

func TestAccessRules(t *testing.T) {
	s := newSite(t)
	allow := exchange{Method: "POST", URL: "/admin/access", As: browser(s.admin)}
	for _, name := range []string{"", "two words", "-x", "a/b", "<b>", strings.Repeat("a", 101)} {
		allow.Name, allow.Body, allow.ExpectedStatus = name, url.Values{"kind": {"user"}, "name": {name}}, http.StatusUnprocessableEntity
		allow.ExpectedContent = []string{"Give the login of a person or an organisation at GitHub."}
		allow.test(t, s)
	}
	allow.Body = url.Values{"kind": {"planet"}, "name": {"acme"}}
	allow.test(t, s)
	allow.Body, allow.ExpectedStatus, allow.ExpectedContent = url.Values{"kind": {"organisation"}, "name": {" @acme "}}, http.StatusSeeOther, nil
	allow.test(t, s)
	allow.ExpectedStatus = http.StatusConflict
	allow.test(t, s)
	exchange{URL: "/admin/people", As: browser(s.admin), ExpectedStatus: 200, ExpectedContent: []string{"acme", "by linus"}}.test(t, s)

	token := program(s.owner)
	s.dress(&http.Request{Header: http.Header{}}, browser(s.owner))
	s.dress(&http.Request{Header: http.Header{}}, token)
	remove := exchange{Method: "POST", URL: "/admin/access/remove", Body: url.Values{"kind": {"organisation"}, "name": {"ACME"}}, As: browser(s.admin), ExpectedStatus: http.StatusSeeOther}
	remove.test(t, s)
	exchange{Name: "their session", URL: "/servers", As: browser(s.owner), ExpectedStatus: http.StatusSeeOther, ExpectedTo: "/login?next=%2Fservers"}.test(t, s)
	exchange{Name: "their token", URL: "/ws?server=weather", As: token, ExpectedStatus: http.StatusUnauthorized}.test(t, s)
	exchange{Name: "an admin", URL: "/servers", As: browser(s.admin), ExpectedStatus: 200}.test(t, s)
	remove.ExpectedStatus = http.StatusNotFound
	remove.test(t, s)
}

func TestATokenIsShownOnce(t *testing.T) {
	s := newSite(t)
	form := url.Values{"name": {"ci"}, "days": {"30"}}
	body := exchange{Method: "POST", URL: "/tokens", Body: form, As: browser(s.owner), ExpectedStatus: 200}.test(t, s).Body.String()
	plain := regexp.MustCompile(`moor_[a-z2-7]+`).FindString(body)
	u, err := s.auth.Bearer(t.Context(), "Bearer "+plain)
	if err != nil || u.User.ID != s.owner.ID {
		t.Fatalf("%q: %v", plain, err)
	}
	exchange{URL: "/tokens", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"ci"}, Absent: []string{plain}}.test(t, s)
	if strings.Contains(s.state(), plain) || strings.Contains(s.log.String(), plain) {
		t.Error("the token stands in the database or the log")
	}
	all, err := s.db.APITokens(t.Context(), s.owner.ID)
	must(t, err)
	revoke := exchange{Method: "POST", URL: "/tokens/revoke", Body: url.Values{"id": {string(all[0].ID)}}, As: browser(s.admin), ExpectedStatus: http.StatusNotFound}
	revoke.test(t, s) // also an admin revokes only their own
	revoke.As, revoke.ExpectedStatus = browser(s.owner), http.StatusSeeOther
	revoke.test(t, s)
	if _, err := s.auth.Bearer(t.Context(), "Bearer "+plain); moorage.ErrorCode(err) != moorage.Unauthenticated {
		t.Error(err)
	}
	for _, bad := range []url.Values{{"name": {""}, "days": {"30"}}, {"name": {strings.Repeat("x", 101)}, "days": {"30"}}, {"name": {"a"}, "days": {"-1"}}, {"name": {"a"}, "days": {"99999"}}, {"name": {"a"}}} {
		exchange{Name: bad.Encode(), Method: "POST", URL: "/tokens", Body: bad, As: browser(s.owner), ExpectedStatus: http.StatusUnprocessableEntity}.test(t, s)
	}
}
