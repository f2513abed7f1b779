package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is one Chromium with a fresh profile.
type browser struct {
	t    *testing.T
	base string // of the Moorage that it visits
	ctx  context.Context
	tabs []*page
}

// openBrowser starts a Chromium that ends with the test. The test fails when
// any page throws, complains in the console, or breaks its own content policy.
func openBrowser(t *testing.T, h *home, more ...string) *browser {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath("chromium"), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.WindowSize(wide, tall), chromedp.ModifyCmdFunc(aloneInItsNetwork),
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...) // it outlives the test's own context by a look at what failed
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	letReach(t, chromedp.FromContext(ctx).Browser.Process().Pid, append(more, h.url, h.github.URL)...)
	b := &browser{t: t, base: h.url, ctx: ctx}
	t.Cleanup(b.lookAtWhatFailed)
	return b
}

func (b *browser) lookAtWhatFailed() {
	for _, p := range b.tabs {
		p.mu.Lock()
		if len(p.faults) > 0 {
			b.t.Errorf("A page complains:\n%s", strings.Join(p.faults, "\n"))
		}
		p.mu.Unlock()
		if b.t.Failed() {
			text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.querySelector("#main") ?? document.body).innerText.slice(0, 1200)`))
			b.t.Logf("A tab of the browser shows (%v) %s", err, text)
		}
		p.close()
	}
}

// page is one tab.
type page struct {
	*browser
	ctx   context.Context
	close context.CancelFunc

	scriptless bool

	mu      sync.Mutex
	allowed map[int64]bool // statuses that this tab is meant to be answered with
	faults  []string
}

// tab opens another tab with the same cookies.
func (b *browser) tab() *page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	return b.adopt(ctx, cancel)
}

// stranger opens a tab that shares nothing with the others: another person's.
func (b *browser) stranger() *page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	return b.adopt(ctx, cancel)
}

func (b *browser) adopt(ctx context.Context, cancel context.CancelFunc) *page {
	b.t.Helper()
	p := &page{browser: b, ctx: ctx, close: cancel, allowed: map[int64]bool{}}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		b.t.Fatalf("listen to a tab: %v", err)
	}
	b.tabs = append(b.tabs, p)
	return p
}

// allow says that answers with a status are what the test is about.
func (p *page) allow(statuses ...int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range statuses {
		p.allowed[s] = true
	}
}

// hear notes what a page should not do. It runs in the browser's loop.
func (p *page) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		said := d.Text
		if d.Exception != nil {
			said += " " + d.Exception.Description
		}
		p.fault("an exception in %s:%d: %s", d.URL, d.LineNumber, said)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			p.fault("console.%s: %s", e.Type, strings.Join(said, " "))
		}
	case *log.EventEntryAdded:
		p.entry(e.Entry)
	}
}

// entry hears of what the browser itself complains about: a broken content
// policy, a request that was refused. Other sites' are not ours.
func (p *page) entry(e *log.Entry) {
	if e.Level != "error" || !strings.HasPrefix(e.URL, p.base) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for status := range p.allowed {
		if e.Source == "network" && strings.Contains(e.Text, fmt.Sprintf("status of %d ", status)) {
			return
		}
	}
	p.faults = append(p.faults, fmt.Sprintf("%s at %s: %s", e.Source, e.URL, e.Text))
}

func (p *page) fault(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// do runs steps within the time that a person would give them.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("the browser at %s: %v", p.location(), err)
	}
}

// look evaluates an expression in the page as it is now.
func look[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true, whatever page comes meanwhile.
func (p *page) until(what, expression string) {
	p.t.Helper()
	eventually(p.t, what, func() bool { return p.is(expression) })
}

// is reports whether an expression is true now; a page that is on its way out
// has nothing true about it.
func (p *page) is(expression string) bool {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
	return err == nil && yes
}

// open goes to a path of Moorage, or to another URL.
func (p *page) open(to string) {
	p.t.Helper()
	if strings.HasPrefix(to, "/") {
		to = p.base + to
	}
	p.do(chromedp.Navigate(to))
}

func (p *page) location() string {
	at, err := chromedp.Run(p.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return at
}

// path is where the tab is, without the base.
func (p *page) path() string { return strings.TrimPrefix(p.location(), p.base) }

// withoutScripts switches JavaScript off in the tab.
func (p *page) withoutScripts() {
	p.t.Helper()
	p.scriptless = true
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// Sizes of a window, in CSS pixels.
const (
	wide   = 1280
	narrow = 390
	tall   = 900
)

// shoot takes pictures of the page as it is, when pictures are asked for.
func (p *page) shoot(name string) {
	p.t.Helper()
	if os.Getenv("MOORAGE_SCREENSHOTS") != "1" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{wide, narrow} {
			p.do(chromedp.EmulateViewport(width, tall), preferTheme(theme))
			if !p.scriptless {
				p.do(painted)
			}
			take := chromedp.FullScreenshot(100)
			if p.is("document.documentElement.scrollHeight > 8000") { // a long log fits in no picture
				take = chromedp.CaptureScreenshot()
			}
			picture, err := chromedp.Run(p.ctx, take)
			if err == nil {
				err = os.MkdirAll("screenshots", 0o755)
			}
			if err == nil {
				err = os.WriteFile(fmt.Sprintf("screenshots/%s-%s-%d.png", name, theme, width), picture, 0o644)
			}
			if err != nil {
				p.t.Fatalf("take a picture: %v", err)
			}
		}
	}
	p.do(chromedp.EmulateViewport(wide, tall), preferTheme("light"))
}

// painted waits until the page looks as it was told to, colours that are on
// their way included; those of what is out of sight never arrive.
var painted = chromedp.Evaluate[chromedp.Void](`new Promise((done) => {
	let frames = 60;
	const frame = () => requestAnimationFrame(frames-- > 0 && document.getAnimations().some((a) => a instanceof CSSTransition) ? frame : done);
	requestAnimationFrame(() => requestAnimationFrame(frame));
})`, chromedp.EvalAwaitPromise)

func preferTheme(theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // no picture of colours on their way
			},
		})
		return err
	})
}
