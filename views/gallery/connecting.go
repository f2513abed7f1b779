package main

import (
	"moorage/views"
	"moorage/views/parts"
)

// connecting is how clients reach a server.
func connecting() []screen {
	page := views.ConnectingPage{
		Shell: shellOf("Connect: Weather", views.SectionServers, crumb("Servers", "/servers"), crumb("Weather", "/servers/weather"), crumb("Connect", "")),
		Head:  serverHead(views.TabConnect), URL: "/servers/weather/connect", CanTest: true,
		How: connectingWords(),
	}
	answered, failed, near, wide := page, page, page, page
	answered.Greeting = &views.GreetingView{Says: "weather 1.2.0, MCP 2025-11-25", Took: "0.3 s", Tools: 4}
	failed.Greeting = &views.GreetingView{Trouble: &parts.Trouble{Message: "The server ended with exit code 3.", Next: "Look at its output, and call again."}}
	near.Near, near.CanTest, near.Why = true, false, "Nothing of it is live yet."
	wide.Head.Title, wide.Head.Endpoint, wide.Greeting = long, "https://moorage.example/mcp/"+long, &views.GreetingView{Says: hostile + long, Took: "12 s"}
	wide.How.Client.SignIn = []views.Paste{{Where: long, Text: long + " " + long}, {Where: "In a terminal", Text: hostile}}
	return []screen{
		{"connect/client", views.Connecting(page)},
		{"connect/answered", views.Connecting(answered)},
		{"connect/failed", views.Connecting(failed)},
		{"connect/nothing-live", views.Connecting(near)},
		{"connect/long", views.Connecting(wide)},
	}
}

// connectingWords are how one client is told of an endpoint.
func connectingWords() views.ConnectView {
	v := views.ConnectView{Client: views.ClientWords{
		ID: "vs-code", Name: "VS Code", Install: "vscode:mcp/install?%7B%7D", Note: "It asks for what it needs when the server is started first.",
		SignIn: []views.Paste{
			{Where: "In a terminal", Text: `code --add-mcp '{"name":"weather","type":"http","url":"https://moorage.example/mcp/weather"}'`},
			{Where: "Or, for one folder, in .vscode/mcp.json", Text: "{\n  \"servers\": {\n    \"weather\": {\n      \"type\": \"http\",\n      \"url\": \"https://moorage.example/mcp/weather\"\n    }\n  }\n}"},
		},
		Token: []views.Paste{{Where: "In .vscode/mcp.json", Text: "{\n  \"servers\": {}\n}"}},
	}}
	for _, name := range []string{"Claude Code", "Claude Desktop", "VS Code", "Cursor", "Codex", "Gemini CLI", "OpenCode", "Other clients"} {
		v.Clients = append(v.Clients, views.ClientLink{ID: name, Name: name, URL: "/connect?client=" + name, Current: name == "VS Code"})
	}
	return v
}
