package main

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parse renders a screen and reads it as a browser does.
func parse(t *testing.T, s screen) *html.Node {
	t.Helper()
	var page bytes.Buffer
	if err := s.page.Render(t.Context(), &page); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	doc, err := html.Parse(&page)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return doc
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// eachScreen walks through every element of a screen, also those in templates.
func eachScreen(t *testing.T, look func(t *testing.T, n *html.Node)) {
	for _, s := range screens() {
		t.Run(s.name, func(t *testing.T) {
			for n := range parse(t, s).Descendants() {
				if n.Type == html.ElementNode {
					look(t, n)
				}
			}
		})
	}
}

func TestNothingRunsThatIsNotAFileOfOurs(t *testing.T) {
	eachScreen(t, func(t *testing.T, n *html.Node) {
		if n.DataAtom == atom.Script {
			if src, ok := attribute(n, "src"); !ok || !strings.HasPrefix(src, "/static/") || n.FirstChild != nil {
				t.Errorf("a script that is not a file of ours: %q", src)
			}
		}
		if n.DataAtom == atom.Style {
			t.Error("a style element")
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.Contains(a.Val, "js:") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if link := a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction"; link && strings.Contains(strings.ToLower(a.Val), "javascript:") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	})
}

func TestEveryFieldHasALabel(t *testing.T) {
	for _, s := range screens() {
		labels := map[string]bool{}
		doc := parse(t, s)
		for n := range doc.Descendants() {
			if id, ok := attribute(n, "for"); ok && n.DataAtom == atom.Label {
				labels[id] = true
			}
		}
		for n := range doc.Descendants() {
			kind, _ := attribute(n, "type")
			field := n.DataAtom == atom.Input && kind != "hidden" || n.DataAtom == atom.Select || n.DataAtom == atom.Textarea
			if !field {
				continue
			}
			id, _ := attribute(n, "id")
			if _, spoken := attribute(n, "aria-label"); !spoken && !labels[id] {
				t.Errorf("%s: <%s id=%q> has no label", s.name, n.Data, id)
			}
		}
	}
}

func TestEveryFormPostsOrGets(t *testing.T) {
	eachScreen(t, func(t *testing.T, n *html.Node) {
		if n.DataAtom != atom.Form {
			return
		}
		method, _ := attribute(n, "method")
		action, _ := attribute(n, "action")
		if method != "post" && method != "get" || action == "" {
			t.Errorf("<form method=%q action=%q>", method, action)
		}
	})
}

func TestEveryIDStandsOnceAndIsFound(t *testing.T) {
	for _, s := range screens() {
		ids := map[string]bool{}
		doc := parse(t, s)
		for n := range doc.Descendants() {
			if id, ok := attribute(n, "id"); ok && n.Type == html.ElementNode {
				if ids[id] {
					t.Errorf("%s: the id %q stands twice", s.name, id)
				}
				ids[id] = true
			}
		}
		for n := range doc.Descendants() {
			for _, name := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "form"} {
				value, _ := attribute(n, name)
				for id := range strings.FieldsSeq(value) {
					if !ids[id] {
						t.Errorf("%s: <%s %s=%q> points to nothing", s.name, n.Data, name, id)
					}
				}
			}
		}
	}
}

func TestEveryPageSaysWhatItIs(t *testing.T) {
	for _, s := range screens() {
		if strings.HasPrefix(s.name, "fragment/") {
			continue
		}
		headings, titles := 0, 0
		for n := range parse(t, s).Descendants() {
			switch n.DataAtom {
			case atom.H1:
				headings++
			case atom.Title:
				if n.Namespace == "" { // that of a drawing names a part of it
					titles++
				}
			case atom.Button, atom.A:
				if !spoken(n) {
					t.Errorf("%s: a %s that says nothing to a screen reader", s.name, n.Data)
				}
			}
		}
		if headings != 1 || titles != 1 {
			t.Errorf("%s: %d h1 and %d titles", s.name, headings, titles)
		}
	}
}

// spoken reports whether an element has a name for a screen reader.
func spoken(n *html.Node) bool {
	if label, _ := attribute(n, "aria-label"); label != "" {
		return true
	}
	for d := range n.Descendants() {
		if d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" {
			return true
		}
	}
	return false
}

// What people and programs wrote is shown, and stays text.
func TestHostileNamesStayText(t *testing.T) {
	seen := 0
	for _, s := range screens() {
		for n := range parse(t, s).Descendants() {
			if n.DataAtom == atom.Img {
				if src, _ := attribute(n, "src"); src == "x" {
					t.Errorf("%s: a name became a picture", s.name)
				}
			}
			if n.Type == html.TextNode && strings.Contains(n.Data, "<script>alert(1)</script>") {
				seen++
			}
		}
	}
	if seen < 10 {
		t.Errorf("the hostile name was seen %d times; the screens should hold it in more places", seen)
	}
}
