package main

import (
	"encoding/json"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

func serverHead(tab views.ServerTab) views.ServerHeadView {
	return views.ServerHeadView{
		Title: "weather", Slug: "weather", URL: "/servers/weather", Tab: tab, Description: weather.Description, Status: moorage.ServerLive,
		Health: moorage.HealthHealthy, Endpoint: weather.Endpoint, CanManage: true, CanStop: true,
	}
}

func serverShell(page string) views.Shell {
	return shellOf(page+" · weather", views.SectionServers, crumb("Servers", "/servers"), crumb("weather", "/servers/weather"), crumb(page, ""))
}

func overview() views.ServerPage {
	live := deploymentOf(moorage.StatusLive)
	return views.ServerPage{
		Readme: "# Weather\n\nForecasts for [anywhere](https://example.com/anywhere), as an MCP server.\n\n## Tools\n\n- `forecast`: the next days\n- `now`: what it is like outside\n\n| Variable | Means |\n|---|---|\n| `API_KEY` | the key of the service |\n\n```json\n{\"city\": \"Lisbon\"}\n```\n",
		Shell:  serverShell("Overview"), Head: serverHead(views.TabOverview), Source: "acme/weather @ main", SourceURL: "https://github.com/acme/weather",
		Transport: "stdio", Network: "internet", Limits: "512 MB, 1 CPU, 128 processes", Says: "weather 1.2.0, MCP 2025-11-25", Owner: "ada",
		Created: ago(50 * time.Hour), Deployment: &live, Health: healthy(),
		Tools:     []views.ToolSummary{{Name: "forecast", Description: "The weather of the next days.", URL: "/servers/weather/tools#tool=forecast"}, {Name: "warnings", Description: "Warnings of the authorities.", URL: "/servers/weather/tools#tool=warnings", Changed: "Changed 2 days ago"}},
		Instances: []views.InstanceRow{{ID: "ins_06efk3q9w8x7y6z5t4s3r2p1n0", Status: moorage.InstanceReady, Started: ago(time.Minute), Used: ago(10 * time.Second)}},
	}
}

func variables() views.VariablesPage {
	row := func(f views.VariableField) views.VariableRow {
		return views.VariableRow{Field: f, Changed: ago(26 * time.Hour), ChangedBy: "ada"}
	}
	return views.VariablesPage{Shell: serverShell("Variables"), Head: serverHead(views.TabVariables), CanEdit: true, Rows: []views.VariableRow{
		row(views.VariableField{Name: "WEATHER_API_KEY", Description: "Key of the weather service.", Secret: true, Required: true, IsSet: true}),
		row(views.VariableField{Name: "UNITS", Value: "metric", Choices: []string{"metric", "imperial"}}),
		{Field: views.VariableField{Name: "LOG_LEVEL"}},
	}}
}

func settings() views.SettingsPage {
	return views.SettingsPage{
		Shell: serverShell("Settings"), Head: serverHead(views.TabSettings), CanEdit: true, Title: "weather", Description: weather.Description, Ref: "main",
		Run:        views.RunForm{Transport: moorage.TransportHTTP, Port: "8080", Network: moorage.NetworkNone, MemoryMB: "1024", WritableRoot: true},
		Sharing:    views.SharingView{URL: "/servers/weather/sharing", Owner: "ada", Sharing: moorage.SharingPrivate},
		ChangesURL: "/servers/weather/changes", Holds: true,
	}
}

func serving() []screen {
	fresh := overview()
	fresh.Head.Status, fresh.Head.StatusNote, fresh.Head.Failing, fresh.Head.CanStop = moorage.ServerNew, "The first deployment failed", true, false
	fresh.Head.Health, fresh.Health = "", views.HealthView{}
	failed := deploymentOf(moorage.StatusFailed)
	fresh.Deployment, fresh.Last, fresh.Tools, fresh.Instances, fresh.Asks = nil, &failed, nil, nil, []string{"WEATHER_API_KEY"}
	wide := overview()
	wide.Head.Title, wide.Head.Description, wide.Source, wide.Says, wide.Head.Endpoint = long, long, long, hostile, "http://127.0.0.1/mcp/"+long
	wide.Tools = []views.ToolSummary{{Name: long, Description: long, URL: "/"}, {Name: "x", Description: hostile, URL: "javascript:alert(1)"}}
	list := views.ServerDeploymentsPage{Shell: serverShell("Deployments"), Head: serverHead(views.TabDeployments), List: views.DeploymentListView{
		HideServer: true, Rows: []views.DeploymentRow{deploymentOf(moorage.StatusBuilding), deploymentOf(moorage.StatusLive), deploymentOf(moorage.StatusRetired), deploymentOf(moorage.StatusFailed)},
	}}
	guest, empty, broken := variables(), variables(), variables()
	guest.CanEdit = false
	empty.Rows = nil
	broken.Rows[0].Field.Fault = "The server does not start without it."
	broken.Trouble = &parts.Trouble{Message: "The variables were not saved.", Next: "One of them is marked below."}
	faulty, reading, old := settings(), settings(), settings()
	old.Run.Transport = moorage.TransportSSE
	faulty.Faults = parts.Faults{"confirm": "This is not the name of the server.", "port": "A port is a number from 1 to 65535."}
	reading.CanEdit = false
	return []screen{
		{"server/overview", views.Server(overview())},
		{"server/new", views.Server(fresh)},
		{"server/long", views.Server(wide)},
		{"server/deployments", views.ServerDeployments(list)},
		{"server/tools", views.Tools(toolsPage("/servers/weather"))},
		{"server/tools-stopped", views.Tools(views.ToolsPage{Shell: serverShell("Tools"), Head: serverHead(views.TabTools), Why: "Nothing of this server is live. Deploy it to call its tools."})},
		{"server/variables", views.Variables(variables())},
		{"server/variables-empty", views.Variables(empty)},
		{"server/variables-guest", views.Variables(guest)},
		{"server/variables-faulty", views.Variables(broken)},
		{"server/settings", views.Settings(settings())},
		{"server/settings-old-transport", views.Settings(old)},
		{"server/settings-faulty", views.Settings(faulty)},
		{"server/settings-guest", views.Settings(reading)},
		{"fragment/output", views.OutputTail(views.OutputTailView{URL: "/x", Lines: stepsOf(moorage.StepDone, 7)[0].Lines})},
		{"fragment/output-empty", views.OutputTail(views.OutputTailView{URL: "/x", Empty: "Nothing was printed yet."})},
	}
}

func toolsPage(url string) views.ToolsPage {
	head := serverHead(views.TabTools)
	head.URL = url
	return views.ToolsPage{
		Shell: serverShell("Tools"), Head: head, CanCall: true, Notice: views.ChangesNoticeView{URL: url + "/changes"}, TicketURL: url + "/ticket", OutputURL: url + "/output",
		Tools: []views.ToolDetail{
			{Name: "forecast", Title: "Forecast", Description: "The weather of the next days.", Object: json.RawMessage(`{"name":"forecast"}`), Arguments: []views.ToolArgument{{Name: "place", Type: "string", Required: true, Description: "Where."}}},
			{Name: "warnings", Description: hostile},
		},
	}
}
