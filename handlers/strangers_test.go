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
	as := map[kind][]who{
		owners: {browser(s.other), browser(s.guest)}, callers: {browser(s.other)},
		bearers: {program(s.other), program(s.guest)}, callingBearers: {program(s.other)},
	}
	for _, r := range rows {
		for _, who := range as[r.kind] {
			s.isNotThere(t, r, who, d.ID, absent)
		}
	}
}

// isNotThere asks the row for what is not who's, and for what is nobody's.
func (s *site) isNotThere(t *testing.T, r row, as who, id moorage.DeploymentID, absent string) {
	t.Helper()
	theirs, none := r.ask(s, as, nil), r.ask(s, as, nil)
	none.URL = strings.NewReplacer("weather", "nothing", string(id), absent).Replace(none.URL)
	a, b := s.do(theirs), s.do(none)
	if a.Code != http.StatusNotFound || b.Code != a.Code || requestRef.ReplaceAllString(a.Body.String(), "") != requestRef.ReplaceAllString(b.Body.String(), "") {
		t.Errorf("%s %s: somebody else's (%d) and nobody's (%d) differ:\n%s\n%s", r.method, r.path, a.Code, b.Code, short(a.Body.String()), short(b.Body.String()))
	}
}
