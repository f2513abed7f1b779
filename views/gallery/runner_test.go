package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// runnerPage opens the runner page on a server that answers.
func runnerPage(t *testing.T) (browser, *mcpServer) {
	t.Helper()
	server := &mcpServer{}
	return runnerPageOf(t, server), server
}

// runnerPageOf is runnerPage with a server of the test's own.
func runnerPageOf(t *testing.T, server *mcpServer) browser {
	t.Helper()
	mux := http.NewServeMux()
	server.routes(mux)
	mux.Handle("/", site(demo{}))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(page.Close)
	b := open(t, page)
	b.visit("/servers/demo/tools")
	b.wait(`document.getElementById("session-state").textContent === "Connected" && document.querySelector(".offer")`)
	return b
}

// fill types into the field that has the label.
const fill = `const fill = (label, value) => {
	const found = [...document.querySelectorAll("#workbench label")].find(one => one.firstChild.textContent === label);
	const input = document.getElementById(found.htmlFor);
	if (input.type === "checkbox") input.checked = value; else input.value = value;
	input.dispatchEvent(new Event("input", {bubbles: true}));
};
const press = name => [...document.querySelectorAll("main button")].find(one => one.textContent === name).click();
const pick = name => [...document.querySelectorAll(".offer")].find(one => one.title === name).click();
`

func (b browser) act(script string) {
	b.t.Helper()
	b.text("(() => {" + fill + script + "; return ''})()")
}

func TestAFormSendsWhatTheSchemaSays(t *testing.T) {
	b, server := runnerPage(t)
	b.picture("runner")
	b.act(`fill("place", "Oslo"); fill("days", "3"); fill("detailed", false); fill("north", "59.9"); fill("note", "windy"); fill("shape", "4.5");
		press("Add an entry"); fill("hours 1", "12")`)
	b.act(`press("Call")`)
	b.wait(`document.getElementById("result").textContent.includes("sunny")`)
	b.picture("runner-result")

	var got struct{ Arguments any }
	if err := json.Unmarshal([]byte(server.last("tools/call")), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"place": "Oslo", "days": 3.0, "units": "metric", "detailed": false, "hours": []any{12.0},
		"area": map[string]any{"north": 59.9}, "note": "windy", "shape": 4.5,
	}
	if !reflect.DeepEqual(got.Arguments, want) {
		t.Errorf("the tool was called with\n%v, not\n%v", got.Arguments, want)
	}
	if calls := b.text(`String(document.querySelectorAll("#history li").length)`); calls != "1" {
		t.Errorf("the history holds %s calls", calls)
	}
}

func TestAFormComplainsBeforeItSends(t *testing.T) {
	b, server := runnerPage(t)
	b.act(`fill("place", "X"); fill("days", "many"); fill("shape", "{"); press("Call")`)
	b.wait(`document.querySelectorAll("#workbench .fault:not([hidden])").length >= 4`)
	said := b.text(`[...document.querySelectorAll("#workbench .field .fault:not([hidden])")].map(one => one.textContent).join("|")`)
	if said != "This needs at least 2 characters.|This must be a whole number.|This is not JSON." {
		t.Errorf("the form says %q", said)
	}
	if focused := b.text(`document.activeElement.value`); focused != "X" {
		t.Errorf("the field with %q has the focus, not the first that is wrong", focused)
	}
	b.picture("runner-faults")
	b.act(`press("JSON"); document.querySelector("#workbench textarea[aria-label]").value = '{"place":"Oslo","days":99,"hours":["noon"],"wind":1}'; press("Call")`)
	b.wait(`document.querySelector("#workbench > form > .fault[role=alert]:not([hidden])").textContent.includes("days")`)
	said = b.text(`[...document.querySelectorAll("#workbench .fault[role=alert]:not([hidden])")].map(one => one.textContent).join("|")`)
	for _, complaint := range []string{"days: This must be at most 14.", "hours[0]: This must be a whole number.", "wind: The tool takes nothing called “wind”."} {
		if !strings.Contains(said, complaint) {
			t.Errorf("of the JSON it says %q, not %q", said, complaint)
		}
	}
	if server.last("tools/call") != "" {
		t.Error("the tool was called all the same")
	}
}

func TestJSONAndFormStayInStep(t *testing.T) {
	b, _ := runnerPage(t)
	b.act(`fill("place", "Oslo"); fill("days", "3"); press("JSON")`)
	got := b.text(`document.querySelector("#workbench textarea[aria-label]").value`)
	if !strings.Contains(got, `"place": "Oslo"`) || !strings.Contains(got, `"days": 3`) {
		t.Errorf("the JSON is %s", got)
	}
	b.act(`document.querySelector("#workbench textarea[aria-label]").value = '{"place":"Bergen","days":5,"hours":[1,2]}'; press("Form")`)
	fields := b.text(`[...document.querySelectorAll("#workbench .field:not([hidden]) > input")].map(one => one.value).filter(Boolean).join(" ")`)
	if fields != "Bergen 5 1 2" {
		t.Errorf("the fields hold %q", fields)
	}
}

func TestEveryKindOfResultIsShownAsWhatItIs(t *testing.T) {
	b, _ := runnerPage(t)
	b.act(`pick("everything"); press("Call")`)
	b.wait(`document.querySelector("#result audio")`)
	b.wait(`document.querySelector("#result img").naturalWidth === 1`)
	b.picture("runner-everything")
	shown := b.text(`document.getElementById("result").textContent`)
	for _, want := range []string{"<img src=x onerror=alert(1)> plain", "image/svg+xml", "not shown here", "note://1", "embedded", "Structured content", "21.5"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the result does not say %q", want)
		}
	}
	if images := b.text(`String(document.querySelectorAll("#result img").length)`); images != "1" {
		t.Errorf("%s pictures are shown", images)
	}
	b.act(`press("Read")`)
	b.wait(`document.getElementById("result").textContent.includes("what was read")`)
}

func TestACallShowsProgressAndCanBeCancelled(t *testing.T) {
	b, server := runnerPage(t)
	b.act(`pick("slow"); press("Call")`)
	b.wait(`document.getElementById("result").textContent.includes("two of five")`)
	b.picture("runner-progress")
	b.act(`press("Cancel")`)
	b.wait(`document.getElementById("result").textContent.includes("You cancelled the call.")`)
	b.wait(`!document.getElementById("session-idle").hidden`)
	if said := server.last("notifications/cancelled"); !strings.Contains(said, "requestId") {
		t.Errorf("the server heard %q", said)
	}
	if idle := b.text(`document.getElementById("session-idle").textContent`); !strings.Contains(idle, "A call keeps it open") {
		t.Errorf("the countdown says %q", idle)
	}
}

func TestAClosedSessionSaysWhyAndComesBack(t *testing.T) {
	b, _ := runnerPage(t)
	b.act(`pick("broken"); press("Call")`)
	b.wait(`document.getElementById("session-note").textContent === "The server stopped: exit code 1."`)
	b.wait(`document.getElementById("result").textContent.includes("The server stopped: exit code 1.")`)
	b.picture("runner-closed")
	b.act(`press("Reconnect")`)
	b.wait(`document.getElementById("session-state").textContent === "Connected"`)
}

func TestResourcesAndPromptsCanBeRead(t *testing.T) {
	b, server := runnerPage(t)
	b.act(`[...document.querySelectorAll("[role=tab]")].find(one => one.textContent.startsWith("Templates")).click(); pick("A note"); fill("id", "a b"); press("Read")`)
	b.wait(`document.getElementById("result").textContent.includes("what was read")`)
	if asked := server.last("resources/read"); !strings.Contains(asked, "note://a%20b") {
		t.Errorf("it was asked for %s", asked)
	}
	b.act(`[...document.querySelectorAll("[role=tab]")].find(one => one.textContent.startsWith("Prompts")).click(); pick("greet"); fill("who", "Ada"); press("Get")`)
	b.wait(`document.getElementById("result").textContent.includes("Say hello to Ada")`)
}
