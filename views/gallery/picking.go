package main

import (
	"fmt"
	"time"

	"moorage/views"
	"moorage/views/parts"
)

var repo = views.RepoRow{
	Owner: "acme", Name: "weather", Description: "An MCP server for forecasts", Language: "TypeScript", URL: "/repos/acme/weather",
	Holds: []string{"Dockerfile", "smithery.yaml"}, Private: true, Recent: true, Pushed: ago(40 * time.Minute),
}

func picking() []screen {
	page := func(list views.RepoListView) views.ReposPage {
		return views.ReposPage{
			Shell: shellOf("Deploy", views.SectionDeploy, crumb("Deploy", "")),
			Query: list.Query, Owners: []parts.Option{{Label: "Everyone"}, {Value: "ada", Label: "ada"}, {Value: "acme", Label: "acme"}}, List: list,
			AccessURL: "https://github.com/settings/connections/applications/abc", GitHint: "An https address of a Git repository.",
		}
	}
	lazy := repo
	lazy.Name, lazy.Holds, lazy.HoldsURL, lazy.Private, lazy.Recent = "lazy", nil, "/repos/acme/lazy/holds", false, false
	wide := repo
	wide.Owner, wide.Name, wide.Description, wide.Fork, wide.Archived = long[:39], long[:100], long, true, true
	evil := repo
	evil.Description = hostile
	many := views.RepoListView{Summary: "50 of 1,024", Fetched: ago(4 * time.Minute), MoreURL: "/repos?page=2"}
	for i := range 50 {
		row := repo
		row.Name, row.Private, row.Recent = fmt.Sprintf("project-%02d", i), i%3 == 0, i < 2
		row.URL, row.Pushed = "/repos/acme/"+row.Name, ago(time.Duration(i*i)*time.Hour)
		many.Rows = append(many.Rows, row)
	}
	trouble := func(message, next string, links ...parts.Link) views.RepoListView {
		return views.RepoListView{Trouble: &parts.Trouble{Message: message, Next: next, Links: links}}
	}
	stale := trouble("GitHub does not answer.", "This is the list of 20 minutes ago.", parts.Link{Label: "Try again", URL: "/repos"})
	stale.Rows, stale.Summary, stale.Fetched = []views.RepoRow{repo}, "1 repository", ago(20*time.Minute)
	faulty := page(views.RepoListView{Rows: []views.RepoRow{repo}})
	faulty.GitURL, faulty.GitFaults = "ftp://x", parts.Faults{"url": "Only https addresses can be cloned."}
	return []screen{
		{"repos/one", views.Repos(page(views.RepoListView{Rows: []views.RepoRow{repo, lazy}, Summary: "2 repositories", Fetched: ago(time.Minute)}))},
		{"repos/empty", views.Repos(page(views.RepoListView{}))},
		{"repos/not-found", views.Repos(page(views.RepoListView{Query: hostile}))},
		{"repos/many", views.Repos(page(many))},
		{"repos/long", views.Repos(page(views.RepoListView{Rows: []views.RepoRow{wide, repo, evil}}))},
		{"repos/stale", views.Repos(page(stale))},
		{"repos/revoked", views.Repos(page(trouble("GitHub no longer accepts your sign-in.", "Sign in again to see your repositories.", parts.Link{Label: "Sign in again", URL: "/auth/github?next=/repos"})))},
		{"repos/limited", views.Repos(page(trouble("GitHub allows no more requests until 19:30.", "Wait until then, or deploy a Git URL.")))},
		{"repos/unconnected", views.Repos(page(trouble("GitHub is not connected to your account.", "Connect it to see your repositories.", parts.Link{Label: "Connect GitHub", URL: "/auth/github"})))},
		{"repos/faulty", views.Repos(faulty)},
	}
}
