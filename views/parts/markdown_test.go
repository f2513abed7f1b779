package parts

import (
	"strings"
	"testing"
)

func TestMarkdownKeepsWordsAndNothingThatActs(t *testing.T) {
	for text, want := range map[string]string{
		"# Weather\n\nSays *it*.":       "<h3>Weather</h3>\n<p>Says <em>it</em>.</p>",
		"| a |\n|---|\n| 1 |":           "<td>1</td>",
		"[docs](https://example.com/x)": `<a href="https://example.com/x" rel="nofollow noreferrer">docs</a>`,
		"`<b>`":                         "<code>&lt;b&gt;</code>",
	} {
		if got := markdownOf(t, text); !strings.Contains(got, want) {
			t.Errorf("%q became %q, want %q in it", text, got, want)
		}
	}
	for _, text := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `![x](https://example.com/pixel.png)`, `<div hx-get="/logout" id="main" class="toast">x</div>`,
		`[x](javascript:alert(1))`, `[x](/logout)`, `<a href="data:text/html,x">x</a>`, `<style>*{display:none}</style>`, `<form action="/logout"><input name=x></form>`,
		`<iframe src="https://example.com"></iframe>`, `<p style="position:fixed">x</p>`, `<a href="https://example.com" hx-trigger="load">x</a>`,
	} {
		got := strings.ToLower(markdownOf(t, text))
		for _, bad := range []string{"<script", "onerror", "<img", "hx-", " id=", " class=", "javascript:", `href="/`, "data:", "<style", "style=", "<form", "<input", "<iframe"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
	if got := markdownOf(t, strings.Repeat("long ", maxMarkdown)); len(got) > maxMarkdown+100 {
		t.Errorf("%d bytes were shown", len(got))
	}
}

func markdownOf(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(text).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
