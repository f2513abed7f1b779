package main

import (
	"fmt"
	"time"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

func headOf(status moorage.DeploymentStatus) views.DeploymentHeadView {
	row := deploymentOf(status)
	head := views.DeploymentHeadView{
		ID: row.ID, Status: status, ServerTitle: "weather", ServerURL: "/servers/weather", Source: "acme/weather", Ref: "main", Commit: commit,
		StartedBy: "ada", Created: ago(90 * time.Second), Took: row.Took, StartedISO: row.StartedISO,
	}
	switch {
	case status == moorage.StatusQueued:
		head.StatusNote, head.Took = "Waits for 2 others", ""
		head.CancelURL = "/deployments/x/cancel"
	case status.Running():
		head.CancelURL = "/deployments/x/cancel"
	case status == moorage.StatusLive:
		head.Image, head.RetryURL = "96.0 MB, sha256:9a1c0b2d", "/deployments/x/redeploy"
		head.Live = &views.Live{Endpoint: weather.Endpoint, ToolsURL: "/servers/weather/tools", Tools: []string{"forecast", "warnings", "places"}}
	case status == moorage.StatusFailed:
		head.RetryURL = "/deployments/x/redeploy"
		head.Failure = &views.Failure{
			Message: "The server stopped before it answered.", Next: "Give it the variable that it asks for, then retry.", Line: "Error: WEATHER_API_KEY is not set",
			LineURL: "#L31", Asks: []string{"WEATHER_API_KEY"}, AsksURL: "/servers/weather/variables",
		}
	}
	return head
}

// output is what builds print: colours, progress bars, long lines, markup.
var output = []string{
	"#5 [2/4] RUN npm ci --no-audit",
	"\x1b[32madded 212 packages\x1b[0m in 9s",
	"\x1b[1;33mwarning\x1b[0m deprecated \x1b[36mrimraf@2.7.1\x1b[0m: use version 4",
	"Downloading  10%\rDownloading  60%\rDownloading 100%",
	"\x1b[38;5;208morange of 256\x1b[0m \x1b[48;2;20;90;200mblue of millions\x1b[0m \x1b[2mdim\x1b[0m \x1b[4munderlined\x1b[0m",
	hostile,
	"\x1b]8;;javascript:alert(1)\x07a link\x1b]8;;\x07 and \x1b[2Ja cleared screen",
}

func stepsOf(last moorage.StepStatus, linesPerStep int) []parts.StepView {
	names := []string{"Clone acme/weather", "[internal] load build definition from Dockerfile", "[1/4] FROM node:22-slim", "[2/4] RUN npm ci --no-audit", "Start and probe"}
	var steps []parts.StepView
	seq := int64(0)
	for i, name := range names {
		step := parts.StepView{N: i + 1, Name: name, Status: moorage.StepDone, Took: "12 s", Cached: i == 2}
		if i == len(names)-1 {
			step.Status = last
			if last == moorage.StepRunning {
				step.StartedISO, step.Took = now.Add(-4*time.Second).Format(time.RFC3339), "4 s"
			}
		}
		for j := range linesPerStep {
			seq++
			stream := moorage.Stream(j%3 + 1)
			step.Lines = append(step.Lines, parts.LineView{Seq: seq, At: now.Add(time.Duration(seq) * time.Second), Stream: stream, Text: output[j%len(output)]})
		}
		steps = append(steps, step)
	}
	return steps
}

func deployment(status moorage.DeploymentStatus, last moorage.StepStatus, lines int) views.DeploymentPage {
	return views.DeploymentPage{
		Shell: shellOf("weather", views.SectionDeployments, crumb("Servers", "/servers"), crumb("weather", "/servers/weather"), crumb("Deployment 1a2b3c4", "")),
		Head:  headOf(status), Steps: stepsOf(last, lines), SearchURL: "/deployments/x/search", RawURL: "/deployments/x/log.txt", Lines: int64(lines * 5),
	}
}

// ordinary is a build as most are: what the picture in the README shows.
func ordinary() views.DeploymentPage {
	page := deployment(moorage.StatusBuilding, moorage.StepRunning, 0)
	install := []string{
		"npm \x1b[33mwarn\x1b[0m deprecated inflight@1.0.6: use lru-cache instead", "", "added \x1b[32m96\x1b[0m packages, and audited 97 packages in 4s", "",
		"\x1b[1mfound \x1b[32m0\x1b[39m vulnerabilities\x1b[0m", "> weather@1.2.0 build", "> tsc -p .", "",
		"\x1b[36msrc/tools.ts\x1b[0m → dist/tools.js", "\x1b[36msrc/index.ts\x1b[0m → dist/index.js",
	}
	names := []string{"Clone acme/weather", "Plan the build", "[1/4] FROM node:22-slim", "[2/4] RUN npm ci", "[4/4] RUN npm run build"}
	for i, name := range names {
		page.Steps[i].Name, page.Steps[i].Took = name, []string{"1.4 s", "0.2 s", "0.1 s", "9 s", "4 s"}[i]
	}
	last := &page.Steps[len(page.Steps)-1]
	for i, text := range install {
		last.Lines = append(last.Lines, parts.LineView{Seq: int64(i + 48), At: now, Stream: moorage.StreamStdout, Text: text})
	}
	page.Lines = 60
	page.Head.StartedISO, page.Head.Took, last.StartedISO = "", "16 s", ""
	return page
}

func deploying() []screen {
	var all []screen
	for _, status := range allStatuses {
		last := moorage.StepDone
		switch {
		case status.Running():
			last = moorage.StepRunning
		case status == moorage.StatusFailed:
			last = moorage.StepFailed
		case status == moorage.StatusCancelled:
			last = moorage.StepCancelled
		}
		all = append(all, screen{"deployment/" + string(status), views.Deployment(deployment(status, last, 7))})
	}
	queued := deployment(moorage.StatusQueued, moorage.StepRunning, 0)
	queued.Steps, queued.Head.Commit = nil, views.CommitView{}
	wide := deployment(moorage.StatusFailed, moorage.StepFailed, 3)
	wide.Head.Commit.Message, wide.Head.Ref, wide.Head.Source, wide.Head.ServerTitle, wide.Head.Failure.Line = long, long, long, long, long
	for i := range wide.Steps {
		wide.Steps[i].Name = long
		wide.Steps[i].Lines[0].Text = long + long
	}
	hits := views.LogHitsView{Query: "npm", More: true}
	for i := range 40 {
		hits.Hits = append(hits.Hits, views.LogHit{Seq: int64(i * 7), Step: 1, Before: fmt.Sprintf("%d run ", i), Match: "npm", After: " " + hostile})
	}
	return append(all,
		screen{"deployment/ordinary", views.Deployment(ordinary())},
		screen{"deployment/waiting", views.Deployment(queued)},
		screen{"deployment/long", views.Deployment(wide)},
		screen{"deployment/large", views.Deployment(deployment(moorage.StatusFailed, moorage.StepFailed, 4000))},
		screen{"fragment/log-hits", views.LogHits(hits)},
		screen{"fragment/log-hits-none", views.LogHits(views.LogHitsView{Query: hostile})},
	)
}
