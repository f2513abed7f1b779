package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The stream of the demo breaks off every fifteen messages: the page has to ask
// for the rest with Last-Event-ID, and to show every line once.
func TestABrokenStreamLosesNothingAndRepeatsNothing(t *testing.T) {
	var mu sync.Mutex
	var cursors []string
	demo := demo{lines: 60, every: 5 * time.Millisecond}
	gallery := site(demo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/deployments/demo/log" {
			mu.Lock()
			cursors = append(cursors, r.Header.Get("Last-Event-ID"))
			mu.Unlock()
		}
		gallery.ServeHTTP(w, r)
	}))
	defer server.Close()

	b := open(t, server)
	b.visit("/deployments/demo")
	b.wait(`document.getElementById("deployment-head").dataset.status === "live"`)

	got := b.text(`[...document.querySelectorAll(".line")].map(line => line.id).join(" ")`)
	var want []string
	for seq := range 60 {
		want = append(want, "L"+strconv.Itoa(seq+1))
	}
	if got != strings.Join(want, " ") {
		t.Errorf("the lines on the page are\n%s", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(cursors, ",") != ",15,30,45" && strings.Join(cursors, ",") != ",15,30,45,60" {
		t.Errorf("the page asked after %q", cursors)
	}
}

func TestTheLogFoldsStepsAndSaysItsState(t *testing.T) {
	server := httptest.NewServer(site(demo{lines: 60, every: time.Millisecond}))
	defer server.Close()
	b := open(t, server)
	b.visit("/deployments/demo")
	b.wait(`document.getElementById("deployment-head").dataset.status === "live"`)

	if open := b.text(`String(document.querySelectorAll("details.step[open]").length)`); open != "0" {
		t.Errorf("%s steps are open after all ended well", open)
	}
	if outline := b.text(`[...document.querySelectorAll("#outline li")].map(one => one.id).join(" ")`); outline != "outline-1 outline-2 outline-3" {
		t.Errorf("the list of steps is %q", outline)
	}
	if title := b.text(`document.title`); !strings.HasPrefix(title, "Live · ") {
		t.Errorf("the title is %q", title)
	}
	if icon := b.text(`document.getElementById("favicon").getAttribute("href")`); !strings.HasSuffix(icon, "favicon-good.svg") {
		t.Errorf("the icon is %q", icon)
	}
	if count := b.text(`document.getElementById("log-count").textContent`); count != "60 lines" {
		t.Errorf("the count is %q", count)
	}
	walked := b.text(`(() => {
		const steps = document.getElementById("steps"), seen = [];
		document.addEventListener("htmx:after:process", (event) => seen.push(event.target));
		htmx.process(document.body);
		return seen.some((at) => at.contains(steps) || steps.contains(at)) ? "the steps" : seen.some((at) => at.contains(document.getElementById("log-q"))) ? "the rest" : "nothing";
	})()`)
	if walked != "the rest" {
		t.Errorf("htmx walks through %s", walked)
	}
	b.picture("live")
}

func TestALinkToALineOpensItsStep(t *testing.T) {
	server := httptest.NewServer(site(demo{lines: 60, every: time.Millisecond}))
	defer server.Close()
	b := open(t, server)
	b.visit("/deployment/live#L3-L5")
	b.wait(`document.querySelectorAll(".line.marked").length === 3`)
	if open := b.text(`String(document.getElementById("step-1").open)`); open != "true" {
		t.Error("the step of the lines is folded")
	}
	b.visit("/deployments/demo")
	b.wait(`document.getElementById("deployment-head").dataset.status === "live"`)
	b.text(`document.getElementById("log-q").value = "npm"; document.getElementById("log-q").dispatchEvent(new Event("input", {bubbles: true})); ""`)
	b.wait(`document.querySelector("#log-hits a")`)
	if query := b.text(`document.querySelector("#log-hits mark").textContent`); query != "npm" {
		t.Errorf("the search was asked for %q", query)
	}
	b.text(`document.querySelector("#log-hits a").click(); ""`)
	b.wait(`document.getElementById("step-1").open && document.getElementById("L2").classList.contains("marked")`)
}
