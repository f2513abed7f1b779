package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"moorage"
	"moorage/store"
)

const (
	longLines = 50_000
	openings  = 3
	maxOpen   = 3 * time.Second
)

// longLog opens a finished log of 50,000 lines in Chromium, in turns with a
// plain file of the same lines.
func longLog(ctx context.Context, b *bench) error {
	h := b.newHome("log")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	client, owner, err := h.operator(ctx)
	if err != nil {
		return errors.Join(err, h.stop())
	}
	var id moorage.DeploymentID
	err = h.inside(ctx, func(db *store.DB) (err error) {
		s := server(owner, "grinder", "https://github.com/acme/grinder")
		if err := db.CreateServer(ctx, s); err != nil {
			return err
		}
		id, err = seedDeployment(ctx, db, s, true, longLines, 0) // a step that failed is open: its lines are laid out
		return err
	})
	if err == nil {
		err = openLog(ctx, h, client, h.url+"/deployments/"+string(id))
	}
	return errors.Join(err, h.stop())
}

func openLog(ctx context.Context, h *home, client *http.Client, address string) error {
	file := plainLog()
	still := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(file) // the browser notices what is missing
	}))
	defer still.Close()
	ctx, closeBrowser, err := chromium(ctx)
	if err != nil {
		return err
	}
	defer closeBrowser()
	at, err := url.Parse(h.url)
	if err != nil {
		return err
	}
	for _, c := range client.Jar.Cookies(at) {
		if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: h.url})
			return err
		})); err != nil {
			return fmt.Errorf("sign the browser in: %w", err)
		}
	}
	var took, byHand []time.Duration
	for range openings + 1 {
		ours, err := openIn(ctx, address)
		if err != nil {
			return err
		}
		its, err := openIn(ctx, still.URL)
		if err != nil {
			return err
		}
		took, byHand = append(took, ours), append(byHand, its)
	}
	// The first pair warmed the browser up.
	h.table.least(fmt.Sprintf("A log of %d lines in Chromium", longLines), median(took[1:]), maxOpen, median(byHand[1:]))
	return nil
}

func chromium(ctx context.Context) (_ context.Context, closeAll func(), err error) {
	ctx, closeAllocator := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath("chromium"), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1280, 900))
	ctx, closeTab := chromedp.NewContext(ctx)
	closeAll = func() { closeTab(); closeAllocator() }
	if err := chromedp.Do(ctx); err != nil {
		closeAll()
		return nil, nil, fmt.Errorf("start Chromium: %w", err)
	}
	return ctx, closeAll, nil
}

// responsive is true when the last line is there and the page has painted twice
// since: it would answer a person.
const responsive = `new Promise((done) => {
	const last = Boolean(document.getElementById("L%d"));
	requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(last))));
})`

// openIn measures from the navigation to a page that would answer a person.
func openIn(ctx context.Context, address string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return 0, err
	}
	return timed(func() error {
		if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
			return err
		}
		whole, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(responsive, longLines), chromedp.EvalAwaitPromise))
		if err == nil && !whole {
			err = fmt.Errorf("%s does not show line %d", address, longLines)
		}
		return err
	})
}

// plainLog is the same lines as a file that somebody wrote by hand.
func plainLog() []byte {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>log</title><pre>")
	for n := 1; n <= longLines; n++ {
		fmt.Fprintf(&b, "<div id=L%d>%s</div>", n, html.EscapeString(seedLine(n)))
	}
	return []byte(b.String())
}
