package e2e

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// A person's hands: what they press and type is found by the words on it, and
// must be there to be pressed: visible, enabled, and not under something else.

// spot is the middle of something on the page.
type spot struct{ X, Y float64 }

// finder is a function of the page: the spot of what a search returns.
const finder = `((search) => {
	const words = (e) => (e.getAttribute("aria-label") ?? e.innerText ?? "").replace(/\s+/g, " ").trim();
	const like = (e, text) => text.endsWith("…") ? words(e).startsWith(text.slice(0, -1)) : words(e) === text;
	const element = search(like);
	if (!element || element.disabled) return null;
	element.scrollIntoView({ block: "center", behavior: "instant" });
	const box = element.getBoundingClientRect();
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	const top = document.elementFromPoint(x, y);
	return box.width && top && (element.contains(top) || top.contains(element)) ? { X: x, Y: y } : null;
})`

// at waits until a search in the page finds something that can be pressed.
func (p *page) at(what, search string) spot {
	p.t.Helper()
	var found *spot
	eventually(p.t, what+" can be pressed", func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		s, err := chromedp.Run(ctx, chromedp.Evaluate[*spot](finder+"("+search+")"))
		found = s
		return err == nil && s != nil
	})
	return *found
}

// press clicks the button, link or summary with these words on it. Words that
// end in … are only the beginning.
func (p *page) press(words string) { p.t.Helper(); p.pressIn("body", words) }

// pressIn presses what has the words within a part of the page.
func (p *page) pressIn(scope, words string) {
	p.t.Helper()
	s := p.at(fmt.Sprintf("“%s” in %s", words, scope), fmt.Sprintf(
		`(like) => [...document.querySelectorAll(%s)].flatMap((s) => [...s.querySelectorAll("button, a, summary, [role=tab]")]).find((e) => e.checkVisibility() && like(e, %s))`,
		quote(scope), quote(words)))
	p.do(chromedp.MouseClickXY(s.X, s.Y))
}

// touch clicks what a CSS selector names.
func (p *page) touch(selector string) {
	p.t.Helper()
	s := p.at(selector, "() => document.querySelector("+quote(selector)+")")
	p.do(chromedp.MouseClickXY(s.X, s.Y))
}

// fill types into the field with this label; what stood there goes.
func (p *page) fill(label, value string) {
	p.t.Helper()
	s := p.at("the field "+label, field(label))
	p.do(chromedp.MouseClickXY(s.X, s.Y))
	look[bool](p, `(document.activeElement.select?.(), true)`)
	if value == "" {
		p.key("\b")
		return
	}
	p.typeText(value)
}

// field finds what a label is for; "(required)" is not a part of its words.
func field(label string) string {
	return fmt.Sprintf(`() => { const l = [...document.querySelectorAll("label")].find((l) => l.checkVisibility() && l.innerText.replace("(required)", "").trim() === %s); return l && document.getElementById(l.htmlFor); }`, quote(label))
}

// choose picks an option of the choice with this label, by its words.
func (p *page) choose(label, option string) {
	p.t.Helper()
	p.until("there is a choice "+label, "("+field(label)+")()")
	ok := look[bool](p, fmt.Sprintf(`(() => {
		const choice = (%s)();
		const option = [...choice.options].find((o) => o.text.trim() === %s);
		if (!option) return false;
		choice.value = option.value;
		choice.dispatchEvent(new Event("input", { bubbles: true }));
		choice.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, field(label), quote(option)))
	if !ok {
		p.t.Fatalf("%s offers no %q", label, option)
	}
}

// typeText types where the focus is.
func (p *page) typeText(text string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// key presses one key, of chromedp/kb or a letter.
func (p *page) key(key string, options ...chromedp.KeyOption) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(key, options...))
}

// sees waits until the page shows these words.
func (p *page) sees(words string) {
	p.t.Helper()
	p.until(fmt.Sprintf("the page shows “%s”", words), `document.body.innerText.replace(/\s+/g, " ").includes(`+quote(words)+`)`)
}

// seesIn waits until a part of the page shows these words.
func (p *page) seesIn(scope, words string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s shows “%s”", scope, words), fmt.Sprintf(`document.querySelector(%s)?.innerText.replace(/\s+/g, " ").includes(%s)`, quote(scope), quote(words)))
}

// quote writes a string as JavaScript.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings have JSON
	}
	return string(b)
}

// logSays waits until the log on the page holds words, in an open step or a
// folded one.
func (p *page) logSays(words string) {
	p.t.Helper()
	p.until("the log says “"+words+"”", `[...document.querySelectorAll("#steps .line")].some((line) => line.textContent.includes(`+quote(words)+`))`)
}
