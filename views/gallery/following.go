package main

import (
	"strings"
	"time"

	"moorage/views"
	"moorage/views/parts"
)

// follows is a server that is deployed by pushes, of which some came.
func follows() views.SettingsPage {
	p := settings()
	p.AutoDeploy = views.AutoDeployView{
		URL: "/servers/weather/auto-deploy", GitHubURL: "https://github.com", Possible: true, Enabled: true, Branch: "main", AppHears: true,
		WatchPaths: "server/**\nDockerfile", PayloadURL: "https://moorage.example/webhooks/github/srv_06efk3q9w8x7y6z5t4s3r2p1n0",
		HooksURL: "https://github.com/acme/weather/settings/hooks/new",
		Decisions: []views.DecisionRow{
			{At: ago(2 * time.Minute), Ref: "main", Commit: "1a2b3c4", By: "ada", Reason: "It changed server/forecast.go.", DeploymentURL: "/deployments/demo"},
			{At: ago(20 * time.Minute), Ref: "next", Commit: "9f8e7d6", By: "grace", Reason: "It was to the branch next; the server follows main."},
			{At: ago(3 * time.Hour), Ref: "main", Commit: "5c4b3a2", By: "ada", Reason: "It changed nothing that is watched: server/**, Dockerfile."},
			{At: ago(26 * time.Hour), Ref: "tags/v1.2.0", Commit: "5c4b3a2", By: "ada", Reason: "It was of tags/v1.2.0, which is no branch."},
		},
	}
	return p
}

func following() []screen {
	hand, secret, hidden, faulty, wide := follows(), follows(), follows(), follows(), follows()
	hand.AutoDeploy.AppHears, hand.AutoDeploy.Enabled, hand.AutoDeploy.WatchPaths, hand.AutoDeploy.Decisions = false, false, "", nil
	secret.AutoDeploy.AppHears, secret.AutoDeploy.HasSecret, secret.AutoDeploy.FreshSecret = false, true, "K5J2XWQ7DVBN4TRM3AHYZC6LEP"
	hidden.AutoDeploy.Hidden, hidden.AutoDeploy.AppHears, hidden.AutoDeploy.HasSecret = true, false, true
	hidden.AutoDeploy.PayloadURL = "http://127.0.0.1:8080/webhooks/github/srv_06efk3q9w8x7y6z5t4s3r2p1n0"
	hidden.AutoDeploy.Trouble = &parts.Trouble{
		Message: "GitHub is not told how deployments go: it does not let Moorage write that to the repository.",
		Next:    "Give the GitHub App the permissions “Commit statuses” and “Deployments”, to read and write, and accept them where it is installed. Then save this form.",
	}
	faulty.AutoDeploy.WatchPaths = "!server"
	faulty.AutoDeploy.Faults = parts.Faults{"enabled": "acme/weather is a fork, and a push to a fork deploys nothing. Deploy it by hand.", "watch_paths": "!server is no pattern of paths in the repository, such as server/** or *.md."}
	wide.AutoDeploy.Branch, wide.AutoDeploy.WatchPaths = long, strings.Repeat(long+"\n", 3)
	wide.AutoDeploy.Decisions = []views.DecisionRow{{At: ago(time.Hour), Ref: long, Commit: "1a2b3c4", By: long, Reason: "It was to the branch " + long + "."}, {At: ago(time.Hour), Ref: hostile, By: hostile, Reason: hostile}}
	return []screen{
		{"server/auto-deploy", views.Settings(follows())},
		{"server/auto-deploy-by-hand", views.Settings(hand)},
		{"server/auto-deploy-secret", views.Settings(secret)},
		{"server/auto-deploy-trouble", views.Settings(hidden)},
		{"server/auto-deploy-faulty", views.Settings(faulty)},
		{"server/auto-deploy-long", views.Settings(wide)},
	}
}
