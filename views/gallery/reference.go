package main

import (
	"moorage/views"
)

// reference is the page of the API: for somebody who is signed in, and for a
// stranger; with names that are long, and with nothing in it.
func reference() []screen {
	page := views.DocsPage{
		Shell: shellOf("API", views.SectionTokens, crumb("API", "")), BaseURL: "http://127.0.0.1:8080",
		Summary: "Deploy MCP servers from Git repositories, follow their logs, and call their tools.",
		Intro:   []string{"Everything here takes JSON and answers with JSON.", "Lists come in pages."},
		Groups: []views.DocsGroup{
			{Name: "Servers", Description: "What is deployed.", Operations: []views.DocsOperation{{
				ID: "listServers", Method: "GET", Path: "/api/servers", Summary: "List servers", Description: []string{"By slug; yours, and as an admin everybody's."},
				Parameters: []views.DocsField{{Name: "limit", In: "query", Kind: "integer", Description: "How many at most."}},
				Answers:    []views.DocsAnswer{{Status: "200", Description: "One page.", Bodies: []views.DocsField{{Name: "application/json", Kind: "ServerList", Link: "ServerList"}}}},
				Examples:   []views.DocsExample{{Label: "curl", Text: `curl -H "Authorization: Bearer $MOORAGE_TOKEN" "$MOORAGE_URL/api/servers?search=weather"`}, {Label: "moorage", Text: "moorage servers"}},
			}}},
			{Name: "Services", Description: "What is live.", Operations: []views.DocsOperation{{
				ID: "call", Method: "POST", Path: "/api/services/{slug}/call", Summary: "Call a tool", Body: "CallRequest", BodyExample: "{\n  \"tool\": \"greet\"\n}",
				Parameters: []views.DocsField{{Name: "slug", In: "path", Kind: "string", Required: true, Description: "The word of the server in its URLs."}},
				Answers:    []views.DocsAnswer{{Status: "200", Description: "What the tool answered."}},
			}}},
		},
		Types: []views.DocsType{
			{Name: "CallRequest", Fields: []views.DocsField{{Name: "tool", Kind: "string", Required: true}, {Name: "args", Kind: "object", Description: "What the tool asks for."}}},
			{Name: "Code", Description: "What kind of trouble it is.", Words: []string{"invalid", "not_found", "conflict"}},
		},
	}
	stranger, wide := page, page
	stranger.Shell = views.Shell{Title: "API"}
	wide.Groups = []views.DocsGroup{{Name: long, Description: hostile, Operations: []views.DocsOperation{{
		ID: "long", Method: "POST", Path: "/api/" + long, Summary: long, Description: []string{hostile, long}, Body: long, BodyExample: long,
		Parameters: []views.DocsField{{Name: long, In: "query", Kind: long, Link: long, Required: true, Description: long, Words: []string{long, long}}},
		Answers:    []views.DocsAnswer{{Status: "200", Description: long}}, Examples: []views.DocsExample{{Label: "curl", Text: long}},
	}}}}
	return []screen{
		{"docs/reference", views.Docs(page)},
		{"docs/stranger", views.Docs(stranger)},
		{"docs/long", views.Docs(wide)},
		{"docs/empty", views.Docs(views.DocsPage{Shell: page.Shell})},
	}
}
