package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"moorage"
)

func TestAServerKeepsAllThatIsSaidOfIt(t *testing.T) {
	db, clock := open(t)
	want := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	want.CreatedAt, want.UpdatedAt, want.Sharing = clock.Now(), clock.Now(), moorage.SharingPrivate
	if got := get[moorage.Server](t)(db.Server(t.Context(), want.ID)); !reflect.DeepEqual(got, want) {
		t.Errorf("the server is\n%+v, want\n%+v", got, want)
	}
	want.Slug, want.Title, want.Description = "rain", "Rain", "Will it rain?"
	want.Source.Ref, want.Config.Run.Port = "release", 8080
	want.UpdatedAt = clock.Move(time.Minute)
	must(t, db.UpdateServer(t.Context(), want))
	if got := get[moorage.Server](t)(db.ServerBySlug(t.Context(), "rain")); !reflect.DeepEqual(got, want) {
		t.Errorf("the server is\n%+v, want\n%+v", got, want)
	}
	_, err := db.ServerBySlug(t.Context(), "weather")
	wantCode(t, err, moorage.NotFound)
}

func TestASlugIsTakenOnce(t *testing.T) {
	db, _ := open(t)
	weather := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	maps := newServer(t, db, weather.OwnerID, "maps")
	wantEqual(t, "weather is free", get[bool](t)(db.SlugFree(t.Context(), "weather")), false)
	wantEqual(t, "rain is free", get[bool](t)(db.SlugFree(t.Context(), "rain")), true)
	again := weather
	again.ID = moorage.NewServerID(time.Now())
	wantCode(t, db.CreateServer(t.Context(), again), moorage.Conflict)
	maps.Slug = "weather"
	wantCode(t, db.UpdateServer(t.Context(), maps), moorage.Conflict)
}

func TestListsOfServersAreFilteredPagedAndBySlug(t *testing.T) {
	db, _ := open(t)
	ada, bob := newUser(t, db, "ada"), newUser(t, db, "bob")
	newServer(t, db, ada.ID, "weather")
	newServer(t, db, ada.ID, "maps")
	percent := newServer(t, db, bob.ID, "percent")
	percent.Description = "Everything in 100%"
	must(t, db.UpdateServer(t.Context(), percent))
	for name, row := range map[string]struct {
		filter moorage.ServerFilter
		want   []string
		total  int
	}{
		"all":               {moorage.ServerFilter{}, []string{"maps", "percent", "weather"}, 3},
		"of an owner":       {moorage.ServerFilter{OwnerID: ada.ID}, []string{"maps", "weather"}, 2},
		"by a word":         {moorage.ServerFilter{Search: "THE WEA"}, []string{"weather"}, 1},
		"by a percent sign": {moorage.ServerFilter{Search: "%"}, []string{"percent"}, 1},
		"by an underscore":  {moorage.ServerFilter{Search: "_"}, nil, 0},
		"a page":            {moorage.ServerFilter{Limit: 1, Offset: 1}, []string{"percent"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var slugs, summaries []string
			for _, s := range get[[]moorage.Server](t)(db.Servers(t.Context(), row.filter)) {
				slugs = append(slugs, s.Slug)
			}
			for _, s := range get[[]moorage.ServerSummary](t)(db.ServerSummaries(t.Context(), row.filter)) {
				summaries = append(summaries, s.Slug)
			}
			if !slices.Equal(slugs, row.want) || !slices.Equal(summaries, row.want) {
				t.Errorf("got %q and %q, want %q", slugs, summaries, row.want)
			}
			wantEqual(t, "the total", get[int](t)(db.CountServers(t.Context(), row.filter)), row.total)
		})
	}
}

func TestASummaryOfAServerCountsAndKnowsTheNewestDeployment(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	queue(t, db, s, "main")
	live := probe(t, db)
	_, err := db.Switch(t.Context(), live, "u", moorage.ServerInfo{}, []moorage.Offer{tool("a", "1"), tool("b", "1")})
	must(t, err)
	must(t, db.CreateInstance(t.Context(), moorage.Instance{ID: "ins_1", ServerID: s.ID, DeploymentID: live, ContainerID: "c", Status: moorage.InstanceReady}))
	failed := queue(t, db, s, "main")
	must(t, db.EndDeployment(t.Context(), failed.ID, moorage.StatusQueued, moorage.StatusFailed, moorage.Errorf(moorage.Invalid, "No.")))

	got := get[[]moorage.ServerSummary](t)(db.ServerSummaries(t.Context(), moorage.ServerFilter{}))[0]
	wantEqual(t, "the tools", got.Tools, 2)
	wantEqual(t, "the instances", got.Instances, 1)
	wantEqual(t, "the last deployment", got.LastID, failed.ID)
	wantEqual(t, "its status", got.LastStatus, moorage.StatusFailed)
	wantEqual(t, "its error", got.LastError, "No.")
	wantEqual(t, "what is live", got.LiveDeploymentID, live)
}

func TestADeletedServerTakesEverythingWithIt(t *testing.T) {
	db, _ := open(t)
	ada := newUser(t, db, "ada")
	s, other := newServer(t, db, ada.ID, "weather"), newServer(t, db, ada.ID, "maps")
	queue(t, db, s, "main")
	live := probe(t, db)
	_, err := db.Switch(t.Context(), live, "u", moorage.ServerInfo{}, []moorage.Offer{tool("a", "1")})
	must(t, err)
	must(t, db.SetVariable(t.Context(), s.ID, moorage.Variable{Name: "KEY", Value: "v", UpdatedBy: ada.ID}))
	must(t, db.CreateInstance(t.Context(), moorage.Instance{ID: "ins_1", ServerID: s.ID, DeploymentID: live, ContainerID: "c", Status: moorage.InstanceReady}))
	appendLog(t, db, live, 1, "one")
	kept := queue(t, db, other, "main")
	appendLog(t, db, kept.ID, 1, "one")

	must(t, db.DeleteServer(t.Context(), s.ID))
	_, err = db.Server(t.Context(), s.ID)
	wantCode(t, err, moorage.NotFound)
	_, err = db.Deployment(t.Context(), live)
	wantCode(t, err, moorage.NotFound)
	wantEqual(t, "its lines", get[int64](t)(db.LastSeq(t.Context(), live)), 0)
	wantEqual(t, "its variables", len(get[[]moorage.Variable](t)(db.Variables(t.Context(), s.ID))), 0)
	wantEqual(t, "its tools", len(get[[]moorage.Offer](t)(db.Tools(t.Context(), s.ID))), 0)
	wantEqual(t, "all instances", len(get[[]moorage.Instance](t)(db.AllInstances(t.Context()))), 0)
	wantEqual(t, "the lines of the other", get[int64](t)(db.LastSeq(t.Context(), kept.ID)), 1)
	wantCode(t, db.DeleteServer(t.Context(), s.ID), moorage.NotFound)
}

func TestAServerIsNotDeletedUnderAWorkersHands(t *testing.T) {
	db, _ := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	queue(t, db, s, "main")
	running := probe(t, db)
	appendLog(t, db, running, 1, "one")
	wantCode(t, db.DeleteServer(t.Context(), s.ID), moorage.Conflict)
	wantStatus(t, db, running, moorage.StatusProbing)
	wantEqual(t, "its lines", get[int64](t)(db.LastSeq(t.Context(), running)), 1)
}

func TestVariablesAreSetReplacedAndDeletedByName(t *testing.T) {
	db, clock := open(t)
	ada := newUser(t, db, "ada")
	s := newServer(t, db, ada.ID, "weather")
	secret := moorage.Variable{Name: "B_KEY", Description: "The key", Secret: true, Required: true, Sealed: []byte{1, 0, 2},
		UpdatedAt: clock.Now(), UpdatedBy: ada.ID}
	plain := moorage.Variable{Name: "A_URL", Value: "https://example.com", UpdatedAt: clock.Now(), UpdatedBy: ada.ID}
	must(t, db.SetVariable(t.Context(), s.ID, secret))
	must(t, db.SetVariable(t.Context(), s.ID, moorage.Variable{Name: "A_URL", Value: "old", UpdatedBy: ada.ID}))
	must(t, db.SetVariable(t.Context(), s.ID, plain))
	got := get[[]moorage.Variable](t)(db.Variables(t.Context(), s.ID))
	if want := []moorage.Variable{plain, secret}; !reflect.DeepEqual(got, want) {
		t.Errorf("the variables are\n%+v, want\n%+v", got, want)
	}
	must(t, db.DeleteVariable(t.Context(), s.ID, "A_URL"))
	wantCode(t, db.DeleteVariable(t.Context(), s.ID, "A_URL"), moorage.NotFound)
	wantCode(t, db.SetVariable(t.Context(), "srv_gone", plain), moorage.Conflict)
}

func TestInstancesAreListedUntilTheyStop(t *testing.T) {
	db, clock := open(t)
	s := newServer(t, db, newUser(t, db, "ada").ID, "weather")
	d := queue(t, db, s, "main")
	first := moorage.Instance{ID: "ins_1", ServerID: s.ID, DeploymentID: d.ID, ContainerID: "c1", Status: moorage.InstanceStarting}
	must(t, db.CreateInstance(t.Context(), first))
	second := first
	second.ID, second.StartedAt = "ins_2", clock.Move(time.Second)
	must(t, db.CreateInstance(t.Context(), second))
	wantCode(t, db.CreateInstance(t.Context(), second), moorage.Conflict)
	must(t, db.SetInstanceStatus(t.Context(), first.ID, moorage.InstanceReady))
	used := clock.Move(time.Minute)
	must(t, db.TouchInstance(t.Context(), first.ID, used))

	list := get[[]moorage.Instance](t)(db.Instances(t.Context(), s.ID))
	if len(list) != 2 || list[0].ID != first.ID || list[0].Status != moorage.InstanceReady || !list[0].LastUsedAt.Equal(used) {
		t.Errorf("the instances are %+v", list)
	}
	must(t, db.SetInstanceStatus(t.Context(), first.ID, moorage.InstanceStopped))
	wantEqual(t, "the instances of the server", len(get[[]moorage.Instance](t)(db.Instances(t.Context(), s.ID))), 1)
	wantEqual(t, "all instances", len(get[[]moorage.Instance](t)(db.AllInstances(t.Context()))), 1)
	wantCode(t, db.SetInstanceStatus(t.Context(), "ins_gone", moorage.InstanceReady), moorage.NotFound)
	wantCode(t, db.TouchInstance(t.Context(), "ins_gone", used), moorage.NotFound)
}
