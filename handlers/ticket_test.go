package handlers

import (
	"net/http"
	"testing"

	"moorage"
)

// Whatever a ticket was given for may be taken back while its socket is open.
func TestASocketIsNoLongerForWhoHasLostWhatItWasOpenedWith(t *testing.T) {
	for name, lose := range map[string]func(*site){
		"the token is revoked": func(s *site) {
			list, err := s.db.APITokens(t.Context(), s.guest.ID)
			must(t, err)
			for _, token := range list {
				must(t, s.db.DeleteAPIToken(t.Context(), s.guest.ID, token.ID))
			}
		},
		"sharing is taken back": func(s *site) { must(t, s.db.UnshareServer(t.Context(), s.server.ID, s.guest.ID)) },
		"the person signed out": func(s *site) { must(t, s.db.DeleteWebSessionsOf(t.Context(), s.guest.ID)) },
	} {
		s := newSite(t)
		s.live(s.server)
		ask := exchange{URL: "/ws?server=weather", As: program(s.guest), ExpectedStatus: http.StatusOK}
		if name == "the person signed out" {
			ask = exchange{Method: "POST", URL: "/servers/weather/ticket", As: browser(s.guest), ExpectedStatus: http.StatusOK}
		}
		ask.test(t, s)
		must(t, s.runner.may(t.Context()))
		lose(s)
		if err := s.runner.may(t.Context()); moorage.ErrorMessage(err) == "" {
			t.Errorf("%s, and the socket goes on: %v", name, err)
		}
	}
}
