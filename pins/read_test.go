package pins

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"moorage"
)

func read(kind moorage.OfferKind, objects ...string) ([]moorage.Offer, error) {
	r := Reader{Kind: kind}
	for _, o := range objects {
		if err := r.Add([]json.RawMessage{json.RawMessage(o)}); err != nil {
			return r.Offers, err
		}
	}
	return r.Offers, nil
}

func one(t *testing.T, kind moorage.OfferKind, object string) moorage.Offer {
	t.Helper()
	list, err := read(kind, object)
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func TestAHashForgetsHowAnObjectWasWritten(t *testing.T) {
	first := one(t, moorage.OfferTool, `{"name":"a<b","inputSchema":{"type":"object","z":1,"a":[1,2]}}`)
	same := one(t, moorage.OfferTool, "{ \"inputSchema\": {\"a\":[1, 2],\n\"z\":1,\"type\":\"object\"}, \"name\":\"\\u0061<b\"}")
	other := one(t, moorage.OfferTool, `{"name":"a<b","inputSchema":{"type":"object","z":1,"a":[2,1]}}`)
	if first.Hash != same.Hash || first.Hash == other.Hash || len(first.Hash) != 64 {
		t.Errorf("hashes %s, %s, %s", first.Hash, same.Hash, other.Hash)
	}
	if first.Name != "a<b" || string(first.Object) != `{"name":"a<b","inputSchema":{"type":"object","z":1,"a":[1,2]}}` {
		t.Errorf("it is %s %s", first.Name, first.Object)
	}
}

func TestEveryMemberCountsForTheHash(t *testing.T) {
	seen := map[string]string{}
	for _, object := range []string{
		`{"name":"x"}`, `{"name":"x","_meta":{}}`, `{"name":"x","annotations":{"readOnlyHint":true}}`, `{"name":"x","annotations":{"readOnlyHint":false}}`,
		`{"name":"x","new":9007199254740993}`, `{"name":"x","new":9007199254740992}`, `{"name":"x","outputSchema":{}}`, `{"name":"x","description":""}`,
	} {
		o := one(t, moorage.OfferTool, object)
		if seen[o.Hash] != "" {
			t.Errorf("%s and %s have one hash", object, seen[o.Hash])
		}
		seen[o.Hash] = object
	}
}

func TestEachKindIsKnownByItsOwnName(t *testing.T) {
	for kind, object := range map[moorage.OfferKind]string{
		moorage.OfferTool:     `{"name":"me","uri":"no"}`,
		moorage.OfferPrompt:   `{"name":"me","uriTemplate":"no"}`,
		moorage.OfferResource: `{"name":"no","uri":"me"}`,
		moorage.OfferTemplate: `{"name":"no","uriTemplate":"me"}`,
	} {
		if o := one(t, kind, object); o.Name != "me" || o.Kind != kind {
			t.Errorf("%s is known as %v", object, o.Key())
		}
	}
	list, err := Instructions("Be kind.")
	if err != nil || len(list) != 1 || list[0].Name != "" || list[0].Kind != moorage.OfferInstructions || string(list[0].Object) != `{"instructions":"Be kind."}` {
		t.Errorf("instructions are %+v, %v", list, err)
	}
	if list, err := Instructions(""); err != nil || list != nil {
		t.Errorf("no instructions are %v, %v", list, err)
	}
}

func TestAListThatCannotBeUsedSaysWhy(t *testing.T) {
	big := `{"name":"x","description":"` + strings.Repeat("x", MaxObject) + `"}`
	deep := `{"name":"x","a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`
	for want, objects := range map[string][]string{
		`The server's tools cannot be used. It lists the tool "x" twice.`:                                 {`{"name":"x"}`, `{"name":"x","a":1}`},
		`The server's tools cannot be used. One of its tools has no name, or one of more than 128 bytes.`: {`{"title":"x"}`},
		`The server's tools cannot be used. One of its tools cannot be read: it is not a JSON object.`:    {`["x"]`},
		`The server's tools cannot be used. Its tool "x" has more than 256 kB, or is nested too deep.`:    {big},
		`The server's tools cannot be used. Its tool "x" has more than 256 kB, or is nested too deep. `:   {deep},
	} {
		_, err := read(moorage.OfferTool, objects...)
		if moorage.ErrorMessage(err) != strings.TrimSpace(want) || moorage.ErrorNext(err) == "" || moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("error %q, want %q", moorage.ErrorMessage(err), want)
		}
	}
	for _, ambiguous := range []string{`{"name":"x","name":"y"}`, `{"name":"x","Name":"y"}`, `{"name":"x","a":{"b":1,"b":2}}`, `{"name":"x","a":"` + "\xff" + `"}`} {
		if _, err := read(moorage.OfferTool, ambiguous); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%s is read: %v", ambiguous, err)
		}
	}
	r := Reader{Kind: moorage.OfferPrompt}
	var err error
	for i := 0; err == nil; i++ {
		err = r.Add([]json.RawMessage{fmt.Appendf(nil, `{"name":"p%d"}`, i)})
	}
	if len(r.Offers) != MaxOffers || moorage.ErrorMessage(err) != "The server's prompts cannot be used. It lists more than 1000 prompts, or more than 8 MB of them." {
		t.Errorf("%d prompts, %v", len(r.Offers), err)
	}
}

func TestAnOfferWithWhatAPersonDoesNotSeeSaysWhereItIs(t *testing.T) {
	const zero, override, tag = `\u200b`, `\u202e`, `\udb40\udc41`
	for object, want := range map[string]string{
		`{"name":"a` + zero + `b"}`:                                                           `Its tool "a\u200bb" holds a character that a person does not see in name: U+200B ZERO WIDTH SPACE.`,
		`{"name":"x\n"}`:                                                                      `Its tool "x" holds a character that a person does not see in name: U+000A LINE FEED.`,
		`{"name":"x","title":"` + override + `"}`:                                             `Its tool "x" holds a character that a person does not see in title: U+202E RIGHT-TO-LEFT OVERRIDE.`,
		`{"name":"x","description":"a` + tag + `"}`:                                           `Its tool "x" holds a character that a person does not see in description: U+E0041 TAG A.`,
		`{"name":"x","annotations":{"title":"\u0007"}}`:                                       `Its tool "x" holds a character that a person does not see in annotations.title: U+0007 BELL.`,
		`{"name":"x","_meta":{"a":["b","` + zero + `"]}}`:                                     `Its tool "x" holds a character that a person does not see in _meta.a[1]: U+200B ZERO WIDTH SPACE.`,
		`{"name":"x","description":"Two\nlines\r\nok \t"}`:                                    "",
		`{"name":"x","inputSchema":{"properties":{"c":{"enum":["a","` + zero + `"]}}}}`:       `Its tool "x" holds a character that a person does not see in inputSchema.properties.c.enum[1]: U+200B ZERO WIDTH SPACE.`,
		`{"name":"x","inputSchema":{"properties":{"c":{"default":"` + zero + `"}}}}`:          `Its tool "x" holds a character that a person does not see in inputSchema.properties.c.default: U+200B ZERO WIDTH SPACE.`,
		`{"name":"x","inputSchema":{"properties":{"c` + override + `":{"type":"string"}}}}`:   `Its tool "x" holds a character that a person does not see in inputSchema.properties.c\u202e: U+202E RIGHT-TO-LEFT OVERRIDE.`,
		`{"name":"x","inputSchema":{"properties":{"c":{"pattern":"\\u200b|[\\x00-\\x1f]"}}}}`: "",
	} {
		if got := one(t, moorage.OfferTool, object).Fault; got != want {
			t.Errorf("%s: fault %q, want %q", object, got, want)
		}
	}
	if got := one(t, moorage.OfferResource, `{"uri":"file:///a\u202e","name":"a"}`).Fault; !strings.HasPrefix(got, `Its resource "file:///a\u202e" holds`) || !strings.Contains(got, " in uri: ") {
		t.Errorf("fault %q", got)
	}
	list, err := Instructions("Be kind.\U000e0041")
	if err != nil || list[0].Fault != "Its text of instructions holds a character that a person does not see in instructions: U+E0041 TAG A." {
		t.Errorf("%+v, %v", list, err)
	}
}

func FuzzAnOfferIsReadOneWay(f *testing.F) {
	for _, object := range []string{`{"name":"a<b","description":"\u0000","inputSchema":{"properties":{"x":{"type":["string","null"],"enum":[1,null]}}}}`, `{"name":"x","a":[1,{"b":null}]}`, `{"name":"x","name":"y"}`, `{"Name":"x"}`, `{"name":"\ud800"}`, `{"name":"x"} {}`, `{"name":"x","n":1e999}`, `null`} {
		f.Add([]byte(object))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		list, err := read(moorage.OfferTool, string(object))
		if err != nil {
			if moorage.ErrorCode(err) != moorage.Invalid {
				t.Errorf("%q: %v", object, err)
			}
			return
		}
		again, err := read(moorage.OfferTool, string(list[0].Object))
		if err != nil || again[0].Hash != list[0].Hash || again[0].Name != list[0].Name || again[0].Fault != list[0].Fault || again[0].Name == "" || len(again[0].Name) > maxName {
			t.Errorf("%q is %+v, and its own object is %+v, %v", object, list[0], again, err)
		}
		if d := Diff(list[0].Object, again[0].Object); len(d) > 0 {
			t.Errorf("%q differs from itself by %v", object, d)
		}
	})
}
