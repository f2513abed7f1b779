package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

const (
	maxHits  = 200
	maxQuery = 200 // characters of a search
)

// Text handles "GET /deployments/:id/log.txt": the whole log as it was printed.
func (h deployments) Text(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s.txt"`, d.ID))
	c.Response().WriteHeader(http.StatusOK)
	return writeLog(c.Request().Context(), h.db, d.ID, c.Response())
}

// writeLog writes the lines of a log as text.
func writeLog(ctx context.Context, db logReader, id moorage.DeploymentID, w io.Writer) error {
	out := bufio.NewWriter(w)
	err := db.EachLogLine(ctx, id, func(l moorage.LogLine) error {
		_, err := out.WriteString(l.Text + "\n")
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// Search handles "GET /deployments/:id/search?q=".
func (h deployments) Search(c echo.Context) error {
	d, err := h.load(c)
	if err != nil {
		return err
	}
	v := views.LogHitsView{Query: clip(c.QueryParam("q"), maxQuery)}
	if v.Query != "" {
		lines, err := h.db.SearchLog(c.Request().Context(), d.ID, v.Query, maxHits+1)
		if err != nil {
			return err
		}
		v.More = len(lines) > maxHits
		for _, l := range lines[:min(len(lines), maxHits)] {
			v.Hits = append(v.Hits, logHit(l, v.Query))
		}
	}
	return render(c, http.StatusOK, views.LogHits(v), nil)
}

// logHit cuts a line around what was searched for. It finds what the store's
// search finds: the case of a–z does not matter.
func logHit(l moorage.LogLine, query string) views.LogHit {
	text := parts.Plain(l.Text)
	i := strings.Index(lowerASCII(text), lowerASCII(query))
	if i < 0 { // in what is not shown, such as a colour
		return views.LogHit{Seq: l.Seq, Step: l.Step, Before: clip(text, maxQuery)}
	}
	from := max(0, i-60)
	return views.LogHit{
		Seq: l.Seq, Step: l.Step,
		Before: strings.ToValidUTF8(text[from:i], ""),
		Match:  strings.ToValidUTF8(text[i:i+len(query)], ""),
		After:  strings.ToValidUTF8(clip(text[i+len(query):], maxQuery), ""),
	}
}

// lowerASCII keeps every byte where it is, as strings.ToLower does not.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
