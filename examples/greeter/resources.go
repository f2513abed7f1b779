package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	languagesURI = "greeter://languages"
	greetingsURI = "greeter://greetings/"
)

func addResources(server *mcp.Server) {
	server.AddResource(&mcp.Resource{
		URI: languagesURI, Name: "languages", Title: "Languages", MIMEType: "text/plain",
		Description: "The languages that Greeter speaks, one a line.",
	}, readLanguages)
	server.AddResourceTemplate(&mcp.ResourceTemplate{
		URITemplate: greetingsURI + "{language}", Name: "greeting", Title: "Greeting", MIMEType: "text/plain",
		Description: "The greeting of one language.",
	}, readGreeting)
	server.AddPrompt(&mcp.Prompt{
		Name: "welcome", Title: "Welcome somebody", Description: "Asks for a warm welcome.",
		Arguments: []*mcp.PromptArgument{{Name: "name", Description: "who is welcomed", Required: true}},
	}, welcome)
	mcp.AddTool(server, &mcp.Tool{
		Name: "locate", Title: "Locate the languages", Description: "Returns a link to the list of languages.",
	}, locate)
}

func readLanguages(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	return plain(languagesURI, strings.Join(slices.Sorted(maps.Keys(hellos)), "\n")), nil
}

func readGreeting(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	hello, ok := hellos[strings.TrimPrefix(req.Params.URI, greetingsURI)]
	if !ok {
		return nil, mcp.ResourceNotFoundError(req.Params.URI)
	}
	return plain(req.Params.URI, hello), nil
}

func plain(uri, text string) *mcp.ReadResourceResult {
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: uri, MIMEType: "text/plain", Text: text}}}
}

func welcome(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{
		Role:    "user",
		Content: &mcp.TextContent{Text: fmt.Sprintf("Please welcome %s warmly, in two sentences.", req.Params.Arguments["name"])},
	}}}, nil
}

func locate(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.ResourceLink{
		URI: languagesURI, Name: "languages", Title: "Languages", MIMEType: "text/plain",
	}}}, nil, nil
}
