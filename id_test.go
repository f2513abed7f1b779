package moorage

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestIdsSortByTime(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ids []string
	for i := range 200 {
		ids = append(ids, string(NewDeploymentID(start.Add(time.Duration(i)*time.Millisecond))))
	}
	if !slices.IsSorted(ids) {
		t.Fatal("later ids do not sort after earlier ones")
	}
}

func TestIdsAreValidContainerNames(t *testing.T) {
	id := string(NewInstanceID(time.Now()))
	if strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || len(id) != 30 {
		t.Fatalf("%q has other characters than a container name may, or another length", id)
	}
}

func TestParseDeploymentID(t *testing.T) {
	good := NewDeploymentID(time.Now())
	if got, err := ParseDeploymentID(string(good)); err != nil || got != good {
		t.Fatalf("ParseDeploymentID(%q) = %q, %v", good, got, err)
	}
	for _, s := range []string{"", "dep_", "srv" + string(good[3:]), string(good) + "0", strings.ToUpper(string(good)), "dep_../../../../../../etc/passwd"} {
		if _, err := ParseDeploymentID(s); ErrorCode(err) != NotFound {
			t.Errorf("ParseDeploymentID(%q) = %v, want NotFound", s, err)
		}
	}
}

func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{
		"weather":                 "weather",
		"My Weather_Server":       "my-weather-server",
		"--x--":                   "x",
		"日本語":                     "server",
		strings.Repeat("ab-", 40): strings.Trim(strings.Repeat("ab-", 16), "-"),
	} {
		got := SlugFrom(name)
		if got != want || !ValidSlug(got) {
			t.Errorf("SlugFrom(%q) = %q (valid: %t), want %q", name, got, ValidSlug(got), want)
		}
	}
	for _, s := range []string{"", "-a", "a-", "A", "a_b", "a.b", strings.Repeat("a", 49)} {
		if ValidSlug(s) {
			t.Errorf("ValidSlug(%q) = true", s)
		}
	}
}
