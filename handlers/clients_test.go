package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"moorage"
	"moorage/auth/oauth"
)

func TestWhatSomebodyGaveIsTheirsToSeeAndEnd(t *testing.T) {
	s := newSite(t)
	v := newVisit(s, "weather")
	got := v.tokens()
	id := string(s.grants(s.owner)[0].ID)
	exchange{URL: "/clients", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"Test client", "/servers/weather", "127.0.0.1", "never"}}.test(t, s)
	for _, u := range []moorage.User{s.other, s.admin} {
		exchange{URL: "/clients", As: browser(u), ExpectedStatus: ok, Absent: []string{"Test client", id}}.test(t, s)
		exchange{Method: "POST", URL: "/clients/revoke", Body: url.Values{"id": {id}}, As: browser(u), ExpectedStatus: http.StatusNotFound}.test(t, s)
	}
	if !v.may(got.Access, v.resource) {
		t.Fatal("somebody else has ended it")
	}
	exchange{URL: "/clients", As: browser(s.owner), ExpectedStatus: ok, Absent: []string{"never"}}.test(t, s)
	exchange{Method: "POST", URL: "/clients/revoke", Body: url.Values{"id": {id}}, As: browser(s.owner), ExpectedStatus: moved, ExpectedTo: "/clients"}.test(t, s)
	if v.may(got.Access, v.resource) {
		t.Error("an access token is good after its grant has ended")
	}
	v.refused(v.refresh(got.Refresh), oauth.InvalidGrant)
	exchange{URL: "/clients", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"No client is connected."}}.test(t, s)
}
