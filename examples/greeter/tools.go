package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func addTools(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{
		Name: "greet", Title: "Greet somebody", Description: "Says hello in a language.",
		InputSchema: schema[greeting](func(p props) {
			p["language"].Enum = []any{"en", "de", "fr", "es", "ja"}
			p["language"].Default = json.RawMessage(`"en"`)
			p["name"].MinLength = jsonschema.Ptr(1)
		}),
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, greet)
	mcp.AddTool(server, &mcp.Tool{
		Name: "add", Title: "Add numbers", Description: "Adds two numbers and returns a structured result.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, add)
	mcp.AddTool(server, &mcp.Tool{
		Name: "plan_trip", Title: "Plan a trip", Description: "Makes a plan for a few days somewhere.",
		InputSchema: schema[trip](func(p props) {
			p["days"].Minimum, p["days"].Maximum = jsonschema.Ptr(1.0), jsonschema.Ptr(14.0)
			p["days"].Default = json.RawMessage("3")
			p["interests"].Type, p["interests"].Types = "array", nil // never null
			p["interests"].Default = json.RawMessage(`["food","museums"]`)
			p["interests"].Items.MinLength = jsonschema.Ptr(1)
			p["by_train"].Default = json.RawMessage("true")
			p["destination"].Properties["country"].Default = json.RawMessage(`"Portugal"`)
		}),
	}, planTrip)
	mcp.AddTool(server, &mcp.Tool{
		Name: "countdown", Title: "Count down", Description: "Counts down and reports its progress. It can be cancelled.",
		InputSchema: schema[count](func(p props) {
			p["from"].Minimum, p["from"].Maximum = jsonschema.Ptr(1.0), jsonschema.Ptr(100.0)
			p["from"].Default = json.RawMessage("5")
			p["pause"].Minimum, p["pause"].Maximum = jsonschema.Ptr(1.0), jsonschema.Ptr(5000.0)
			p["pause"].Default = json.RawMessage("1000")
		}),
	}, countdown)
	mcp.AddTool(server, &mcp.Tool{
		Name: "fail", Title: "Fail", Description: "Answers with an error.",
		InputSchema: schema[failure](func(p props) {
			p["message"].Default = json.RawMessage(`"Something went wrong, as asked."`)
		}),
	}, fail)
}

// props are the properties of a schema, by name.
type props map[string]*jsonschema.Schema

// schema is the schema of In with what its tags cannot say.
func schema[In any](refine func(p props)) *jsonschema.Schema {
	s, err := jsonschema.For[In](nil)
	if err != nil {
		panic(err) // In is one of the types of this package
	}
	refine(s.Properties)
	return s
}

type greeting struct {
	Name     string `json:"name" jsonschema:"who is greeted"`
	Language string `json:"language,omitempty" jsonschema:"the language of the greeting"`
	Loud     bool   `json:"loud,omitempty" jsonschema:"with an exclamation"`
}

var hellos = map[string]string{"en": "Hello", "de": "Hallo", "fr": "Bonjour", "es": "Hola", "ja": "こんにちは"}

func greet(_ context.Context, _ *mcp.CallToolRequest, in greeting) (*mcp.CallToolResult, any, error) {
	words := hellos[in.Language] + ", " + in.Name
	if in.Loud {
		return text(strings.ToUpper(words) + "!"), nil, nil
	}
	return text(words + "."), nil, nil
}

type operands struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b" jsonschema:"the second number"`
}

type sum struct {
	Sum float64 `json:"sum" jsonschema:"a and b together"`
}

func add(_ context.Context, _ *mcp.CallToolRequest, in operands) (*mcp.CallToolResult, sum, error) {
	return nil, sum{Sum: in.A + in.B}, nil
}

type trip struct {
	Destination struct {
		City    string `json:"city" jsonschema:"where to"`
		Country string `json:"country,omitempty" jsonschema:"the country of the city"`
	} `json:"destination" jsonschema:"the place to go to"`
	Days      int      `json:"days,omitempty" jsonschema:"how long"`
	Interests []string `json:"interests,omitempty" jsonschema:"what to look for"`
	ByTrain   bool     `json:"by_train,omitempty" jsonschema:"travel by train"`
}

type plan struct {
	Title string   `json:"title"`
	Days  []string `json:"days"`
}

func planTrip(_ context.Context, _ *mcp.CallToolRequest, in trip) (*mcp.CallToolResult, plan, error) {
	p := plan{Title: fmt.Sprintf("%d days in %s", in.Days, in.Destination.City)}
	if in.Destination.Country != "" {
		p.Title += ", " + in.Destination.Country
	}
	for day := range in.Days {
		what := "a walk"
		if len(in.Interests) > 0 {
			what = in.Interests[day%len(in.Interests)]
		}
		p.Days = append(p.Days, fmt.Sprintf("Day %d: %s", day+1, what))
	}
	if in.ByTrain && len(p.Days) > 0 {
		p.Days[0] += ", after the train has arrived"
	}
	return text(p.Title + "\n" + strings.Join(p.Days, "\n")), p, nil
}

type count struct {
	From  int `json:"from,omitempty" jsonschema:"the first number"`
	Pause int `json:"pause,omitempty" jsonschema:"milliseconds between two numbers"`
}

func countdown(ctx context.Context, req *mcp.CallToolRequest, in count) (*mcp.CallToolResult, any, error) {
	tick := time.NewTicker(time.Duration(in.Pause) * time.Millisecond)
	defer tick.Stop()
	for n := in.From; n > 0; n-- {
		if token := req.Params.GetProgressToken(); token != nil {
			err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
				ProgressToken: token, Progress: float64(in.From - n), Total: float64(in.From), Message: fmt.Sprint(n),
			})
			if err != nil {
				return nil, nil, err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	return text("Lift-off."), nil, nil
}

type failure struct {
	Message string `json:"message,omitempty" jsonschema:"what the error says"`
}

func fail(_ context.Context, _ *mcp.CallToolRequest, in failure) (*mcp.CallToolResult, any, error) {
	result := text(in.Message)
	result.IsError = true
	return result, nil, nil
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}
