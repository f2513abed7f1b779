package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with a page of the gallery.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string
}

func open(t *testing.T, site *httptest.Server) browser {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.Headless, chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir())}
	for _, flag := range []string{"disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(options...))
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stop)
	b := browser{t, ctx, site.URL}
	b.do(chromedp.EmulateViewport(1280, 900))
	go b.complain()
	return b
}

// complain fails the test when the page breaks the content security policy or
// throws.
func (b browser) complain() {
	for message, err := range chromedp.Console(b.ctx) {
		if err != nil {
			return
		}
		if text := message.String(); message.IsException() || strings.Contains(text, "Content Security Policy") {
			b.t.Error(text)
		}
	}
}

func (b browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.picture("failed")
		b.t.Fatal(err)
	}
}

func (b browser) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url + path))
}

// wait returns when the expression is true. It does not look once a frame: a
// browser on a busy machine may draw none for long.
func (b browser) wait(expression string) {
	b.t.Helper()
	script := fmt.Sprintf("new Promise((done, fail) => { const look = () => { try { (%s) ? done(true) : setTimeout(look, 10) } catch (e) { fail(e) } }; look() })", expression)
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil {
		b.picture("failed")
		b.t.Fatalf("%s: %v", expression, err)
	}
}

func (b browser) text(expression string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// picture keeps a screenshot with the test's artifacts (go test -artifacts).
func (b browser) picture(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 10*time.Second)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), image, 0o600); err != nil {
		b.t.Error(err)
	}
}
