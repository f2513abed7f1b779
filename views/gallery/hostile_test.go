package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// sly is what a server says wherever it may say something, of which the page has
// to show at least what is visible.
const (
	visible = `<img src=x onerror=alert(1)><script>alert(1)</script><a href="javascript:alert(1)">x</a><iframe srcdoc=x></iframe>`
	sly     = visible + "\x1b[31m\u202e"
)

type object = map[string]any

// slyAnswers are those of a server that wants to be more than text.
var slyAnswers = map[string]object{
	"initialize": {
		"protocolVersion": "2025-11-25", "capabilities": object{"tools": object{}, "resources": object{}, "prompts": object{}},
		"serverInfo": object{"name": sly, "title": sly, "version": sly}, "instructions": sly,
	},
	"tools/list": {"tools": []object{{"name": sly, "title": sly, "description": sly, "annotations": object{"title": sly}, "inputSchema": object{
		"type": "object", "required": []string{sly}, "properties": object{
			sly:    object{"type": "string", "title": sly, "description": sly, "default": sly, "examples": []string{sly}},
			"one":  object{"enum": []string{sly, "two"}, "description": sly},
			"many": object{"type": "array", "items": object{"type": "string", "description": sly}},
			"deep": object{"type": "object", "title": sly, "properties": object{sly: object{"type": "integer", "description": sly}}},
			"raw":  object{"oneOf": []object{{"type": "string"}, {"type": "number"}}, "description": sly},
		},
	}}}},
	"resources/list":           {"resources": []object{{"uri": "javascript:alert(1)//" + sly, "name": sly, "description": sly, "mimeType": sly}}},
	"resources/templates/list": {"resourceTemplates": []object{{"uriTemplate": "javascript:{" + sly + "}", "name": sly, "description": sly}}},
	"prompts/list":             {"prompts": []object{{"name": sly, "title": sly, "description": sly, "arguments": []object{{"name": sly, "description": sly}}}}},
	"tools/call": {"content": []object{
		{"type": "text", "text": sly},
		{"type": "text", "text": `{"` + visible[:4] + `":"x"}`},
		{"type": "image", "mimeType": "image/svg+xml", "data": "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"},
		{"type": "image", "mimeType": "text/html", "data": "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="},
		{"type": "image", "mimeType": "image/png", "data": "x\" onerror=\"alert(1)"},
		{"type": "image", "mimeType": "image/png", "data": "https://evil.example/x.png"},
		{"type": "image", "mimeType": "image/png", "url": "https://evil.example/x.png", "data": ""},
		{"type": "audio", "mimeType": sly, "data": sly},
		{"type": "resource_link", "uri": "javascript:alert(1)//" + sly, "name": sly, "title": sly, "mimeType": sly},
		{"type": "resource", "resource": object{"uri": "javascript:alert(1)", "mimeType": "text/html", "text": sly}},
		{"type": "resource", "resource": object{"uri": "data:text/html," + sly, "mimeType": "image/svg+xml", "blob": "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"}},
		{"type": sly, sly: sly},
	}, "structuredContent": object{sly: []string{sly}}},
	"resources/read": {"contents": []object{{"uri": "javascript:alert(1)", "mimeType": "text/html", "text": sly}, {"uri": sly, "mimeType": "image/svg+xml", "blob": "PHN2Zy8+"}}},
	"prompts/get":    {"description": sly, "messages": []object{{"role": sly, "content": object{"type": "text", "text": sly}}}},
}

// awake lists what must not come out of words: elements that run or lead
// somewhere, pictures that are not in the answer, and attributes that run.
const awake = `String([...document.querySelectorAll("main *")].filter(one => {
	if (!one.closest("#offers, #workbench, #result, #history, #session-note, #kinds")) return false;
	if (one.localName === "img") return !/^data:image\/(png|jpeg|gif|webp);base64,/.test(one.src);
	return ["script", "a", "iframe", "object", "embed", "form", "base", "meta", "style", "link"].includes(one.localName) && one !== document.querySelector("#workbench > form")
		|| [...one.attributes].some(attribute => attribute.name.startsWith("on") || attribute.name.startsWith("hx-") || /^\s*(javascript|data:text)/i.test(attribute.value) && ["src", "href", "action"].includes(attribute.name));
}).map(one => one.outerHTML).join("\n"))`

func TestWhatAServerSaysStaysText(t *testing.T) {
	refuse := false
	b := runnerPageOf(t, &mcpServer{says: func(m rpc) string {
		if refuse && m.Method == "tools/call" {
			said, _ := json.Marshal(object{"code": -32000, "message": sly, "data": object{sly: sly}}) // strings always marshal
			return "error" + string(said)
		}
		said, _ := json.Marshal(slyAnswers[m.Method])
		return string(said)
	}})
	harmless := func(where string, places ...string) {
		t.Helper()
		if found := b.text(awake); found != "" {
			t.Errorf("%s: words became %s", where, found)
		}
		for _, place := range places {
			if text := b.text(`document.querySelector("` + place + `").textContent`); !strings.Contains(text, visible) {
				t.Errorf("%s: %s does not show the words: %q", where, place, text)
			}
		}
	}
	harmless("the offers", "#offers", "#workbench", "#session-note")
	if turned := b.text(`(() => {
		const word = document.querySelector("#session-note").lastElementChild.firstChild;
		const at = (i) => { const range = new Range(); range.setStart(word, i); range.setEnd(word, i + 1); return range.getBoundingClientRect().left; };
		return word.data.startsWith("MCP") && at(0) < at(1) && at(1) < at(2) ? "" : word.data;
	})()`); turned != "" {
		t.Errorf("the words turn the direction of %q, which is ours", turned)
	}
	if wide := b.text(`[...document.querySelectorAll("#workbench *")].filter(one => one.getBoundingClientRect().right > document.getElementById("workbench").getBoundingClientRect().right).map(one => one.localName).join(" ")`); wide != "" {
		t.Errorf("long words make these wider than where they stand: %s", wide)
	}
	b.picture("runner-hostile")
	b.act(`press("Call")`)
	b.wait(`document.querySelector("#result .json")`)
	harmless("the result", "#result", "#history")
	b.picture("runner-hostile-result")
	b.act(`document.querySelector("#result button").click()`) // Read, of the link
	b.wait(`document.getElementById("result").textContent.includes("Binary, ")`)
	harmless("what was read", "#result")
	tab := func(name, button string) {
		t.Helper()
		b.act(`[...document.querySelectorAll("[role=tab]")].find(one => one.textContent.startsWith("` + name + `")).click(); document.querySelector(".offer").click()`)
		harmless(name, "#offers", "#workbench")
		b.act(`document.getElementById("result").replaceChildren(); press("` + button + `")`)
		b.wait(`document.querySelector("#result .badge")`)
		harmless("what came of "+name, "#result")
	}
	tab("Resources", "Read")
	tab("Prompts", "Get")
	refuse = true
	tab("Tools", "Call")
}
