package main

import (
	"fmt"
	"slices"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

var weather = views.ServerRow{
	Title: "weather", Slug: "weather", URL: "/servers/weather", Description: "Forecasts and warnings for any place.",
	Status: moorage.ServerLive, Health: moorage.HealthHealthy, Tools: 7, Endpoint: "http://127.0.0.1:8080/mcp/weather", Source: "acme/weather @ main", Updated: ago(3 * time.Minute),
}

var commit = views.CommitView{
	Hash: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", Short: "1a2b3c4", Message: "Answer with the local time of the place",
	Author: "Grace", URL: "https://github.com/acme/weather/commit/1a2b3c4d",
}

func deploymentOf(status moorage.DeploymentStatus) views.DeploymentRow {
	row := views.DeploymentRow{
		ID: "dep_06efk3q9w8x7y6z5t4s3r2p1n0", URL: "/deployment/" + string(status), Status: status, ServerTitle: "weather", ServerURL: "/servers/weather",
		Ref: "main", Commit: commit, StartedBy: "ada", Created: ago(9 * time.Minute), Took: "1 min 12 s",
		DiffURL: "https://github.com/acme/weather/compare/0a..1a",
	}
	switch {
	case status == moorage.StatusFailed:
		row.Error = "npm install ended with exit code 1."
	case status == moorage.StatusRetired:
		row.RollbackURL = "/deployments/x/rollback"
	case status.Running():
		row.StartedISO, row.Took = now.Add(-72*time.Second).Format(time.RFC3339), "1 min 12 s"
	}
	return row
}

var allStatuses = []moorage.DeploymentStatus{
	moorage.StatusQueued, moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing,
	moorage.StatusLive, moorage.StatusRetired, moorage.StatusSuperseded, moorage.StatusFailed, moorage.StatusCancelled,
}

func failing() views.ServerRow {
	row := weather
	row.Failing, row.StatusNote = true, "The last deployment failed"
	return row
}

// inHealth is a row of a server that is so.
func inHealth(state moorage.HealthState, note string) views.ServerRow {
	row := weather
	row.Title, row.Health, row.StatusNote = string(state), state, note
	return row
}

func wide(text string) views.ServerRow {
	return views.ServerRow{Title: text, Slug: "x", URL: "/servers/x", Description: text, Status: moorage.ServerStopped, Source: text, Updated: ago(400 * 24 * time.Hour)}
}

func wideDeployment() views.DeploymentRow {
	row := deploymentOf(moorage.StatusFailed)
	row.ServerTitle, row.Ref, row.Commit.Message, row.Error = long, long, long, long
	return row
}

func lists() []screen { return slices.Concat(homes(), serverLists(), deploymentLists(), searches()) }

func homes() []screen {
	shell := shellOf("Home", views.SectionHome, crumb("Home", ""))
	busy := shell
	busy.Toast = "The server weather was stopped."
	return []screen{
		{"home/empty", views.Home(views.HomePage{Shell: shell, Now: views.HomeNowView{FirstSteps: []views.FirstStep{
			{Label: "Connect GitHub", Text: "To see your repositories, and to let people sign in.", URL: "/admin/github", Done: true},
			{Label: "Deploy a server", Text: "Pick a repository, look at the plan, press Deploy.", URL: "/repos"},
			{Label: "Call a tool", Text: "Open the tools of the server and fill a form.", URL: "/servers"},
		}}})},
		{"home/quiet", views.Home(views.HomePage{Shell: shell})},
		{"home/busy", views.Home(views.HomePage{Shell: busy, Now: views.HomeNowView{
			Running: []views.ServerRow{weather, failing(), inHealth(moorage.HealthUnhealthy, unwell.Why), inHealth(moorage.HealthFailing, ends.Why)}, Deploying: []views.DeploymentRow{deploymentOf(moorage.StatusBuilding), deploymentOf(moorage.StatusQueued)},
			Attention: []views.Attention{unwell, ends, {What: "The last deployment of weather failed.", Why: "npm install ended with exit code 1.", URL: "/deployments/x", Do: "Open the log", When: ago(2 * time.Hour)}},
		}})},
		{"home/long", views.Home(views.HomePage{Shell: shell, Now: views.HomeNowView{
			Running: []views.ServerRow{wide(long), wide(hostile)}, Deploying: []views.DeploymentRow{wideDeployment()},
			Attention: []views.Attention{{What: long, Why: long, URL: "/", Do: "Open", When: ago(time.Hour)}},
		}})},
	}
}

func serverLists() []screen {
	page := func(q string, rows ...views.ServerRow) views.ServersPage {
		return views.ServersPage{Shell: shellOf("Servers", views.SectionServers, crumb("Servers", "")), Query: q, List: views.ServerListView{Query: q, Rows: rows}}
	}
	many := page("")
	for i := range 50 {
		row := weather
		row.Title, row.Slug = fmt.Sprintf("server-%d", i), fmt.Sprintf("server-%d", i)
		row.URL = "/servers/" + row.Slug
		many.List.Rows = append(many.List.Rows, row)
	}
	many.List.Pager = parts.Pager{PreviousURL: "/servers?page=1", NextURL: "/servers?page=3", Summary: "51–100 of 1,204"}
	return []screen{
		{"servers/empty", views.Servers(page(""))},
		{"servers/not-found", views.Servers(page(hostile))},
		{"servers/one", views.Servers(page("", weather))},
		{"servers/many", views.Servers(many)},
		{"servers/long", views.Servers(page("", wide(long), weather, wide(hostile), failing()))},
		{"servers/health", views.Servers(page("", inHealth(moorage.HealthIdle, "Starts with the next call"), inHealth(moorage.HealthHealthy, ""), inHealth(moorage.HealthUnhealthy, unwell.Why), inHealth(moorage.HealthFailing, ends.Why)))},
	}
}

func deploymentLists() []screen {
	page := func(rows ...views.DeploymentRow) views.DeploymentsPage {
		return views.DeploymentsPage{
			Shell:    shellOf("Deployments", views.SectionDeployments, crumb("Deployments", "")),
			Statuses: []parts.Option{{Label: "All"}, {Value: "failed", Label: "Failed"}},
			List:     views.DeploymentListView{Rows: rows, Empty: "Nothing was deployed yet. Pick a repository and press Deploy."},
		}
	}
	var every []views.DeploymentRow
	for _, status := range allStatuses {
		every = append(every, deploymentOf(status))
	}
	return []screen{
		{"deployments/empty", views.Deployments(page())},
		{"deployments/every", views.Deployments(page(every...))},
		{"deployments/long", views.Deployments(page(wideDeployment()))},
	}
}

func searches() []screen {
	shell := shellOf("Search", views.SectionHome, crumb("Search", ""))
	return []screen{
		{"search/hits", views.Search(views.SearchPage{Shell: shell, Results: views.SearchResultsView{
			Query: "we", Servers: []views.SearchHit{{Label: "weather", Note: "live", URL: "/servers/weather"}}, Deployments: []views.SearchHit{{Label: long, Note: "failed", URL: "/deployments/x"}},
		}})},
		{"search/none", views.Search(views.SearchPage{Shell: shell, Results: views.SearchResultsView{Query: hostile}})},
	}
}
