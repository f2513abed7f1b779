package parts

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"regexp"
	"sync"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"
)

// maxMarkdown bounds what is rendered; the rest is left out.
const maxMarkdown = 256 << 10 // bytes

// Markdown shows text that somebody else wrote (CommonMark with GitHub's
// tables): words, lists, code, tables and links to other sites. It keeps no
// attribute but the address of a link, so that nothing in it can look like or
// act as a part of our page. Pictures are left out.
func Markdown(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if len(text) > maxMarkdown {
			text = text[:maxMarkdown]
		}
		source := []byte(text)
		doc := markdown().Parser().Parse(gmtext.NewReader(source))
		if err := ast.Walk(doc, lower); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := markdown().Renderer().Render(&b, source, doc); err != nil {
			return err
		}
		_, err := w.Write(markdownPolicy().SanitizeBytes(b.Bytes()))
		return err
	})
}

// lower puts headings below those of the page and of the panel they stand in.
func lower(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if h, ok := n.(*ast.Heading); ok && entering {
		h.Level = min(h.Level+2, 6)
	}
	return ast.WalkContinue, nil
}

var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
})

// Links of a README lead to other sites: a relative one has nothing to lead to here.
var webAddress = regexp.MustCompile(`^https?://`)

var markdownPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").Matching(webAddress).OnElements("a")
	for _, scheme := range []string{"http", "https"} {
		p.AllowURLSchemeWithCustomPolicy(scheme, func(u *url.URL) bool { return u.Host != "" })
	}
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})
