package main

import (
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

func administering() []screen {
	admin := shellOf("Admin", views.SectionAdmin, crumb("Admin", "/admin/people"), crumb("People", ""))
	people := views.PeoplePage{
		Shell: admin,
		People: []views.PersonRow{
			{ID: "usr_1", Login: "ada", Name: "Ada", Role: moorage.RoleAdmin, Servers: 4, Seen: ago(time.Minute), You: true},
			{ID: "usr_2", Login: "grace", Name: "Grace", Role: moorage.RoleMember, Servers: 1, Seen: ago(30 * time.Hour), CanChange: true},
		},
		Rules: []views.RuleRow{{Kind: moorage.AccessOrganisation, Name: "acme", By: "ada", Added: ago(70 * time.Hour)}},
	}
	wide := people
	wide.People = []views.PersonRow{{ID: "usr_3", Login: long, Name: hostile, Role: moorage.RoleMember, CanChange: true}}
	wide.Rules = []views.RuleRow{{Kind: moorage.AccessUser, Name: long, By: long}}
	wide.Faults, wide.Name = parts.Faults{"name": "GitHub knows nobody of this name."}, hostile
	connection := views.ConnectionPage{
		Shell: admin, ManifestURL: "https://github.com/settings/apps/new?state=abc", Manifest: `{"name":"moorage"}`,
		CallbackURL: "http://127.0.0.1:8080/auth/github/callback", HomepageURL: "http://127.0.0.1:8080",
	}
	connected := connection
	connected.Connected, connected.As, connected.How, connected.ClientID, connected.AppURL = true, "acme-moorage", "Made here by ada", "Iv1.abc", "https://github.com/apps/acme-moorage"
	connected.DisconnectURL = "/admin/github/disconnect"
	fixed := connected
	fixed.Fixed, fixed.How, fixed.AppURL, fixed.DisconnectURL = true, "From the environment", "", ""
	tokens := views.TokensPage{Shell: shellOf("API tokens", views.SectionTokens, crumb("API tokens", "")), BaseURL: "http://127.0.0.1:8080"}
	made := tokens
	made.Fresh = "mcp_6f1c0b2d9a8e7f60514233241506978879"
	made.Tokens = []views.TokenRow{
		{ID: "tok_1", Name: "laptop", Created: ago(time.Second), Expires: parts.MomentOf(now.Add(90*24*time.Hour), now)},
		{ID: "tok_2", Name: long, Created: ago(4000 * time.Hour), Used: ago(3000 * time.Hour), Expires: ago(time.Hour), Expired: true},
	}
	return []screen{
		{"admin/people", views.People(people)},
		{"admin/people-long", views.People(wide)},
		{"admin/github", views.Connection(connection)},
		{"admin/github-connected", views.Connection(connected)},
		{"admin/github-fixed", views.Connection(fixed)},
		{"tokens/empty", views.Tokens(tokens)},
		{"tokens/made", views.Tokens(made)},
	}
}
