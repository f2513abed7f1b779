package deploy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/builder"
)

// follow has the server of the rig follow repository 7, whose pushes deploy it.
func (r *rig) follow(change ...func(*moorage.AutoDeploy)) {
	r.t.Helper()
	a := moorage.AutoDeploy{ServerID: r.server.ID, Enabled: true, RepositoryID: 7}
	for _, c := range change {
		c(&a)
	}
	must(r.t, r.db.SetAutoDeploy(r.ctx, a))
}

const pushedCommit = "0123456789abcdef0123456789abcdef01234567"

func push(change ...func(*moorage.Push)) moorage.Push {
	p := moorage.Push{
		RepositoryID: 7, Repository: "ada/greeter", CloneURL: "https://github.example/ada/greeter", DefaultBranch: "main",
		Ref: "refs/heads/main", Commit: pushedCommit, Message: "Greet", By: "grace", Paths: []string{"server/main.go"}, Complete: true,
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

var deliveries int

// hear takes a push of a delivery of its own.
func (r *rig) hearPush(p moorage.Push) []moorage.Decision {
	r.t.Helper()
	deliveries++
	decided, err := r.pipeline.Pushed(r.ctx, moorage.Delivery{ID: fmt.Sprint("delivery-", deliveries)}, p)
	must(r.t, err)
	return decided
}

func TestAPushDeploysOrSaysWhyNot(t *testing.T) {
	for name, tt := range map[string]struct {
		push   func(*moorage.Push)
		follow func(*moorage.AutoDeploy)
		server func(*moorage.Server)
		reason string // "": it deploys
	}{
		"the tracked branch":         {},
		"another repository":         {push: func(p *moorage.Push) { p.RepositoryID = 8 }, reason: "another repository: this one is number 8"},
		"switched off":               {follow: func(a *moorage.AutoDeploy) { a.Enabled = false }, reason: "switched off"},
		"a fork":                     {push: func(p *moorage.Push) { p.Fork = true }, reason: "is a fork"},
		"a tag":                      {push: func(p *moorage.Push) { p.Ref = "refs/tags/main" }, reason: "tags/main, which is no branch"},
		"another branch":             {push: func(p *moorage.Push) { p.Ref = "refs/heads/next" }, reason: "the branch next; the server follows main"},
		"a branch of a similar name": {push: func(p *moorage.Push) { p.Ref = "refs/heads/main/x" }, reason: "the branch main/x"},
		"the default branch":         {server: func(s *moorage.Server) { s.Source.Ref = "" }},
		"not the default branch": {server: func(s *moorage.Server) { s.Source.Ref = "" }, push: func(p *moorage.Push) { p.DefaultBranch = "trunk" },
			reason: "the server follows trunk"},
		"a deletion":            {push: func(p *moorage.Push) { p.Commit = "" }, reason: "deleted the branch main"},
		"[skip deploy]":         {push: func(p *moorage.Push) { p.Message = "Words\n\n[Skip Deploy]" }, reason: "says [skip deploy]"},
		"[deploy skip]":         {push: func(p *moorage.Push) { p.Message = "[deploy skip] words" }, reason: "says [deploy skip]"},
		"skip deploy, as words": {push: func(p *moorage.Push) { p.Message = "Do not skip deploy" }},
		"a watched file":        {follow: watching("docs/**", "server/*.go")},
		"nothing watched":       {follow: watching("docs/**"), reason: "nothing that is watched: docs/**"},
		"not all is known":      {follow: watching("docs/**"), push: func(p *moorage.Push) { p.Complete = false }},
		"below the folder":      {server: builtFrom("server", "server")},
		"beside the folder":     {server: builtFrom("other", "other"), reason: "nothing that is watched: other/**"},
		"built from the root":   {server: builtFrom("other", ".")},
		"an own pattern wins":   {server: builtFrom("other", "other"), follow: watching("server")},
	} {
		r := newRig(t)
		if tt.server != nil {
			tt.server(&r.server)
			must(t, r.db.UpdateServer(r.ctx, r.server))
		}
		r.follow()
		if tt.follow != nil {
			r.follow(tt.follow)
		}
		p := push()
		if tt.push != nil {
			tt.push(&p)
		}
		decided := r.hearPush(p)
		if len(decided) != 1 {
			t.Fatalf("%s: %+v", name, decided)
		}
		all, err := r.db.Deployments(r.ctx, moorage.DeploymentFilter{})
		must(t, err)
		deployed := len(all) == 1 && decided[0].Deploys()
		if deployed != (tt.reason == "") || len(all) > 1 || !strings.Contains(decided[0].Reason, tt.reason) || !strings.HasSuffix(decided[0].Reason, ".") {
			t.Errorf("%s: %+v, %d deployments", name, decided[0], len(all))
		}
	}
}

func watching(patterns ...string) func(*moorage.AutoDeploy) {
	return func(a *moorage.AutoDeploy) { a.WatchPaths = patterns }
}

func builtFrom(subdir, context string) func(*moorage.Server) {
	return func(s *moorage.Server) { s.Source.Subdir, s.Config.Build.Context = subdir, context }
}

func TestPatternsNameFilesAndFolders(t *testing.T) {
	deep := strings.Repeat("a/", 300) + "b"
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"server/**", "server/main.go", true},
		{"server/**", "server/deep/down/main.go", true},
		{"server/**", "servers/main.go", false},
		{"server/", "server/main.go", true},
		{"server", "server/main.go", true},
		{"server", "other/server/main.go", false},
		{"*.go", "main.go", true},
		{"*.go", "server/main.go", false},
		{"**/*.go", "main.go", true},
		{"**/*.go", "server/deep/main.go", true},
		{"**/*.go", "server/main.goat", false},
		{"server/*/main.go", "server/a/main.go", true},
		{"server/*/main.go", "server/a/b/main.go", false},
		{"server/**/main.go", "server/a/b/main.go", true},
		{"ser?er/[a-m]ain.go", "server/main.go", true},
		{"**", "anything", true},
		{"[", "[", false},
		{strings.Repeat("**/", 60) + "no", deep, false}, // in no time
	} {
		r := newRig(t)
		r.follow(watching(tt.pattern))
		decided := r.hearPush(push(func(p *moorage.Push) { p.Paths = []string{tt.path} }))
		if decided[0].Deploys() != tt.want {
			t.Errorf("%.40s matches %.40s: %v", tt.pattern, tt.path, !tt.want)
		}
	}
}

func TestAPushIsDeployedOnceThoughTwoWebhooksTell(t *testing.T) {
	r := newRig(t)
	r.follow()
	first := r.hearPush(push())
	again := r.hearPush(push())
	if again[0].Deploys() || !strings.Contains(again[0].Reason, string(first[0].Deployment)) {
		t.Errorf("again: %+v", again[0])
	}
	if d := r.hearPush(push(func(p *moorage.Push) { p.Commit = strings.Repeat("f", 40) })); !d[0].Deploys() {
		t.Errorf("the next: %+v", d[0])
	}
	if back := r.hearPush(push()); !back[0].Deploys() { // the branch was set back by force
		t.Errorf("back: %+v", back[0])
	}
}

func TestARenamedRepositoryIsFollowedAndItsOldNameIsNot(t *testing.T) {
	r := newRig(t)
	r.follow()
	taken := r.hearPush(push(func(p *moorage.Push) { p.RepositoryID = 8 }))
	if taken[0].Deploys() {
		t.Errorf("a new repository with the old name: %+v", taken[0])
	}
	moved := r.hearPush(push(func(p *moorage.Push) { p.CloneURL = "https://github.example/ada/hello.git" }))
	if !moved[0].Deploys() {
		t.Fatalf("the renamed one: %+v", moved[0])
	}
	s, err := r.db.Server(r.ctx, r.server.ID)
	must(t, err)
	if s.Source.RepoURL != "https://github.example/ada/hello.git" {
		t.Errorf("the server's source is %s", s.Source.RepoURL)
	}
	r.hearPush(push(func(p *moorage.Push) {
		p.CloneURL, p.Commit = "https://elsewhere.example/ada/hello.git", strings.Repeat("e", 40)
	}))
	if s, err = r.db.Server(r.ctx, r.server.ID); err != nil || s.Source.RepoURL != "https://github.example/ada/hello.git" {
		t.Errorf("the server was led to %s, %v", s.Source.RepoURL, err)
	}
}

func TestAServerThatChangesItsRepositoryFollowsItNoLonger(t *testing.T) {
	r := newRig(t)
	r.follow()
	r.server.Title = "Another title"
	must(t, r.db.UpdateServer(r.ctx, r.server))
	if a, err := r.db.AutoDeploy(r.ctx, r.server.ID); err != nil || !a.Enabled {
		t.Errorf("a new title: %+v, %v", a, err)
	}
	r.server.Source.RepoURL = "https://github.example/ada/other"
	must(t, r.db.UpdateServer(r.ctx, r.server))
	if a, err := r.db.AutoDeploy(r.ctx, r.server.ID); err != nil || a.Enabled || a.RepositoryID != 0 {
		t.Errorf("another repository: %+v, %v", a, err)
	}
	if d := r.hearPush(push()); len(d) != 0 {
		t.Errorf("the repository of before: %+v", d)
	}
}

func TestABurstOfPushesBringsTheLatestCommitLive(t *testing.T) {
	r := newRig(t)
	r.follow()
	begun, goOn := make(chan struct{}, 100), make(chan struct{})
	r.script.on("fetch", func(ctx context.Context, _ builder.Progress) error {
		begun <- struct{}{}
		select {
		case <-goOn:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	r.run()
	var ids []moorage.DeploymentID
	for i := range 50 {
		d := r.hearPush(push(func(p *moorage.Push) { p.Commit = fmt.Sprintf("%040x", i+1) }))
		ids = append(ids, d[0].Deployment)
		if i == 0 {
			<-begun // the first is in a worker's hands while the others come
		}
	}
	close(goOn)
	last := r.settled(ids[49])
	r.wants(last, moorage.StatusLive)
	if last.PushedCommit != fmt.Sprintf("%040x", 50) || last.Trigger != moorage.TriggerPush || last.PushedBy != "grace" {
		t.Errorf("live: %+v", last)
	}
	r.wants(r.settled(ids[0]), moorage.StatusRetired)
	if n := r.script.times("fetch"); n != 2 {
		t.Errorf("50 pushes were cloned %d times", n)
	}
	if i := slices.IndexFunc(ids[1:49], func(id moorage.DeploymentID) bool { return r.settled(id).Status != moorage.StatusSuperseded }); i >= 0 {
		t.Errorf("push %d is %s", i+2, r.settled(ids[i+1]).Status)
	}
}
