package deploy_test

import (
	"context"
	"os"
	"testing"

	"moorage"
	"moorage/builder"
	"moorage/deploy"
)

// chooser plans what it is told was chosen.
type chooser struct {
	*script
}

func (chooser) Choose(_ context.Context, _ *os.Root, _, dockerfile string) (moorage.Plan, error) {
	return moorage.Plan{Config: moorage.Config{Build: moorage.BuildConfig{Dockerfile: dockerfile}}}, nil
}

func TestAPlanIsMadeForThePersonAndLeavesNothing(t *testing.T) {
	r := newRig(t)
	r.script.github = "gho_of_ada"
	p := deploy.Preview{Builder: chooser{r.script}, Tokens: r.script, WorkDir: r.workDir, GitHubURL: "https://github.example"}
	plan, err := p.Plan(r.ctx, moorage.Source{RepoURL: "https://github.example/ada/weather.git"}, "deep/Dockerfile", r.user)
	must(t, err)
	if plan.Commit.Hash == "" || plan.Config.Build.Dockerfile != "deep/Dockerfile" {
		t.Errorf("the plan is %+v", plan)
	}
	if r.script.token != "gho_of_ada" {
		t.Errorf("it was fetched with %q", r.script.token)
	}
	_, err = p.Plan(r.ctx, moorage.Source{RepoURL: "https://elsewhere.example/ada/weather.git"}, "", r.user)
	must(t, err)
	if r.script.token != "" {
		t.Error("another host saw the person's token")
	}
	left, err := os.ReadDir(r.workDir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

func TestAPlanThatCannotBeFetchedLeavesNothing(t *testing.T) {
	r := newRig(t)
	r.script.on("fetch", func(context.Context, builder.Progress) error {
		return moorage.Errorf(moorage.NotFound, "There is no such repository.")
	})
	p := deploy.Preview{Builder: chooser{r.script}, Tokens: r.script, WorkDir: r.workDir}
	if _, err := p.Plan(r.ctx, moorage.Source{RepoURL: "https://github.example/ada/gone.git"}, "", r.user); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(r.workDir); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
}
