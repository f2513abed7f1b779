package parts

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
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

// readmeAttributes are all that an element of a README may have.
var readmeAttributes = map[string]string{"a": "href rel", "td": "", "th": ""}

// FuzzMarkdown: whatever a README holds, what comes out is words, in elements
// of a short list, with links to the web and nothing else.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n[x](https://example.com \"t\")", "[x](javascript:alert(1))", "<a href=//evil.example onclick=x>", "<https://example.com/?a=<b>", "![i](data:,x)", "|a|\n|:-:|\n|<b|", "<!-- x --><svg/onload=x>",
		"[x](HTTPS://e \"\" )", "<details open ontoggle=x>", "a\n===\n\x00\x1b[31m", "[a]: java\nscript:x\n[a]", "<p hx-get=/x id=main class=toast style=x>", "&lt;script&gt;", "```\"><script>\n```",
	} {
		f.Add(seed)
	}
	elements := " h3 h4 h5 h6 p br hr ul ol li blockquote pre code em strong del table thead tbody tr th td a "
	f.Fuzz(func(t *testing.T, text string) {
		out := markdownOf(t, text)
		for tokens := html.NewTokenizer(strings.NewReader(out)); ; {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				return
			}
			token := tokens.Token()
			if kind == html.TextToken {
				continue
			}
			if kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken || !strings.Contains(elements, " "+token.Data+" ") {
				t.Fatalf("%q made %s", text, token)
			}
			for _, a := range token.Attr {
				web := strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "http://")
				if !strings.Contains(" "+readmeAttributes[token.Data]+" ", " "+a.Key+" ") || a.Key == "href" && !web || a.Key == "rel" && a.Val != "nofollow noreferrer" {
					t.Fatalf("%q made %s", text, token)
				}
			}
		}
	})
}
