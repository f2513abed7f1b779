package runner

import (
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/jsonrpc"
)

// ofKind are the offers of one kind.
func ofKind(all []moorage.Offer, kind moorage.OfferKind) (some []moorage.Offer) {
	for _, o := range all {
		if o.Kind == kind {
			some = append(some, o)
		}
	}
	return some
}

// everything answers as a server that has something of each kind.
func everything(call jsonrpc.Message) string {
	switch call.Method {
	case "initialize":
		return `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"prompts":{},"resources":{}},"serverInfo":{"name":"all","version":"1"},"instructions":"Be kind."}`
	case "tools/list":
		return `"result":{"tools":[{"name":"t"}]}`
	case "prompts/list":
		return `"result":{"prompts":[{"name":"p"}]}`
	case "resources/list":
		if !strings.Contains(string(call.Params), "cursor") {
			return `"result":{"resources":[{"uri":"file:///1","name":"r"}],"nextCursor":"2"}`
		}
		return `"result":{"resources":[{"uri":"file:///2","name":"r"}]}`
	case "resources/templates/list":
		return `"result":{"resourceTemplates":[{"uriTemplate":"file:///{x}","name":"r"}]}`
	}
	return `"error":{"code":-32601,"message":"Method not found"}`
}

// offersOf is what a server offers that answers everything, but for a method.
func offersOf(t *testing.T, method, otherwise string) ([]string, []string, error) {
	t.Helper()
	p := probeTo(t, func(call jsonrpc.Message) string {
		if call.Method == method {
			return otherwise
		}
		return everything(call)
	})
	info, err := p.introduce(t.Context())
	must(t, err)
	offers, notes, err := p.offers(t.Context(), info)
	var names []string
	for _, o := range offers {
		names = append(names, string(o.Kind)+" "+o.Name)
	}
	return names, notes, err
}

func TestEveryKindOfOffersIsListed(t *testing.T) {
	got, notes, err := offersOf(t, "", "")
	want := []string{"instructions ", "tool t", "prompt p", "resource file:///1", "resource file:///2", "template file:///{x}"}
	if err != nil || !slices.Equal(got, want) || notes != nil {
		t.Errorf("offers %q, notes %q, %v", got, notes, err)
	}
}

func TestAListThatAServerNeedNotHaveIsNoted(t *testing.T) {
	for _, tt := range []struct{ method, answer, note string }{
		{"prompts/list", `"error":{"code":-32603,"message":"Out of cheese"}`, `It answered prompts/list with an error: "Out of cheese". It offers none.`},
		{"prompts/list", `"error":{"code":-32000,"message":"Not now"}`, `It answered prompts/list with an error: "Not now". It offers none.`},
		{"prompts/list", `"result":{"prompts":"none"}`, `It answered prompts/list with an error: "something that is no list of prompts". It offers none.`},
		{"prompts/list", `"result":{"prompts":[{"name":"p"},{"name":"p"}]}`, `The server's prompts cannot be used. It lists the prompt "p" twice.`},
		{"resources/list", `"error":{"code":-32601,"message":"Method not found"}`, `It answered resources/list with an error: "Method not found". It offers none.`},
		{"resources/templates/list", `"error":{"code":-32601,"message":"Method not found"}`, ""},
	} {
		got, notes, err := offersOf(t, tt.method, tt.answer)
		if err != nil || strings.Join(notes, "|") != tt.note || len(got) < 4 {
			t.Errorf("%s %s: offers %q, notes %q, %v", tt.method, tt.answer, got, notes, err)
		}
	}
}

func TestWhatAPersonDoesNotSeeFailsTheProbe(t *testing.T) {
	for method, tt := range map[string]struct{ answer, want string }{
		"tools/list":               {`"result":{"tools":[{"name":"t","description":"Adds.\udb40\udc41"}]}`, `Its tool "t" holds a character that a person does not see in description: U+E0041 TAG A.`},
		"prompts/list":             {`"result":{"prompts":[{"name":"p","arguments":[{"name":"a","description":"\u202e"}]}]}`, `Its prompt "p" holds a character that a person does not see in arguments[0].description: U+202E RIGHT-TO-LEFT OVERRIDE.`},
		"resources/list":           {`"result":{"resources":[{"uri":"x:\u200b"}]}`, `Its resource "x:\u200b" holds a character that a person does not see in uri: U+200B ZERO WIDTH SPACE.`},
		"resources/templates/list": {`"result":{"resourceTemplates":[{"uriTemplate":"x:","title":"\u2066"}]}`, `Its resource template "x:" holds a character that a person does not see in title: U+2066 LEFT-TO-RIGHT ISOLATE.`},
		"initialize":               {`"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"},"instructions":"Do.\u2060"}`, `Its text of instructions holds a character that a person does not see in instructions: U+2060 WORD JOINER.`},
	} {
		_, _, err := offersOf(t, method, tt.answer)
		if moorage.ErrorMessage(err) != tt.want || moorage.ErrorNext(err) == "" || moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%s: %v", method, err)
		}
	}
}
