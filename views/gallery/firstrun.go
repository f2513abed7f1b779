package main

import (
	"moorage/views"
	"moorage/views/parts"
)

func firstRun() []screen {
	setup := views.SetupPage{
		Shell: outside("Set up"), Code: "c0de",
		Operator: views.SetupStep{Current: true}, GitHub: views.SetupStep{Locked: true}, Example: views.SetupStep{Locked: true},
	}
	github := setup
	github.Operator, github.OperatorLogin = views.SetupStep{Done: true}, "ada"
	github.GitHub, github.Example = views.SetupStep{Current: true}, views.SetupStep{}
	github.ManifestURL, github.Manifest = "https://github.com/settings/apps/new?state=abc", `{"name":"moorage"}`
	github.CallbackURL, github.HomepageURL = "http://127.0.0.1:8080/auth/github/callback", "http://127.0.0.1:8080"
	github.Engine = "Docker 20.10.24 answers."
	last := github
	last.GitHub, last.GitHubAs, last.Example = views.SetupStep{Done: true}, "acme-moorage, an App of acme", views.SetupStep{Current: true}
	failing := last
	failing.Engine, failing.EngineFails = "", &parts.Trouble{Message: "Docker does not answer at /var/run/docker.sock.", Next: "Start it, then reload this page."}
	failing.Faults = parts.Faults{"client_id": "GitHub does not know this client."}
	return []screen{
		{"setup/first", views.Setup(setup)},
		{"setup/github", views.Setup(github)},
		{"setup/example", views.Setup(last)},
		{"setup/failing", views.Setup(failing)},
		{"login/ready", views.Login(views.LoginPage{Shell: outside("Sign in"), SignInURL: "/auth/github?next=%2F", Provider: "GitHub"})},
		{"login/failing", views.Login(views.LoginPage{
			Shell: outside("Sign in"), SignInURL: "/auth/github", Provider: "github.acme.example",
			Trouble: &parts.Trouble{Message: "GitHub did not answer within 10 seconds.", Next: "Try again in a minute."},
		})},
		{"login/unconnected", views.Login(views.LoginPage{Shell: outside("Sign in")})},
		{"not-allowed/one", views.NotAllowed(views.NotAllowedPage{Shell: outside("No access"), Login: "mallory", Ask: []string{"ada", "grace"}})},
		{"not-allowed/long", views.NotAllowed(views.NotAllowedPage{Shell: outside("No access"), Login: long})},
		{"error/not-found", views.Error(views.ErrorPage{
			Shell: shellOf("Not found", views.SectionHome, crumb("Not found", "")), Status: 404, Heading: "This page does not exist.",
			Message: "There is no deployment with this id, or it belongs to somebody else.", Next: "Look for it in the list of deployments.",
			Links: []parts.Link{{Label: "Deployments", URL: "/deployments"}, {Label: "Home", URL: "/"}},
		})},
		{"error/forbidden", views.Error(views.ErrorPage{
			Shell: shellOf("Forbidden", views.SectionHome, crumb("Forbidden", "")), Status: 403, Heading: "This is for admins.",
			Next: "Ask an admin to do it, or to make you one.", Links: []parts.Link{{Label: "Home", URL: "/"}},
		})},
		{"error/internal", views.Error(views.ErrorPage{
			Shell: outside("Error"), Status: 500, Heading: "Something broke on our side.", Message: "It is in the log of the server.",
			Next: "Try again. If it happens again, tell the operator.", Ref: "ab12cd34", Links: []parts.Link{{Label: "Try again", URL: "/"}},
		})},
		{"error/engine", views.Error(views.ErrorPage{
			Shell: shellOf("Engine", views.SectionHome, crumb("Engine", "")), Status: 503, Heading: "Docker does not answer.",
			Message: "Nothing listens at /var/run/docker.sock.", Next: "Start Docker, then try again.",
			Links: []parts.Link{{Label: "Retry", URL: "/"}, {Label: "Home", URL: "/"}},
		})},
	}
}
