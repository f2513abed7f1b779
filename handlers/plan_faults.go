package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/views"
	"moorage/views/parts"
)

// sayFaults shows the form again as it was typed, with a complaint at each
// field that does not fit.
func (h plans) sayFaults(c echo.Context, form url.Values, s moorage.Server, vars []givenVariable, faults parts.Faults) error {
	f := views.PlanForm{
		Faults: faults, RepoURL: s.Source.RepoURL, Origin: s.Source.Origin, Ref: s.Source.Ref, Subdir: form.Get("subdir"), Commit: form.Get("commit"),
		Title: s.Title, Slug: s.Slug, Check: views.SlugCheckView{Slug: s.Slug, Endpoint: endpoint(h.base, s.Slug), Problem: faults["slug"]},
		Dockerfiles: typedDockerfiles(form), Context: form.Get("context"), Generated: form.Get("generated"), NoCache: s.Config.Build.NoCache,
		Run: typedRun(form), Variables: typedVariables(vars, nil), Follow: form.Get("auto_deploy") == "on",
	}
	_, _, f.CanFollow = h.autoDeploy.onGitHub(s.Source)
	if err := h.fillExisting(c.Request().Context(), &f, s.Source, user(c)); err != nil {
		return err
	}
	for i, o := range f.Existing {
		f.Existing[i].Selected = o.Value == form.Get("server")
	}
	page := views.PlanPage{
		Shell:      shell(c, views.SectionDeploy, sourceName(s.Source), views.Crumb{Label: "Deploy", URL: "/repos"}),
		SourceName: sourceName(s.Source), SourceURL: sourcePage(s.Source), PlanURL: "/plan", PlanKeep: []parts.Option{{Value: s.Source.RepoURL, Label: "url"}},
		Ref: s.Source.Ref, Subdir: form.Get("subdir"), Form: f, Lines: chosenLines(s),
		Trouble: &parts.Trouble{Message: "Something in the form does not fit.", Next: firstFault(faults)},
	}
	return render(c, http.StatusUnprocessableEntity, views.Plan(page), views.PlanBody(page))
}

// typedDockerfiles are what can still be chosen without reading the source
// again: what was chosen, and the Dockerfile that Moorage wrote.
func typedDockerfiles(form url.Values) []views.DockerfileChoice {
	var choices []views.DockerfileChoice
	chosen := form.Get("dockerfile")
	if chosen != "" && chosen != choiceGenerated {
		choices = append(choices, views.DockerfileChoice{Value: chosen, Label: chosen, Selected: true})
	}
	if form.Get("generated") != "" || chosen == choiceGenerated {
		choices = append(choices, dockerfileChoice(moorage.Dockerfile{}, moorage.BuildConfig{Dockerfile: chosen}))
		choices[len(choices)-1].Selected = chosen == choiceGenerated
	}
	return choices
}

// typedRun is how a server runs as it was typed, whether it fits or not.
func typedRun(form url.Values) views.RunForm {
	return views.RunForm{
		Transport: moorage.Transport(form.Get("transport")), Port: form.Get("port"), Path: form.Get("path"), Command: form.Get("command"), Query: form.Get("query"),
		Network: moorage.Network(form.Get("network")), Isolation: moorage.Isolation(form.Get("isolation")), Spares: form.Get("spares"), Replicas: form.Get("replicas"), MemoryMB: form.Get("memory_mb"), CPUs: form.Get("cpus"), PIDs: form.Get("pids"),
		RunAsRoot: form.Get("run_as_root") == "on", WritableRoot: form.Get("writable_root") == "on",
	}
}

// chosenLines says what the form asks for, where the findings stood before.
func chosenLines(s moorage.Server) []views.PlanLine {
	build := "Builds " + s.Config.Build.Dockerfile
	if s.Config.Build.Dockerfile == "" {
		build = "Builds a Dockerfile that Moorage wrote"
	}
	return []views.PlanLine{
		{Topic: moorage.TopicSource, What: "Takes " + sourceAt(s.Source), Why: "As you chose."},
		{Topic: moorage.TopicBuild, What: build, Why: "As you chose."},
		{Topic: moorage.TopicRun, What: "Speaks " + transportWords(s.Config.Run), Why: "As you chose."},
	}
}

func firstFault(faults parts.Faults) string { return faults[sortedKeys(faults)[0]] }
