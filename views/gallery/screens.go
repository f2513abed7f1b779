package main

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"moorage/views"
	"moorage/views/parts"
)

// screen is one page in one state.
type screen struct {
	name string
	page templ.Component
}

func screens() []screen {
	return slices.Concat(firstRun(), lists(), picking(), planning(), deploying(), serving(), healths(), connecting(), changing(), using(), following(), sharing(), administering(), lettingIn(), scopes(), auditing(), reference(), backingUp(), examining())
}

// now is when every screen is seen.
var now = time.Date(2026, 11, 20, 19, 1, 41, 0, time.UTC)

func ago(d time.Duration) parts.Moment { return parts.MomentOf(now.Add(-d), now) }

// long is a name without a space that no column is wide enough for.
var long = strings.Repeat("averylongname", 16)[:200]

// hostile is what a name looks like that wants to be markup.
const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`

func shellOf(title string, section views.Section, crumbs ...views.Crumb) views.Shell {
	return views.Shell{
		Title: title, Section: section, Crumbs: crumbs,
		Person: views.Person{Login: "ada", Name: "Ada", Admin: true},
	}
}

func crumb(label, url string) views.Crumb { return views.Crumb{Label: label, URL: url} }

func outside(title string) views.Shell { return views.Shell{Title: title} }
