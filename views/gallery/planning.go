package main

import (
	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

func plan() views.PlanPage {
	return views.PlanPage{
		Shell:      shellOf("Plan", views.SectionDeploy, crumb("Deploy", "/repos"), crumb("acme/weather", "")),
		SourceName: "acme/weather", SourceURL: "https://github.com/acme/weather", PlanURL: "/repos/acme/weather",
		Refs: []views.RefChoice{{Name: "main", Note: "default branch"}, {Name: "v1.2.0", Note: "tag"}}, Ref: "main", Commit: commit,
		Lines: []views.PlanLine{
			{Topic: moorage.TopicSource, What: "acme/weather at main, commit 1a2b3c4", Why: "The default branch."},
			{Topic: moorage.TopicBuild, What: "Builds examples/weather/Dockerfile with the repository's root as context", Why: "smithery.yaml names it, and its COPY sources exist there."},
			{Topic: moorage.TopicRun, What: "Speaks MCP on standard input and output, with a network of its own", Why: "smithery.yaml says startCommand.type: stdio."},
		},
		Form: views.PlanForm{
			RepoURL: "https://github.com/acme/weather.git", Origin: moorage.OriginRepo, Ref: "main", Commit: commit.Hash, Title: "weather", Slug: "weather",
			Check:       views.SlugCheckView{Slug: "weather", Endpoint: "http://127.0.0.1:8080/mcp/weather", Free: true},
			Existing:    []parts.Option{{Label: "A new server", Selected: true}, {Value: "srv_x", Label: "weather-old"}},
			Dockerfiles: []views.DockerfileChoice{{Value: "Dockerfile", Label: "Dockerfile", Selected: true}, {Value: "generated", Label: "written by Moorage"}, {Value: "release/Dockerfile", Label: "release/Dockerfile", Problem: "It copies dist/, which only a release makes."}},
			CanFollow:   true, Follow: true,
			Context: ".", Generated: "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"index.js\"]\n",
			Run: views.RunForm{Transport: moorage.TransportStdio, Network: moorage.NetworkInternet},
			Variables: []views.VariableField{
				{Name: "WEATHER_API_KEY", Description: "Key of the weather service.", Secret: true, Required: true, From: "smithery.yaml"},
				{Name: "UNITS", Description: "Units of the answers.", Value: "metric", Choices: []string{"metric", "imperial"}, From: "smithery.yaml"},
				{Name: "LOG_LEVEL", Value: "info", From: "Dockerfile"},
			},
		},
	}
}

func planning() []screen {
	loading := plan()
	loading.LoadURL, loading.Lines = "/plan/ready", nil
	failing := plan()
	failing.Lines, failing.Commit = nil, views.CommitView{}
	failing.Trouble = &parts.Trouble{Message: "There is no branch, tag or commit “mian” in acme/weather.", Next: "Choose another one below."}
	faulty := plan()
	faulty.Trouble = &parts.Trouble{Message: "Two fields need another look.", Next: "They are marked below."}
	faulty.Form.Faults = parts.Faults{"slug": "taken", "port": "A port is a number from 1 to 65535."}
	faulty.Form.Check = views.SlugCheckView{Slug: "weather", Problem: "Another server answers at /mcp/weather. Choose another name."}
	faulty.Form.Variables[0].Fault = "The server does not start without it."
	bare := plan()
	bare.Form.Variables, bare.Form.Existing = nil, nil
	wide := plan()
	wide.SourceName, wide.Ref, wide.Form.Title, wide.Commit.Message = long, long, long, long
	wide.Lines = []views.PlanLine{{Topic: moorage.TopicBuild, What: long, Why: hostile}}
	wide.Form.Variables = []views.VariableField{{Name: long[:128], Description: long, From: long}, {Name: "X", Description: hostile, Value: hostile}}
	return []screen{
		{"plan/ready", views.Plan(plan())},
		{"plan/loading", views.Plan(loading)},
		{"plan/failing", views.Plan(failing)},
		{"plan/faulty", views.Plan(faulty)},
		{"plan/bare", views.Plan(bare)},
		{"plan/long", views.Plan(wide)},
	}
}
