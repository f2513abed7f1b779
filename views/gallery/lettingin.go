package main

import (
	"fmt"
	"slices"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// lettingIn are the pages about MCP clients.
func lettingIn() []screen {
	return slices.Concat(consents(), connectedClients(), endpoints())
}

func consents() []screen {
	local := views.ConsentPage{
		Shell: outside("Let a client in"), Login: "ada", PersonID: "usr_1", Client: "Claude Code", GoesTo: "127.0.0.1:51234", Local: true,
		Server:  "weather",
		Request: []views.HiddenValue{{Name: "client_id", Value: "client_1"}, {Name: "state", Value: hostile}},
	}
	vouched := local
	vouched.Client, vouched.VouchedBy, vouched.GoesTo, vouched.Local = "Claude", "claude.ai", "claude.ai", false
	vouched.Server = ""
	app := local
	app.Client, app.GoesTo = "Cursor", "cursor:"
	wide := vouched
	wide.Login, wide.Client, wide.VouchedBy, wide.GoesTo, wide.Server = long, hostile+long[:60], long, long, long[:48]
	return []screen{
		{"consent/this-machine", views.Consent(local)},
		{"consent/vouched", views.Consent(vouched)},
		{"consent/app", views.Consent(app)},
		{"consent/long", views.Consent(wide)},
		{"consent/refused", views.Error(views.ErrorPage{
			Shell: shellOf("That does not fit", ""), Status: 422, Heading: "That does not fit",
			Message: "The client that sent you here wants the answer at an address that is not one of its own.",
			Next:    "Do not go on if you followed a link to come here. Otherwise, remove this Moorage from the client and add it again.",
			Links:   []parts.Link{{Label: "Home", URL: "/"}},
		})},
	}
}

func connectedClients() []screen {
	page := views.ClientsPage{Shell: shellOf("Connected clients", views.SectionClients, crumb("Connected clients", ""))}
	row := views.ClientRow{
		ID: "gra_1", Name: "Claude Code", From: "127.0.0.1", Local: true, Server: "weather", Resource: "http://127.0.0.1:8080/mcp/weather",
		Since: ago(70 * time.Hour), Used: ago(2 * time.Minute), Ends: parts.MomentOf(now.Add(27*24*time.Hour), now),
	}
	one, many, far := page, page, page
	one.Clients = []views.ClientRow{row}
	for i := range 40 {
		next := row
		next.ID = moorage.GrantID(fmt.Sprintf("gra_%d", i))
		if i%3 == 0 {
			next.Name, next.From, next.Local, next.Server, next.Resource = "Claude", "claude.ai", false, "", "http://127.0.0.1:8080/mcp"
			next.Used = parts.Moment{}
		}
		many.Clients = append(many.Clients, next)
	}
	far.Clients = []views.ClientRow{{ID: "gra_1", Name: long, From: long, Server: long[:48], Since: ago(time.Hour), Ends: row.Ends}, {ID: "gra_2", Name: hostile, From: hostile, Since: ago(time.Hour), Ends: row.Ends}, row}
	return []screen{
		{"clients/empty", views.Clients(page)},
		{"clients/one", views.Clients(one)},
		{"clients/many", views.Clients(many)},
		{"clients/long", views.Clients(far)},
	}
}

// endpoints are the page of the endpoint of all servers.
func endpoints() []screen {
	page := views.EndpointPage{
		Shell: shellOf("Connect", views.SectionConnect, crumb("Connect", "")), How: connectingWords(),
		URL: "https://mcp.example.com/mcp", SmallURL: "https://mcp.example.com/mcp?tools=find",
	}
	weather := views.EndpointServer{Slug: "weather", Title: "Weather", Live: true, On: true, Tools: []views.EndpointTool{
		{Name: "forecast", Description: "The weather of the next seven days at a place", On: true},
		{Name: "radar", Description: "A picture of where it rains now", On: true},
		{Name: "set_station", Description: "Changes the station that readings come from"},
	}}
	out := views.EndpointServer{Slug: "tides", Title: "Tides", Owner: "grace", Live: true, Tools: weather.Tools}
	sleeping := views.EndpointServer{Slug: "moon", Title: "Moon phases", Owner: "grace", On: true}
	one, many, far := page, page, page
	one.Servers = []views.EndpointServer{weather, out, sleeping}
	one.Servers[0].Opened = true
	large := views.EndpointServer{Slug: "everything", Title: "Everything", Live: true, On: true, Opened: true}
	for i := range 1000 {
		large.Tools = append(large.Tools, views.EndpointTool{Name: fmt.Sprintf("tool_%d", i), Description: "What it does, in a line", On: i%7 != 0})
	}
	many.Servers = []views.EndpointServer{large}
	for i := range 49 {
		next := weather
		next.Slug, next.Title = fmt.Sprintf("weather-%d", i), fmt.Sprintf("Weather %d", i)
		many.Servers = append(many.Servers, next)
	}
	many.Pager = parts.Pager{NextURL: "?page=2", Summary: "1–50 of 212"}
	far.Servers = []views.EndpointServer{
		{Slug: long[:48], Title: long, Owner: long, Live: true, On: true, Opened: true, Tools: []views.EndpointTool{{Name: long, Description: long, On: true}, {Name: hostile, Description: hostile}}},
		{Slug: "hostile", Title: hostile, Owner: hostile, Live: true}, weather,
	}
	return []screen{
		{"endpoint/empty", views.Endpoint(page)},
		{"endpoint/one", views.Endpoint(one)},
		{"endpoint/many", views.Endpoint(many)},
		{"endpoint/long", views.Endpoint(far)},
	}
}
