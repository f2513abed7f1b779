package main

import (
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

func sharedSettings(sharing moorage.Sharing, people ...views.SharedPerson) views.SettingsPage {
	p := settings()
	p.Sharing = views.SharingView{URL: "/servers/weather/sharing", Owner: "ada", Sharing: sharing, People: people}
	return p
}

// sharing is what owners see of sharing, and what those see whom they share with.
func sharing() []screen {
	grace := views.SharedPerson{ID: "usr_2", Login: "grace", Name: "Grace Hopper"}
	linus := views.SharedPerson{ID: "usr_3", Login: "linus", Name: "Linus", Admin: true}
	faulty := sharedSettings(moorage.SharingPeople, grace)
	faulty.Sharing.Login, faulty.Sharing.LoginFault, faulty.Sharing.Fault = "graec", "Nobody named graec has signed in to this Moorage yet. Ask them to sign in once.", "Choose one of the three."
	wide := sharedSettings(moorage.SharingPeople, views.SharedPerson{ID: "usr_4", Login: long, Name: long}, views.SharedPerson{ID: "usr_5", Login: hostile, Name: hostile})
	wide.Sharing.Owner, wide.Sharing.Login, wide.Sharing.LoginFault = long, long, hostile

	guest := overview()
	guest.Head.Owner, guest.Head.CanManage, guest.Head.CanStop = "ada", false, false
	guest.Deployment, guest.Instances = nil, nil
	tools := toolsPage("/servers/weather")
	tools.Head, tools.OutputURL = guest.Head, ""
	tools.Head.Tab = views.TabTools
	closed := tools
	closed.CanCall, closed.Why = false, "Nothing of this server is live, so there is nothing to call. Ask ada to deploy it."

	own, theirs, far := weather, weather, foreign(long)
	theirs.Title, theirs.Owner = "maps", "grace"
	list := views.ServerListView{Rows: []views.ServerRow{own, theirs, far}}
	return []screen{
		{"sharing/private", views.Settings(sharedSettings(moorage.SharingPrivate))},
		{"sharing/private-again", views.Settings(sharedSettings(moorage.SharingPrivate, grace))},
		{"sharing/people", views.Settings(sharedSettings(moorage.SharingPeople, grace, linus))},
		{"sharing/everyone", views.Settings(sharedSettings(moorage.SharingEveryone, grace))},
		{"sharing/faulty", views.Settings(faulty)},
		{"sharing/long", views.Settings(wide)},
		{"sharing/guest-overview", views.Server(guest)},
		{"sharing/guest-tools", views.Tools(tools)},
		{"sharing/guest-nothing-live", views.Tools(closed)},
		{"sharing/servers", views.Servers(views.ServersPage{Shell: shellOf("Servers", views.SectionServers, crumb("Servers", "")), List: list})},
	}
}

// foreign is a row of somebody else, whose login no column is wide enough for.
func foreign(text string) views.ServerRow {
	row := wide(text)
	row.Owner = text
	return row
}

// scopes are tokens with and without one.
func scopes() []screen {
	page := views.TokensPage{Shell: shellOf("API tokens", views.SectionTokens, crumb("API tokens", "")), BaseURL: "http://127.0.0.1:8080", Tokens: []views.TokenRow{
		{ID: "tok_1", Name: "laptop", Created: ago(time.Hour), Used: ago(time.Minute)},
		{ID: "tok_2", Name: "rain", Scope: []string{"weather/*", "*/get_*"}, Created: ago(4000 * time.Hour), Used: ago(3000 * time.Hour), Expires: parts.MomentOf(now.Add(90*24*time.Hour), now)},
		{ID: "tok_3", Name: "wide", Scope: []string{long + "/" + long, "a/*", "b/*", "c/*", "d/*", "e/*", "f/*", "g/*"}, Created: ago(time.Hour), Expires: ago(time.Minute), Expired: true},
	}}
	faulty := page
	faulty.Name, faulty.Scope, faulty.Days = "rain", "weather/a/b", "0"
	faulty.Faults = parts.Faults{"scope": "\"weather/a/b\" is no pattern of a server and a tool. Write it like weather/* or */get_*."}
	return []screen{{"tokens/scopes", views.Tokens(page)}, {"tokens/faulty", views.Tokens(faulty)}}
}
