package store_test

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

func TestADeploymentKeepsAllThatIsSaidOfIt(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	want := queue(t, db, s, "v1.2")
	want.CreatedAt, want.UpdatedAt = clock.Now(), clock.Now()
	checkDeployment(t, db, want)

	want.UpdatedAt = clock.Move(time.Second)
	want.Commit, want.CommitMessage, want.CommitAuthor = "c0ffee", "Say hello", "Ada"
	must(t, db.SetCommit(t.Context(), want.ID, moorage.Commit{Hash: "c0ffee", Ref: "trunk", Message: "Say hello", Author: "Ada"}))
	want.Config.Build.Dockerfile = "mcp/Dockerfile"
	must(t, db.SetConfig(t.Context(), want.ID, want.Config))
	want.Image = moorage.Image{Ref: "moorage/weather:1", ID: "sha256:1", Digest: "sha256:2", Size: 3 << 20}
	must(t, db.SetImage(t.Context(), want.ID, want.Image))
	checkDeployment(t, db, want)
}

func checkDeployment(t *testing.T, db *store.DB, want moorage.Deployment) {
	t.Helper()
	got := get[moorage.Deployment](t)(db.Deployment(t.Context(), want.ID))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the deployment is\n%+v, want\n%+v", got, want)
	}
}

func TestTheLatestQueuedDeploymentOfARefWins(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	other := queue(t, db, s, "release")
	first := queue(t, db, s, "main")
	second := first
	second.ID = moorage.NewDeploymentID(clock.Now())
	superseded := get[[]moorage.DeploymentID](t)(db.CreateDeployment(t.Context(), second))
	if !slices.Equal(superseded, []moorage.DeploymentID{first.ID}) {
		t.Errorf("superseded are %v", superseded)
	}
	d := wantStatus(t, db, first.ID, moorage.StatusSuperseded)
	wantEqual(t, "the end", d.FinishedAt, clock.Now())
	wantStatus(t, db, other.ID, moorage.StatusQueued)
	wantStatus(t, db, second.ID, moorage.StatusQueued)
}

func TestADeploymentOfAServerThatIsGoneIsRefused(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	_, err := db.CreateDeployment(t.Context(), moorage.Deployment{ID: "dep_1", ServerID: "srv_gone", CreatedBy: ada.ID})
	wantCode(t, err, moorage.Conflict)
}

func TestOfFiftyWhoClaimOneDeploymentOneGetsIt(t *testing.T) {
	db, _ := open(t)
	d := queue(t, db, newServer(t, db, newUser(t, db, "ada").ID, "weather"), "main")
	won := make(chan moorage.DeploymentID, 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			claimed, err := db.ClaimDeployment(t.Context())
			if err == nil {
				won <- claimed.ID
				return
			}
			if moorage.ErrorCode(err) != moorage.NotFound {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(won)
	wantEqual(t, "the number of winners", len(won), 1)
	wantEqual(t, "what was won", <-won, d.ID)
}

func TestFiftyClaimantsShareFiftyDeploymentsWithoutATie(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	for i := range 50 {
		queue(t, db, newServer(t, db, ada.ID, moorage.SlugFrom("weather "+string(rune('a'+i%26))+string(rune('a'+i/26)))), "main")
	}
	var mu sync.Mutex
	seen := make(map[moorage.DeploymentID]bool)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			d, err := db.ClaimDeployment(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[d.ID] {
				t.Errorf("%s was claimed twice, or %v", d.ID, err)
			}
			seen[d.ID] = true
		})
	}
	wg.Wait()
	wantEqual(t, "the number of claimed", len(seen), 50)
}

func TestTheOldestIsClaimedOfAServerThatHasNoneRunning(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	weather, maps := newServer(t, db, ada.ID, "weather"), newServer(t, db, ada.ID, "maps")
	first, second := queue(t, db, weather, "main"), queue(t, db, weather, "release")
	clock.Move(-time.Hour) // a clock that jumps back changes no order
	third := queue(t, db, maps, "main")

	claim := func() moorage.Deployment { return get[moorage.Deployment](t)(db.ClaimDeployment(t.Context())) }
	got := claim()
	wantEqual(t, "the first claimed", got.ID, first.ID)
	wantEqual(t, "its status", got.Status, moorage.StatusCloning)
	wantEqual(t, "its start", got.StartedAt, clock.Now())
	wantEqual(t, "its heartbeat", got.HeartbeatAt, clock.Now())
	wantEqual(t, "the next, of another server", claim().ID, third.ID)
	_, err := db.ClaimDeployment(t.Context())
	wantCode(t, err, moorage.NotFound)

	must(t, db.EndDeployment(t.Context(), first.ID, moorage.StatusCloning, moorage.StatusCancelled, nil))
	wantEqual(t, "the one that waited", claim().ID, second.ID)
}

var statuses = []moorage.DeploymentStatus{
	moorage.StatusQueued, moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting,
	moorage.StatusProbing, moorage.StatusLive, moorage.StatusRetired, moorage.StatusSuperseded, moorage.StatusFailed, moorage.StatusCancelled,
}

func TestADeploymentChangesOnlyAsTheTableSays(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	for _, from := range statuses {
		for _, to := range statuses {
			s := newServer(t, db, ada.ID, string(from)+"-"+string(to))
			d := moorage.Deployment{ID: moorage.NewDeploymentID(time.Now()), ServerID: s.ID, Status: from, CreatedBy: ada.ID}
			_, err := db.CreateDeployment(t.Context(), d)
			must(t, err)
			advance := db.AdvanceDeployment(t.Context(), d.ID, from, to)
			if (advance == nil) != (from.CanBecome(to) && to.Running()) {
				t.Errorf("advance %s to %s: %v", from, to, advance)
			}
			if advance == nil {
				continue
			}
			wantCode(t, advance, moorage.Conflict)
			end := db.EndDeployment(t.Context(), d.ID, from, to, nil)
			if (end == nil) != (from.CanBecome(to) && to.Settled() && to != moorage.StatusLive && to != moorage.StatusRetired) {
				t.Errorf("end %s as %s: %v", from, to, end)
			}
		}
	}
}

func TestAStaleWorkerIsToldWhereTheDeploymentIs(t *testing.T) {
	db, _ := open(t)
	d := queue(t, db, newServer(t, db, newUser(t, db, "ada").ID, "weather"), "main")
	must(t, db.EndDeployment(t.Context(), d.ID, moorage.StatusQueued, moorage.StatusCancelled, nil))
	err := db.AdvanceDeployment(t.Context(), d.ID, moorage.StatusCloning, moorage.StatusBuilding)
	wantEqual(t, "the sentence", moorage.ErrorMessage(err), "The deployment is cancelled, no longer cloning.")
	wantCode(t, db.AdvanceDeployment(t.Context(), "dep_gone", moorage.StatusCloning, moorage.StatusBuilding), moorage.NotFound)
	wantCode(t, db.Heartbeat(t.Context(), d.ID), moorage.Conflict)
}

func TestAnEndKeepsItsReasonAndClosesWhatStillRuns(t *testing.T) {
	for to, want := range map[moorage.DeploymentStatus]moorage.StepStatus{
		moorage.StatusFailed:    moorage.StepFailed,
		moorage.StatusCancelled: moorage.StepCancelled,
	} {
		t.Run(string(to), func(t *testing.T) {
			db, clock := open(t)
			queue(t, db, newServer(t, db, newUser(t, db, "ada").ID, "weather"), "main")
			d := get[moorage.Deployment](t)(db.ClaimDeployment(t.Context()))
			must(t, db.BeginStep(t.Context(), d.ID, moorage.Step{N: 1, Name: "clone", Status: moorage.StepRunning}))
			must(t, db.EndStep(t.Context(), d.ID, 1, moorage.StepDone, true, clock.Move(time.Second)))
			must(t, db.BeginStep(t.Context(), d.ID, moorage.Step{N: 2, Name: "plan", Status: moorage.StepRunning}))
			ended := clock.Move(time.Second)
			reason := moorage.Errorf(moorage.Invalid, "There is no Dockerfile.").Try("Add one.")
			must(t, db.EndDeployment(t.Context(), d.ID, moorage.StatusCloning, to, reason))

			d = wantStatus(t, db, d.ID, to)
			wantEqual(t, "the code", d.ErrorCode, moorage.Invalid)
			wantEqual(t, "the sentence", d.Error+" "+d.ErrorNext, "There is no Dockerfile. Add one.")
			wantEqual(t, "the end", d.FinishedAt, ended)
			steps := get[[]moorage.Step](t)(db.Steps(t.Context(), d.ID))
			wantEqual(t, "the first step", steps[0].Status, moorage.StepDone)
			wantEqual(t, "its cache mark", steps[0].Cached, true)
			wantEqual(t, "the second step", steps[1].Status, want)
			wantEqual(t, "its end", steps[1].FinishedAt, ended)
			wantCode(t, db.EndStep(t.Context(), d.ID, 2, moorage.StepDone, false, ended), moorage.Conflict)
		})
	}
}

func TestRunningDeploymentsAreThoseInAWorkersHands(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	var want []moorage.DeploymentID
	for _, status := range statuses {
		d := moorage.Deployment{ID: moorage.NewDeploymentID(time.Now()), Status: status, CreatedBy: ada.ID}
		d.ServerID = newServer(t, db, ada.ID, string(status)).ID
		_, err := db.CreateDeployment(t.Context(), d)
		must(t, err)
		beat := db.Heartbeat(t.Context(), d.ID)
		if status.Running() {
			want = append(want, d.ID)
			must(t, beat)
			wantEqual(t, "the heartbeat", wantStatus(t, db, d.ID, status).HeartbeatAt, clock.Now())
		} else {
			wantCode(t, beat, moorage.Conflict)
		}
	}
	var got []moorage.DeploymentID
	for _, d := range get[[]moorage.Deployment](t)(db.RunningDeployments(t.Context())) {
		got = append(got, d.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("running are %v, want %v", got, want)
	}
}

func TestAServerHasOneRunningDeploymentHoweverItIsAsked(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	queue(t, db, s, "main")
	probe(t, db)
	second := queue(t, db, s, "main")
	err := db.AdvanceDeployment(t.Context(), second.ID, moorage.StatusQueued, moorage.StatusCloning)
	wantEqual(t, "the sentence", moorage.ErrorMessage(err), "Another deployment of this server is running.")
	wantCode(t, err, moorage.Conflict)
}

func TestListsOfDeploymentsAreFilteredPagedAndNewestFirst(t *testing.T) {
	db, _ := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob")
	weather, maps := newServer(t, db, ada.ID, "weather"), newServer(t, db, bob.ID, "maps")
	a, b, c := queue(t, db, weather, "a"), queue(t, db, weather, "b"), queue(t, db, maps, "c")
	must(t, db.EndDeployment(t.Context(), a.ID, moorage.StatusQueued, moorage.StatusFailed, nil))

	for name, row := range map[string]struct {
		filter moorage.DeploymentFilter
		want   []moorage.DeploymentID
		total  int
	}{
		"all":         {moorage.DeploymentFilter{}, []moorage.DeploymentID{c.ID, b.ID, a.ID}, 3},
		"of a server": {moorage.DeploymentFilter{ServerID: weather.ID}, []moorage.DeploymentID{b.ID, a.ID}, 2},
		"of an owner": {moorage.DeploymentFilter{OwnerID: bob.ID}, []moorage.DeploymentID{c.ID}, 1},
		"by status": {moorage.DeploymentFilter{Statuses: []moorage.DeploymentStatus{moorage.StatusFailed, moorage.StatusLive}},
			[]moorage.DeploymentID{a.ID}, 1},
		"a page": {moorage.DeploymentFilter{Limit: 1, Offset: 1}, []moorage.DeploymentID{b.ID}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var ids, summaries []moorage.DeploymentID
			for _, d := range get[[]moorage.Deployment](t)(db.Deployments(t.Context(), row.filter)) {
				ids = append(ids, d.ID)
			}
			for _, d := range get[[]moorage.DeploymentSummary](t)(db.DeploymentSummaries(t.Context(), row.filter)) {
				summaries = append(summaries, d.ID)
			}
			if !slices.Equal(ids, row.want) || !slices.Equal(summaries, row.want) {
				t.Errorf("got %v and %v, want %v", ids, summaries, row.want)
			}
			wantEqual(t, "the total", get[int](t)(db.CountDeployments(t.Context(), row.filter)), row.total)
		})
	}
	d := get[[]moorage.DeploymentSummary](t)(db.DeploymentSummaries(t.Context(), moorage.DeploymentFilter{Limit: 1}))[0]
	wantEqual(t, "the summary", d.ServerSlug+", "+d.ServerTitle+", "+d.CreatedByLogin, "maps, The maps, bob")
}

func TestImagesAreKeptUntilTheyAreForgotten(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	var built []moorage.DeploymentID
	for _, ref := range []string{"a", "b", "c"} {
		d := queue(t, db, s, ref)
		must(t, db.SetImage(t.Context(), d.ID, moorage.Image{Ref: "moorage/weather:" + ref, ID: "sha256:" + ref, Size: 1}))
		built = append(built, d.ID)
	}
	queue(t, db, s, "never built")
	must(t, db.ForgetImage(t.Context(), built[1]))
	kept := get[[]moorage.Deployment](t)(db.KeptImages(t.Context(), s.ID))
	if len(kept) != 2 || kept[0].ID != built[2] || kept[1].ID != built[0] {
		t.Errorf("kept are %+v", kept)
	}
	wantEqual(t, "the name of the forgotten one", get[moorage.Deployment](t)(db.Deployment(t.Context(), built[1])).Image.Ref, "moorage/weather:b")
}

func TestTheDefaultBranchIsKnownByItsNameOnceCloned(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	d := queue(t, db, s, "")
	must(t, db.SetCommit(t.Context(), d.ID, moorage.Commit{Hash: "c0ffee", Ref: "trunk"}))
	if got := get[moorage.Deployment](t)(db.Deployment(t.Context(), d.ID)).Source.Ref; got != "trunk" {
		t.Errorf("it is of %q", got)
	}
}
