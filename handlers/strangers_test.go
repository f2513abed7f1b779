package handlers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"moorage"
)

var requestRef = regexp.MustCompile(`"request":"[^"]*"`)

func TestWhatBelongsToSomebodyElseIsNotThereAtAll(t *testing.T) {
	s := newSite(t)
	d := s.live(s.server)
	absent := string(moorage.NewDeploymentID(s.clock()))
	for _, r := range rows {
		if r.kind != owners && r.kind != bearers {
			continue
		}
		as := browser(s.other)
		if r.kind == bearers {
			as = program(s.other)
		}
		theirs, none := r.ask(s, as, nil), r.ask(s, as, nil)
		none.URL = strings.NewReplacer("weather", "nothing", string(d.ID), absent).Replace(none.URL)
		a, b := s.do(theirs), s.do(none)
		if a.Code != http.StatusNotFound || b.Code != a.Code || requestRef.ReplaceAllString(a.Body.String(), "") != requestRef.ReplaceAllString(b.Body.String(), "") {
			t.Errorf("%s %s: somebody else's (%d) and nobody's (%d) differ:\n%s\n%s", r.method, r.path, a.Code, b.Code, short(a.Body.String()), short(b.Body.String()))
		}
	}
}
