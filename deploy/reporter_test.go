package deploy_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/deploy"
	"moorage/github"
	"moorage/github/githubtest"
)

// reporting is a store, a GitHub with ada/greeter in it, and a reporter between
// the two that looks when the test says so.
type reporting struct {
	*rig
	hub      *githubtest.Server
	client   *github.Client
	token    string
	now      time.Time
	reporter *deploy.Reporter
}

// GitHubToken is the one of everybody.
func (r *reporting) GitHubToken(context.Context, moorage.UserID) (string, error) { return r.token, nil }

func newReporting(t *testing.T) *reporting {
	t.Helper()
	r := &reporting{rig: newRig(t), hub: githubtest.New(t, githubtest.Options{}), now: time.Now()}
	r.hub.AddUser("ada", 1)
	r.hub.AddRepository("ada", "greeter", map[string]string{"Dockerfile": "FROM scratch\n"}, githubtest.Repository{})
	r.hub.Install("ada")
	r.token = r.hub.Token("ada")
	var err error
	r.client, err = github.New(github.Options{WebURL: r.hub.URL, APIURL: r.hub.APIURL})
	must(t, err)
	must(t, r.db.SetAutoDeploy(r.ctx, moorage.AutoDeploy{ServerID: r.server.ID, Enabled: true, RepositoryID: r.hub.RepositoryID("ada", "greeter")}))
	r.restart()
	return r
}

// restart makes a reporter that knows nothing of what the last one did.
func (r *reporting) restart() { r.restartWith(r.client) }

func (r *reporting) restartWith(hub deploy.ReportTaker) {
	r.reporter = deploy.NewReporter(deploy.ReporterOptions{
		Database: r.db, GitHub: hub, Tokens: r, PublicURL: "https://moorage.example/",
		Logger: slog.New(slog.NewJSONHandler(r.log, nil)), Now: func() time.Time { return r.now },
	})
}

func (r *reporting) pass() time.Duration { return deploy.Pass(r.reporter, r.ctx) }

// pushed commits to the repository and queues what the push asks for.
func (r *reporting) pushed(message string) moorage.Deployment {
	r.t.Helper()
	commit := r.hub.Commit("ada", "greeter", "main", message, map[string]string{"a": message})
	d := moorage.Deployment{
		ID: moorage.NewDeploymentID(r.now), ServerID: r.server.ID, Source: r.server.Source, Config: r.server.Config,
		Trigger: moorage.TriggerPush, CreatedBy: r.user, PushedCommit: commit, PushedBy: "ada",
	}
	_, err := r.db.CreateDeployment(r.ctx, d)
	must(r.t, err)
	return d
}

// cloned has a worker take the oldest deployment and clone a commit.
func (r *reporting) cloned(commit string) moorage.Deployment {
	r.t.Helper()
	d, err := r.db.ClaimDeployment(r.ctx)
	must(r.t, err)
	must(r.t, r.db.SetCommit(r.ctx, d.ID, moorage.Commit{Hash: commit}))
	must(r.t, r.db.AdvanceDeployment(r.ctx, d.ID, moorage.StatusCloning, moorage.StatusBuilding))
	return d
}

func (r *reporting) goesLive(d moorage.Deployment) {
	r.t.Helper()
	at := moorage.StatusBuilding
	for _, next := range []moorage.DeploymentStatus{moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing} {
		must(r.t, r.db.AdvanceDeployment(r.ctx, d.ID, at, next))
		at = next
	}
	_, err := r.db.Switch(r.ctx, d.ID, "https://moorage.example/mcp/greeter", moorage.ServerInfo{}, nil)
	must(r.t, err)
}

func (r *reporting) fails(d moorage.Deployment, why *moorage.Error) {
	r.t.Helper()
	must(r.t, r.db.EndDeployment(r.ctx, d.ID, moorage.StatusBuilding, moorage.StatusFailed, why))
}

// onCommits is what GitHub shows beside the commits: 1:pending 1:success 2:…
func (r *reporting) onCommits(commits ...string) string {
	var said []string
	for _, s := range r.hub.Statuses("ada", "greeter") {
		if s.Context != "moorage/greeter" || !strings.HasPrefix(s.TargetURL, "https://moorage.example/deployments/dep_") || s.Description == "" {
			r.t.Errorf("the status is %+v", s)
		}
		said = append(said, fmt.Sprintf("%d:%s", slices.Index(commits, s.Commit)+1, s.State))
	}
	return strings.Join(said, " ")
}

// deployments is what GitHub shows as deployments: "queued in_progress success, queued".
func (r *reporting) deployments() string {
	var all []string
	for _, d := range r.hub.Deployments("ada", "greeter") {
		var said []string
		for _, s := range d.Statuses {
			said = append(said, s.State)
		}
		all = append(all, strings.Join(said, " "))
	}
	return strings.Join(all, ", ")
}

func (r *reporting) wants(t *testing.T, commits, deployments string, of ...string) {
	t.Helper()
	if got := r.onCommits(of...); got != commits {
		t.Errorf("the commits show %q, want %q", got, commits)
	}
	if got := r.deployments(); got != deployments {
		t.Errorf("the deployments are %q, want %q", got, deployments)
	}
}

func TestGitHubIsToldEveryTurnOnceAndInOrder(t *testing.T) {
	r := newReporting(t)
	one := r.pushed("One")
	r.pass()
	r.pass()
	r.wants(t, "1:pending", "queued", one.PushedCommit)
	r.cloned(one.PushedCommit)
	r.pass()
	must(t, r.db.AdvanceDeployment(r.ctx, one.ID, moorage.StatusBuilding, moorage.StatusPushing))
	asked := len(r.hub.Requests())
	r.pass()
	if len(r.hub.Requests()) != asked {
		t.Error("GitHub was asked although nothing that it knows of has changed")
	}
	must(t, r.db.AdvanceDeployment(r.ctx, one.ID, moorage.StatusPushing, moorage.StatusStarting))
	must(t, r.db.AdvanceDeployment(r.ctx, one.ID, moorage.StatusStarting, moorage.StatusProbing))
	_, err := r.db.Switch(r.ctx, one.ID, "https://moorage.example/mcp/greeter", moorage.ServerInfo{}, nil)
	must(t, err)
	r.pass()
	r.wants(t, "1:pending 1:pending 1:success", "queued in_progress success", one.PushedCommit)
	made := r.hub.Deployments("ada", "greeter")[0]
	if last := made.Statuses[2]; last.EnvironmentURL != "https://moorage.example/mcp/greeter" || made.Environment != "greeter" || made.Commit != one.PushedCommit || last.LogURL != "https://moorage.example/deployments/"+string(one.ID) {
		t.Errorf("the deployment is %+v", made)
	}

	two := r.pushed("Two")
	r.cloned(two.PushedCommit)
	r.goesLive(two)
	r.pass()
	if _, err := r.db.StopServer(r.ctx, r.server.ID); err != nil {
		t.Fatal(err)
	}
	r.pass()
	r.wants(t, "1:pending 1:pending 1:success 2:success", "queued in_progress success inactive, success inactive", one.PushedCommit, two.PushedCommit)
	if left, err := r.db.Unreported(r.ctx); err != nil || len(left) != 0 {
		t.Errorf("%d reports are open, %v", len(left), err)
	}
}

func TestAFailureIsToldWithItsFirstSentence(t *testing.T) {
	for code, want := range map[moorage.Code]string{moorage.Invalid: "failure", moorage.Unavailable: "error", moorage.Internal: "error"} {
		r := newReporting(t)
		d := r.pushed("Break it")
		r.cloned(d.PushedCommit)
		r.fails(d, moorage.Errorf(code, "The build failed: no such file. %s", strings.Repeat("ä", 200)))
		r.pass()
		r.wants(t, "1:"+want, want, d.PushedCommit)
		if s := r.hub.Statuses("ada", "greeter")[0].Description; !strings.HasPrefix(s, "The build failed: no such file.") || !strings.HasSuffix(s, "…") {
			t.Errorf("told %q", s)
		}
	}
}

func TestACommitThatANewerOneOvertakesIsNotLeftPending(t *testing.T) {
	r := newReporting(t)
	one := r.pushed("One")
	r.pass()
	newer := r.hub.Commit("ada", "greeter", "main", "Two", map[string]string{"a": "2"})
	r.cloned(newer)
	r.pass()
	r.goesLive(one)
	r.pass()
	r.wants(t, "1:pending 1:error 2:pending 2:success", "queued inactive, in_progress success", one.PushedCommit, newer)

	waits, last := r.pushed("Three"), r.pushed("Four") // supersedes
	r.pass()
	r.wants(t, "1:pending 1:error 2:pending 2:success 3:error 4:pending", "queued inactive, in_progress success, inactive, queued", one.PushedCommit, newer, waits.PushedCommit, last.PushedCommit)
}

func TestADeploymentByHandIsToldFromItsCommitOn(t *testing.T) {
	r := newReporting(t)
	commit := r.hub.Commit("ada", "greeter", "main", "One", map[string]string{"a": "1"})
	id := r.enqueue()
	r.pass()
	r.wants(t, "", "")
	d := r.cloned(commit)
	r.pass()
	r.goesLive(d)
	r.pass()
	r.wants(t, "1:pending 1:success", "in_progress success", commit)

	must(t, r.db.SetAutoDeploy(r.ctx, moorage.AutoDeploy{ServerID: r.server.ID}))
	off := r.pushed("Two")
	r.cloned(off.PushedCommit)
	r.goesLive(off)
	r.pass()
	r.wants(t, "1:pending 1:success", "in_progress success inactive", commit)
	if d := r.settled(id); d.Status != moorage.StatusRetired {
		t.Errorf("the first is %s", d.Status)
	}
}

func TestNothingIsLostOrDoubledWhenTheReporterBeginsAnew(t *testing.T) {
	r := newReporting(t)
	d := r.pushed("One")
	r.hub.Fail(githubtest.Down, fmt.Sprintf("/repositories/%d/deployments/", r.hub.RepositoryID("ada", "greeter")))
	r.pass() // the deployment is made, its status is not
	r.restart()
	r.hub.Heal()
	r.pass()
	r.cloned(d.PushedCommit)
	r.restart()
	r.pass()
	r.restart()
	r.goesLive(d)
	r.restart()
	r.pass()
	r.restart()
	r.pass()
	r.wants(t, "1:pending 1:pending 1:pending 1:success", "queued in_progress success", d.PushedCommit)
}

func TestAGitHubThatDoesNotAnswerIsAskedLaterAndLater(t *testing.T) {
	r := newReporting(t)
	one := r.pushed("One")
	r.hub.Fail(githubtest.Down, "/")
	var waited []time.Duration
	for range 10 {
		left := r.pass()
		asked := len(r.hub.Requests())
		r.now = r.now.Add(time.Second)
		r.pass()
		if len(r.hub.Requests()) != asked {
			t.Fatal("it was asked before its time")
		}
		waited = append(waited, left)
		r.now = r.now.Add(15 * time.Minute)
	}
	if waited[0] != 5*time.Second || waited[1] != 10*time.Second || waited[9] != 30*time.Second { // it looks that often anyway
		t.Errorf("it waited %v", waited)
	}
	r.hub.Heal()
	r.cloned(one.PushedCommit)
	r.goesLive(one)
	r.pass()
	r.wants(t, "1:success", "success", one.PushedCommit)
}

func TestALimitIsObeyedToTheSecond(t *testing.T) {
	for kind, limit := range map[githubtest.Fault]time.Duration{githubtest.Limited: time.Hour, githubtest.Secondary: time.Minute} {
		r := newReporting(t)
		d := r.pushed("One")
		r.hub.Fail(kind, "/")
		r.now = time.Now()
		r.pass()
		r.hub.Heal()
		asked := len(r.hub.Requests())
		r.now = r.now.Add(limit - 2*time.Second)
		r.pass()
		if len(r.hub.Requests()) != asked {
			t.Errorf("%s: it was asked before its time", kind)
		}
		r.now = r.now.Add(4 * time.Second)
		r.pass()
		r.wants(t, "1:pending", "queued", d.PushedCommit)
	}
}

func TestAMissingPermissionIsToldOnceOnTheServersPage(t *testing.T) {
	r := newReporting(t)
	r.token = r.hub.AppToken("ada")
	one := r.pushed("One")
	r.pass()
	asked := len(r.hub.Requests())
	for i := range 20 {
		d := r.pushed(fmt.Sprint("Next ", i))
		r.pass()
		r.now = r.now.Add(time.Minute)
		one = d
	}
	if again := len(r.hub.Requests()); again != asked {
		t.Errorf("it was asked %d times more", again-asked)
	}
	a, err := r.db.AutoDeploy(r.ctx, r.server.ID)
	must(t, err)
	if !strings.Contains(a.Trouble, "does not let Moorage") || !strings.Contains(a.TroubleNext, "Commit statuses") {
		t.Errorf("told %q %q", a.Trouble, a.TroubleNext)
	}
	r.hub.Grant("statuses", "write")
	r.hub.Grant("deployments", "write")
	must(t, r.db.SetAutoDeploy(r.ctx, a)) // as the form does
	r.pass()
	if all := r.hub.Statuses("ada", "greeter"); all[len(all)-1].Commit != one.PushedCommit || all[len(all)-1].State != "pending" || len(all) != 21 {
		t.Errorf("%d statuses, the last %+v", len(all), all[len(all)-1])
	}
	if a, err = r.db.AutoDeploy(r.ctx, r.server.ID); err != nil || a.Trouble != "" {
		t.Errorf("still told %q, %v", a.Trouble, err)
	}
}

func TestWhoIsNotSignedInWithGitHubIsToldSo(t *testing.T) {
	for _, lose := range []func(*reporting){
		func(r *reporting) { r.token = "" },
		func(r *reporting) { r.hub.Revoke("ada") },
	} {
		r := newReporting(t)
		lose(r)
		r.pushed("One")
		r.pass()
		a, err := r.db.AutoDeploy(r.ctx, r.server.ID)
		must(t, err)
		if !strings.Contains(a.Trouble, "not signed in with GitHub") {
			t.Errorf("told %q", a.Trouble)
		}
	}
}

func TestACommitThatIsGoneDoesNotHoldUpTheNext(t *testing.T) {
	r := newReporting(t)
	gone := r.pushed("One")
	gone.PushedCommit = strings.Repeat("a", 40)
	gone.ID = moorage.NewDeploymentID(r.now)
	_, err := r.db.CreateDeployment(r.ctx, gone)
	must(t, err)
	next := r.pushed("Two")
	r.pass()
	if all := r.hub.Statuses("ada", "greeter"); len(all) != 2 || all[1].Commit != next.PushedCommit {
		t.Errorf("told %+v", all)
	}
}
