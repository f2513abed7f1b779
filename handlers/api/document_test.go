package api

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"gopkg.in/yaml.v3"

	"moorage"
	"moorage/usage"
)

// described are the Go types that are JSON, by the name of their schema.
var described = map[string]any{
	"DeploymentRequest": DeploymentRequest{}, "Deployment": Deployment{}, "DeploymentList": DeploymentList{}, "Error": Error{}, "Line": Line{},
	"Server": Server{}, "ServerList": ServerList{}, "Service": Service{}, "ServiceList": ServiceList{}, "ServiceDetail": ServiceDetail{},
	"ServiceHealth": ServiceHealth{}, "HealthBucket": HealthBucket{},
	"ServiceUsage": ServiceUsage{}, "UsageNow": UsageNow{}, "UsageOperation": UsageOperation{}, "UsageHistory": usage.Series{}, "UsageCall": UsageCall{},
	"CallRequest": CallRequest{}, "CallResult": CallResult{}, "Problem": Problem{}, "FieldError": FieldError{}, "RPCError": moorage.RPCError{},
}

func document(t *testing.T) (map[string]any, Document) {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal(openapi, &tree); err != nil {
		t.Fatal(err)
	}
	d, err := ReadDocument()
	if err != nil {
		t.Fatal(err)
	}
	return tree, d
}

func TestTheSchemasAreWhatTheTypesMarshal(t *testing.T) {
	_, d := document(t)
	var words []string // schemas of a single word have no type of ours to hold them against
	for _, s := range d.Components.Schemas {
		if len(s.Value.Enum) > 0 {
			words = append(words, s.Key)
			continue
		}
		v, ok := described[s.Key]
		if !ok {
			t.Errorf("%s describes no type", s.Key)
			continue
		}
		names, required := fieldsOf(reflect.TypeOf(v))
		var said []string
		for _, p := range s.Value.Properties {
			said = append(said, p.Key)
			checkKind(t, s.Key+"."+p.Key, p.Value, jsonField(reflect.TypeOf(v), p.Key))
		}
		if !slices.Equal(slices.Sorted(slices.Values(said)), slices.Sorted(slices.Values(names))) {
			t.Errorf("%s: the document has %v, the type %v", s.Key, said, names)
		}
		if !slices.Equal(slices.Sorted(slices.Values(s.Value.Required)), slices.Sorted(slices.Values(required))) {
			t.Errorf("%s: the document requires %v, the type %v", s.Key, s.Value.Required, required)
		}
	}
	if len(d.Components.Schemas) != len(described)+len(words) {
		t.Errorf("%d schemas for %d types and %v", len(d.Components.Schemas), len(described), words)
	}
}

// fieldsOf are the members that a type has as JSON, and those that are never
// left out.
func fieldsOf(t reflect.Type) (names, required []string) {
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return names, required
}

func jsonField(t reflect.Type, name string) reflect.Type {
	var found reflect.StructField
	for _, f := range reflect.VisibleFields(t) { // of two, the one less deep
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name && (found.Type == nil || len(f.Index) < len(found.Index)) {
			found = f
		}
	}
	return found.Type
}

func checkKind(t *testing.T, at string, s Schema, of reflect.Type) {
	t.Helper()
	if of == nil || s.Ref != "" {
		return // the first is said elsewhere, the second checked by itself
	}
	want := map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number", reflect.Bool: "boolean",
		reflect.Map: "object", reflect.Slice: "array", reflect.Struct: "object", reflect.Pointer: "object",
	}[of.Kind()]
	switch of {
	case reflect.TypeFor[time.Time]():
		want = "string"
	case reflect.TypeFor[json.RawMessage]():
		want = "object"
	}
	if string(s.Type) != want {
		t.Errorf("%s is a %q in the document and a %s in Go", at, s.Type, of)
	}
}

func TestTheDocumentIsOpenAPI(t *testing.T) {
	tree, d := document(t)
	if v, _ := tree["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("it is of version %q", v)
	}
	eachRef(tree, func(ref string) {
		var at any = tree
		for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			at, _ = at.(map[string]any)[name]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	var tags, ids []string
	for _, tag := range d.Tags {
		tags = append(tags, tag.Name)
	}
	for _, p := range d.Paths {
		for _, o := range []*Operation{p.Value.Get, p.Value.Post} {
			if o == nil {
				continue
			}
			if o.ID == "" || slices.Contains(ids, o.ID) || o.Summary == "" || len(o.Examples) == 0 {
				t.Errorf("%s: the operation %q needs an id of its own, a summary and an example", p.Key, o.ID)
			}
			ids = append(ids, o.ID)
			if len(o.Tags) != 1 || !slices.Contains(tags, o.Tags[0]) {
				t.Errorf("%s: it is in the groups %v", o.ID, o.Tags)
			}
			if len(o.Responses) < 2 || o.Responses.Get("default").Ref == "" {
				t.Errorf("%s: what does it answer, and what when it does not work?", o.ID)
			}
			checkPathParameters(t, d, p.Key, append(p.Value.Parameters, o.Parameters...))
		}
	}
}

var inBraces = regexp.MustCompile(`\{(\w+)\}`)

func checkPathParameters(t *testing.T, d Document, path string, parameters []Parameter) {
	t.Helper()
	var named, wanted []string
	for _, p := range parameters {
		if p.Ref != "" {
			p = d.Components.Parameters.Get(p.Ref[strings.LastIndexByte(p.Ref, '/')+1:])
		}
		if p.In == "path" && p.Required {
			named = append(named, p.Name)
		}
	}
	for _, m := range inBraces.FindAllStringSubmatch(path, -1) {
		wanted = append(wanted, m[1])
	}
	if !slices.Equal(named, wanted) {
		t.Errorf("%s has the parameters %v", path, named)
	}
}

// eachRef does something with every reference below v.
func eachRef(v any, do func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			do(ref)
		}
		for _, x := range v {
			eachRef(x, do)
		}
	case []any:
		for _, x := range v {
			eachRef(x, do)
		}
	}
}

// schema compiles a schema of the document.
func schema(t *testing.T, name string) *jsonschema.Resolved {
	t.Helper()
	tree, _ := document(t)
	text, err := json.Marshal(map[string]any{"$defs": tree["components"].(map[string]any)["schemas"], "$ref": "#/$defs/" + name})
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "#/components/schemas/", "#/$defs/")), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return resolved
}

func TestTheWordsOfTheDocumentAreOurs(t *testing.T) {
	_, d := document(t)
	for _, word := range d.Components.Schemas.Get("DeploymentStatus").Enum {
		if !moorage.DeploymentStatus(word).Valid() {
			t.Errorf("no deployment is ever %s", word)
		}
	}
}

func TestTheExamplesOfBodiesFit(t *testing.T) {
	_, d := document(t)
	for _, p := range d.Paths {
		if p.Value.Post == nil || p.Value.Post.Body == nil {
			continue
		}
		body := p.Value.Post.Body.Content.Get("application/json")
		name := body.Schema.Ref[strings.LastIndexByte(body.Schema.Ref, '/')+1:]
		if err := schema(t, name).Validate(body.Example); err != nil || len(body.Example) == 0 {
			t.Errorf("%s: %v", p.Key, err)
		}
	}
}
