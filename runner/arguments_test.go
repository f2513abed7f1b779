package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"moorage"
)

// misfits are the faults of arguments with a schema, a line each.
func misfits(t *testing.T, schema, args string) string {
	t.Helper()
	err := checkArguments(moorage.Offer{Name: "t", Object: []byte(`{"name":"t","inputSchema":` + schema + `}`)}, json.RawMessage(args))
	var faults moorage.Faults
	if err != nil && (moorage.ErrorCode(err) != moorage.Invalid || !errors.As(err, &faults) || len(faults) == 0) {
		t.Fatalf("%s with %s: %v", schema, args, err)
	}
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.Field+" "+f.Message)
	}
	return strings.Join(lines, "\n")
}

func TestArgumentsAreHeldAgainstTheSchemaOfTheTool(t *testing.T) {
	const person = `{"type":"object","required":["name"],"additionalProperties":false,"properties":{
		"name":{"type":"string","minLength":2,"maxLength":5},
		"age":{"type":"integer","minimum":0,"exclusiveMaximum":150},
		"tone":{"enum":["warm","cold"]},
		"tags":{"type":"array","items":{"type":"string"},"maxItems":3,"uniqueItems":true},
		"home":{"$ref":"#/$defs/place"}, "note":{"anyOf":[{"enum":["a"],"type":"string"},{"type":"null"}]}},
		"$defs":{"place":{"type":"object","required":["city"],"properties":{"city":{"type":"string"},"inside":{"$ref":"#/$defs/place"}}}}}`
	for _, tt := range []struct{ schema, args, want string }{
		{person, `{"name":"Ada","age":36,"tone":"warm","tags":["x"],"home":{"city":"Bern","inside":{"city":"Old"}},"note":null}`, ""},
		{person, `[]`, " Give a JSON object."},
		{person, `null`, " Give a JSON object."},
		{person, `{}`, "/name This is needed."},
		{person, `{"name":7}`, "/name Give a text."},
		{person, `{"name":"A"}`, "/name Give at least 2 characters, at most 5 characters."},
		{person, `{"name":"Ada","age":1.5}`, "/age Give a whole number."},
		{person, `{"name":"Ada","age":150}`, "/age Give at least 0, less than 150."},
		{person, `{"name":"Ada","age":36.0}`, ""},
		{person, `{"name":"Ada","tone":"hot"}`, `/tone Choose one of "warm", "cold".`},
		{person, `{"name":"Ada","tags":["a",2]}`, "/tags/1 Give a text."},
		{person, `{"name":"Ada","tags":["a","a"]}`, "/tags Give at most 3 items, each item once."},
		{person, `{"name":"Ada","a/b~":1}`, "/a~1b~0 The tool does not know this."},
		{person, `{"name":"Ada","home":{"city":"Bern","inside":{}}}`, "/home/inside/city This is needed."},
		{person, `{"name":"Ada","note":"b"}`, `/note Choose one of "a".`},
		{person, `{"name":"Ada","note":1}`, "/note Give a text or null."},
		{person, `{"age":"x","tone":1}`, "/name This is needed.\n/age Give a whole number.\n/tone Choose one of \"warm\", \"cold\"."},
		{`{"allOf":[{"required":["a"]},{"properties":{"b":{"const":1}}}]}`, `{"b":2}`, "/a This is needed.\n/b Give 1."},
		{`{"properties":{"a":false}}`, `{"a":1}`, "/a Nothing may stand here."},
		{`{"not":{"required":["a"]}}`, `{"a":1}`, " This is one of the values that the tool does not take."},
		{`{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{"a":1}`, "/b This is needed."},
		{`{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{}`, "/c This is needed."},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `/b This is needed with "a".`},
		{`{"dependentSchemas":{"a":{"required":["c"]}}}`, `{"a":1}`, "/c This is needed."},
		{`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, "/ab Its name does not fit. Give at most 1 characters."},
		{`{"patternProperties":{"^n":{"type":"number"}},"additionalProperties":false}`, `{"n1":"x","m":1}`, "/m The tool does not know this.\n/n1 Give a number."},
		{`{"properties":{"a":{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}}}`, `{"a":[1,"x"]}`, "/a/0 Give a text.\n/a/1 Give a number."},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}}`, `{"a":["x",1]}`, "/a/1 Nothing may stand here."},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"type":"number"}},"properties":{"a":{"$ref":"#/definitions/n","minimum":5}}}`, `{"a":1}`, ""},
		{`{"properties":{"a":{"contains":{"type":"number"},"maxContains":1}}}`, `{"a":[1,2]}`, "/a It holds 2 items of the kind that is wanted 1 to 1 times."},
	} {
		if got := misfits(t, tt.schema, tt.args); got != tt.want {
			t.Errorf("%s\n%s\nis %q\nnot %q", tt.schema, tt.args, got, tt.want)
		}
	}
}

func TestWhatASchemaSaysInOtherWordsIsLeftToTheServer(t *testing.T) {
	for _, schema := range []string{
		`true`, `"nonsense"`, `{"type":"thing"}`, `{"$ref":"https://example.com/schema"}`, `{"$ref":"#gone"}`, `{"$ref":"#/$defs/gone"}`, `{"$ref":"#"}`,
		`{"properties":{"a":{"pattern":"(?<=x)y"}}}`, `{"not":{"$dynamicRef":"#x"}}`, `{"if":{"unevaluatedProperties":false},"then":{"required":["z"]},"else":{"required":["z"]}}`,
		`{"properties":{"a":{"$id":"https://example.com/","$ref":"#/x"}}}`, `{"allOf":[null]}`,
	} {
		if got := misfits(t, schema, `{"a":"b"}`); got != "" {
			t.Errorf("%s: %s", schema, got)
		}
	}
}

func TestASchemaCannotKeepTheCheckBusy(t *testing.T) {
	var defs []string
	for i := range 60 { // each twice the one before
		defs = append(defs, fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i+1, i+1))
	}
	bomb := `{"$ref":"#/$defs/d0","$defs":{` + strings.Join(append(defs, `"d60":{"type":"object"}`), ",") + `}}`
	nested := strings.Repeat(`{"x":`, 50) + "1" + strings.Repeat("}", 50)
	for schema, args := range map[string]string{
		bomb: `{}`,
		`{"properties":{"x":{"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}}}`: nested,
	} {
		if got := misfits(t, schema, args); got != "" {
			t.Errorf("%.100s: %s", schema, got)
		}
	}
	if got := misfits(t, `{}`, strings.Repeat(`{"x":`, 64)+"1"+strings.Repeat("}", 64)); got != " It is nested too deeply." {
		t.Errorf("deep arguments: %q", got)
	}
	many := `{"a":[` + strings.Repeat(`1,`, 1000) + `1]}`
	if got := misfits(t, `{"properties":{"a":{"items":{"type":"string"}}}}`, many); strings.Count(got, "\n") != maxFaults-1 {
		t.Errorf("%d faults are told", strings.Count(got, "\n")+1)
	}
}
