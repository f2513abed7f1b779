package moorage_test

import (
	"strings"
	"testing"

	"moorage"
)

func TestAScopeMatchesServersAndTools(t *testing.T) {
	for _, row := range []struct {
		scope, slug, tool      string
		allows, reaches, whole bool
	}{
		{"", "weather", "forecast", true, true, true},
		{"weather", "weather", "forecast", true, true, true},
		{"weather/*", "weathers", "forecast", false, false, false},
		{"weather/get_*", "weather", "get_rain", true, true, false},
		{"weather/get_*", "weather", "set_rain", false, true, false},
		{"*/get_*", "any", "get_x", true, true, false},
		{"*", "any", "thing", true, true, true},
		{"we*er/a*b*c", "weather", "aXbYc", true, true, false},
		{"we*er/a*b*c", "weather", "aXcYb", false, true, false},
		{"weather/ab*ba", "weather", "aba", false, true, false},
		{"weather/**", "weather", "x", true, true, false},
		{"a/x, weather/*\nb/y", "weather", "x", true, true, true},
	} {
		s, err := moorage.ParseScope(row.scope)
		if err != nil {
			t.Fatalf("%q: %v", row.scope, err)
		}
		if s.Allows(row.slug, row.tool) != row.allows || s.Reaches(row.slug) != row.reaches || s.Whole(row.slug) != row.whole {
			t.Errorf("%q on %s/%s: allows %v, reaches %v, whole %v", row.scope, row.slug, row.tool,
				s.Allows(row.slug, row.tool), s.Reaches(row.slug), s.Whole(row.slug))
		}
		again, err := moorage.ParseScope(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is read back as %q, %v", s.String(), again.String(), err)
		}
	}
}

func TestWhatIsNoScopeIsRefused(t *testing.T) {
	for _, text := range []string{"/", "a/", "/b", "a/b/c", "wet her/é", `a\b`, "a/[x]", strings.Repeat("a", 201), strings.Repeat("a/b ", moorage.MaxScope+1)} {
		if s, err := moorage.ParseScope(text); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%.40q is %v, %v", text, s, err)
		}
	}
}
