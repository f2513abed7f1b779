package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// payloads are what commit messages, branches, logs, tool names and results
// hold when they want to be more than text.
func payloads() []string {
	plain := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<a href="https://evil.example">x</a>`, `<div hx-get="//evil.example" hx-trigger=load>x</div>`,
		`<form action=//evil.example><input name=x>`, `<iframe srcdoc="<script>x</script>">`, `<style>*{display:none}</style>`, `<base href=//evil.example>`, `<meta http-equiv=refresh content=0>`,
		`<template><script>x</script></template>`, `<details open ontoggle=alert(1)>`, `<button formaction=//evil.example>`, `<math><mi xlink:href="javascript:x">`, `<!--`, `-->`, `<![CDATA[`, `<?xml`, `</div></main></body></html>`,
		` onfocus=alert(1) autofocus x=`, `javascript:alert(1)`, `data:text/html,<script>x</script>`, `//evil.example/x`, `https://evil.example/x`, `{{constructor.constructor('x')()}}`, `${alert(1)}`, `&lt;script&gt;`, `&#60;script&#62;`,
		"\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "\x1b[31m<b>\x1b[0m", "\x1b[", "\x9b31m", "\x00<b>", "\xff<b>\xfe", "a\r<b>b", "\u202e<b>", "\u2028<b>",
	}
	var all []string
	for _, p := range plain {
		all = append(all, p, `">`+p, `'>`+p, `</textarea></title></option></script>`+p)
	}
	return all
}

// stage is a page, made anew for each payload.
type stage struct {
	name string
	make func() (view any, page func() templ.Component)
}

func stageOf[V any](name string, make func() V, page func(V) templ.Component) stage {
	return stage{name, func() (any, func() templ.Component) {
		v := make()
		return &v, func() templ.Component { return page(v) }
	}}
}

func stages() []stage {
	return []stage{
		stageOf("server", overview, views.Server),
		stageOf("variables", variables, views.Variables),
		stageOf("settings", func() views.SettingsPage {
			p := sharedSettings(moorage.SharingPeople, views.SharedPerson{ID: "usr_1", Login: "x", Name: "x"})
			p.Sharing.Login, p.Sharing.LoginFault = "x", "x"
			return p
		}, views.Settings),
		stageOf("changes", heldChanges, views.Changes),
		stageOf("tools", func() views.ToolsPage { return toolsPage("/servers/weather/tools") }, views.Tools),
		stageOf("plan", func() views.PlanPage {
			p := plan()
			p.Trouble = &parts.Trouble{Message: "x", Next: "x"}
			p.Form.Faults = parts.Faults{"slug": "taken"}
			return p
		}, views.Plan),
		stageOf("failed deployment", func() views.DeploymentPage { return deployment(moorage.StatusFailed, moorage.StepFailed, 7) }, views.Deployment),
		stageOf("live deployment", func() views.DeploymentPage { return deployment(moorage.StatusLive, moorage.StepDone, 7) }, views.Deployment),
		stageOf("output", func() views.OutputTailView {
			return views.OutputTailView{URL: "/x", Lines: stepsOf(moorage.StepDone, 7)[0].Lines}
		}, views.OutputTail),
		stageOf("lines of a stream", func() []parts.LineView { return stepsOf(moorage.StepDone, 7)[0].Lines }, func(l []parts.LineView) templ.Component { return views.StreamLines(1, l) }),
		stageOf("log hits", func() views.LogHitsView {
			return views.LogHitsView{Query: "x", Hits: []views.LogHit{{Seq: 1, Step: 1, Before: "x", Match: "x", After: "x"}}}
		}, views.LogHits),
		stageOf("search", func() views.SearchResultsView {
			return views.SearchResultsView{Query: "x", Servers: []views.SearchHit{{Label: "x", Note: "x", URL: "/x"}}}
		}, views.SearchResults),
		stageOf("servers", func() views.ServerListView { return views.ServerListView{Rows: []views.ServerRow{weather, failing()}} }, views.ServerList),
		stageOf("deployments", func() views.DeploymentListView {
			return views.DeploymentListView{Rows: []views.DeploymentRow{deploymentOf(moorage.StatusFailed), deploymentOf(moorage.StatusLive)}}
		}, views.DeploymentList),
	}
}

// TestNoStoredPayloadBecomesMarkup puts each payload into every field of text of
// each page at once, and wants the elements and attributes that harmless words give.
func TestNoStoredPayloadBecomesMarkup(t *testing.T) {
	all := payloads()
	fields := 0
	for _, s := range stages() {
		want, n := s.shape(t, "harmless words")
		fields += n
		for _, payload := range all {
			if got, _ := s.shape(t, payload); !slices.Equal(got, want) {
				i := 0
				for i < min(len(got), len(want)) && got[i] == want[i] {
					i++
				}
				t.Errorf("%s: %q became markup: %q instead of %q", s.name, payload, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
				break
			}
		}
	}
	if len(all) < 100 || fields < 100 {
		t.Errorf("%d payloads in %d fields", len(all), fields)
	}
	t.Logf("%d payloads in %d fields", len(all), fields)
}

// coloured is the class of a span that ANSI makes; there may be any number.
var coloured = regexp.MustCompile(`^((f|b)[0-9]+|bold|dim|italic|underline)( |$)`)

// shape fills and renders the page, and lists its elements, each with the names
// of its attributes. It returns also how many fields were filled.
func (s stage) shape(t *testing.T, text string) (shape []string, fields int) {
	t.Helper()
	view, page := s.make()
	fields = putInto(reflect.ValueOf(view).Elem(), text)
	var out bytes.Buffer
	if err := page().Render(t.Context(), &out); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	inColour := 0
	for tokens := html.NewTokenizer(&out); tokens.Next() != html.ErrorToken; {
		token := tokens.Token()
		class := ""
		if len(token.Attr) == 1 && token.Attr[0].Key == "class" {
			class = token.Attr[0].Val
		}
		switch {
		case token.Type == html.TextToken:
		case token.Data == "span" && token.Type == html.StartTagToken && coloured.MatchString(class):
			inColour++
		case token.Data == "span" && token.Type == html.EndTagToken && inColour > 0:
			inColour--
		default:
			var names []string
			for _, a := range token.Attr {
				names = append(names, a.Key)
				checkAddress(t, s.name, token, a)
			}
			shape = append(shape, fmt.Sprint(token.Type, " ", token.Data, " ", names))
		}
	}
	return shape, fields
}

// checkAddress refuses an attribute that would lead to another site, or run.
func checkAddress(t *testing.T, page string, token html.Token, a html.Attribute) {
	t.Helper()
	if !slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) && !strings.HasPrefix(a.Key, "hx-") {
		return
	}
	value := strings.ToLower(strings.TrimSpace(a.Val))
	for _, bad := range []string{"javascript:", "data:", "vbscript:", "//", "https://evil", "http://evil"} {
		if strings.HasPrefix(value, bad) {
			t.Errorf("%s: %s leads to %q", page, token.Data, a.Val)
		}
	}
}

// putInto puts the text into every string that is not empty, not an address that
// our own handlers write, and not a word of the product's. It returns how many.
func putInto(v reflect.Value, text string) (n int) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			v.SetString(text)
			return 1
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return putInto(v.Elem(), text)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			object, _ := json.Marshal(map[string]string{"name": text, "description": text}) // strings always marshal
			v.SetBytes(object)
			return 1
		}
		for i := range v.Len() {
			n += putInto(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			ours := strings.HasSuffix(field.Name, "URL") || strings.HasSuffix(field.Name, "ISO") || field.Name == "Readme"
			if field.IsExported() && !ours && v.Field(i).CanSet() && field.Type != reflect.TypeFor[parts.Moment]() {
				n += putInto(v.Field(i), text)
			}
		}
	}
	return n
}
