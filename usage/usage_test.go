package usage_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moorage"
	"moorage/store"
	"moorage/telemetry"
	"moorage/usage"
)

// desk is a Usage over a real database, with one server that has one tool.
type desk struct {
	*usage.Usage
	t       *testing.T
	dir     string
	db      *store.DB
	server  moorage.Server
	metrics *telemetry.Metrics
	log     strings.Builder
	end     func() // ends Run; what was told is written down
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type idle struct{}

func (idle) Loads(context.Context) []moorage.Load { return nil }

func newDesk(t *testing.T, change func(*usage.Options)) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), metrics: telemetry.NewMetrics("test")}
	var err error
	d.db, err = store.Open(t.Context(), d.dir, time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, d.db.Close()) })
	ada := moorage.User{ID: "usr_ada", Login: "ada", Role: moorage.RoleMember}
	must(t, d.db.CreateUser(t.Context(), ada))
	d.server = moorage.Server{ID: moorage.NewServerID(time.Now()), Slug: "weather", OwnerID: ada.ID, Status: moorage.ServerNew, Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/weather"}}
	must(t, d.db.CreateServer(t.Context(), d.server))
	d.offers("forecast")
	o := usage.Options{Database: d.db, Meters: []usage.Meter{d.metrics}, Logger: slog.New(slog.NewTextHandler(&d.log, nil)), Now: time.Now}
	if change != nil {
		change(&o)
	}
	d.Usage = usage.New(o)
	return d
}

// offers brings a deployment live that has a tool.
func (d *desk) offers(tool string) {
	d.t.Helper()
	ctx := d.t.Context()
	_, err := d.db.CreateDeployment(ctx, moorage.Deployment{ID: moorage.NewDeploymentID(time.Now()), ServerID: d.server.ID, Status: moorage.StatusQueued, Source: d.server.Source, Trigger: moorage.TriggerUser, CreatedBy: d.server.OwnerID})
	must(d.t, err)
	claimed, err := d.db.ClaimDeployment(ctx)
	must(d.t, err)
	way := []moorage.DeploymentStatus{moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing}
	for i, to := range way[1:] {
		must(d.t, d.db.AdvanceDeployment(ctx, claimed.ID, way[i], to))
	}
	_, err = d.db.Switch(ctx, claimed.ID, "http://127.0.0.1/mcp/weather", moorage.ServerInfo{Name: "weather"}, []moorage.Offer{{Kind: moorage.OfferTool, Name: tool, Hash: "1", Object: []byte(`{"name":"` + tool + `"}`)}})
	must(d.t, err)
}

// run runs it until end.
func (d *desk) run(s interface {
	Loads(context.Context) []moorage.Load
}) {
	ctx, cancel := context.WithCancel(d.t.Context())
	var work sync.WaitGroup
	work.Go(func() { d.Run(ctx, s) })
	d.end = func() { cancel(); work.Wait() }
}

func (d *desk) call(tool string) moorage.Call {
	return moorage.Call{Server: d.server.ID, User: "usr_ada", Means: moorage.MeansToken, Method: "tools/call", Tool: tool, Began: time.Now(), Took: 3 * time.Millisecond, Outcome: moorage.OutcomeOK}
}

func (d *desk) summary() usage.Summary {
	d.t.Helper()
	tallies, err := d.db.Tallies(d.t.Context(), d.server.ID, time.UnixMilli(0))
	must(d.t, err)
	loads, err := d.db.Loads(d.t.Context(), d.server.ID, time.UnixMilli(0))
	must(d.t, err)
	return usage.Summarise(tallies, loads, time.Now())
}

func TestWhatAClientMakesUpMakesNoRowsAndNoSeries(t *testing.T) {
	d := newDesk(t, nil)
	d.run(idle{})
	for i := range 100 {
		d.Ended(d.call(fmt.Sprint("made-up-", i)))
		odd := d.call("")
		odd.Method = fmt.Sprint("made/up/", i)
		d.Ended(odd)
		d.Ended(d.call("forecast"))
	}
	d.end()
	s := d.summary()
	if len(s.Rows) != 3 || s.All.Calls != 200 || s.Rows[0].Tool != "forecast" || s.Rows[1].Tool != "other" || s.Rows[2].Method != "other" {
		t.Errorf("%+v", s)
	}
	calls, err := d.db.Calls(t.Context(), d.server.ID, "")
	must(t, err)
	for _, c := range calls {
		if strings.Contains(c.Tool+c.Method, "made") {
			t.Fatalf("%+v", c)
		}
	}
	if len(calls) != moorage.MaxCalls {
		t.Errorf("%d calls are kept", len(calls))
	}
}

func TestNobodyWaitsWhenNobodyCounts(t *testing.T) {
	d := newDesk(t, func(o *usage.Options) { o.Queue = 10 })
	for range 25 { // Run does not run
		d.Ended(d.call("forecast"))
	}
	if d.Dropped() != 15 {
		t.Errorf("%d were dropped", d.Dropped())
	}
	d.metrics.CountUncounted(d.Dropped)
	if text := scrape(t, d.metrics); !strings.Contains(text, "moorage_uncounted_calls_total 15") {
		t.Error(text)
	}
	d.run(idle{})
	d.end()
	if n := d.summary().All.Calls; n != 10 {
		t.Errorf("%d were counted", n)
	}
}

// one is a sampler of one server.
type one struct{ load moorage.Load }

func (o one) Loads(context.Context) []moorage.Load { return []moorage.Load{o.load} }

func TestInstancesAreLookedAtNowAndThen(t *testing.T) {
	d := newDesk(t, func(o *usage.Options) { o.Sample, o.Every = time.Millisecond, time.Millisecond })
	bell, end := d.db.WatchUsage(d.server.ID)
	defer end()
	d.run(one{moorage.Load{Server: d.server.ID, At: time.Now(), Sessions: 3, Instances: 2, Memory: 5, CPU: 0.5}})
	<-bell
	d.end()
	if now := d.summary().Now; now.Sessions != 3 || now.Memory != 5 {
		t.Errorf("%+v", now)
	}
}

const canary = "what-ada-asked"

// everywhere is all that Moorage has written or says to a scraper.
func (d *desk) everywhere() string {
	d.t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	must(d.t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		must(d.t, err)
		all.Write(b)
	}
	all.WriteString(d.log.String() + scrape(d.t, d.metrics))
	return all.String()
}

func TestWhatIsRecordedIsInMemoryAndInNoFileLogOrMetric(t *testing.T) {
	d := newDesk(t, nil)
	if d.Keeps(d.server.ID) {
		t.Error("it is kept although nobody wants it")
	}
	d.Record(d.server.ID, "ada")
	if r, on := d.Recording(d.server.ID); !on || r.By != "ada" || d.Keeps("srv_other") {
		t.Errorf("%+v %v", r, on)
	}
	d.run(idle{})
	c := d.call("forecast")
	c.Kept = &moorage.Kept{Arguments: canary, Result: canary}
	d.Ended(c)
	d.end()
	calls, err := d.db.Calls(t.Context(), d.server.ID, "")
	must(t, err)
	if kept := d.Kept(d.server.ID); len(calls) != 1 || kept[calls[0].N].Arguments != canary {
		t.Errorf("%+v %+v", calls, kept)
	}
	if all := d.everywhere(); strings.Contains(all, canary) || !strings.Contains(all, "forecast") {
		t.Error("it is written down, or nothing is")
	}
	d.StopRecording(d.server.ID)
	if d.Keeps(d.server.ID) {
		t.Error("it is kept on")
	}
}

func TestARecordingEndsByItselfAndIsForgottenAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := usage.New(usage.Options{Database: empty{}, Logger: slog.New(slog.DiscardHandler), Now: time.Now, Every: time.Minute, Sample: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { u.Run(ctx, idle{}) })
		u.Record("srv_1", "ada")
		u.Ended(moorage.Call{Server: "srv_1", Method: "tools/call", Began: time.Now(), Kept: &moorage.Kept{Arguments: canary}})
		time.Sleep(usage.RecordFor)
		if synctest.Wait(); u.Keeps("srv_1") || len(u.Kept("srv_1")) != 1 {
			t.Error("it goes on, or is forgotten at its end")
		}
		time.Sleep(moorage.UsageAge)
		if synctest.Wait(); len(u.Kept("srv_1")) != 0 {
			t.Error("it is kept for longer than a day")
		}
		cancel()
		work.Wait()
	})
}

// empty is a database in whose place time may be a made-up one.
type empty struct{}

func (empty) AddUsage(context.Context, moorage.Usage) error { return nil }
func (empty) Server(context.Context, moorage.ServerID) (moorage.Server, error) {
	return moorage.Server{Slug: "weather"}, nil
}
func (empty) Tools(context.Context, moorage.ServerID) ([]moorage.Offer, error) { return nil, nil }

func BenchmarkEnded(b *testing.B) {
	u := usage.New(usage.Options{Now: time.Now})
	c := moorage.Call{Server: "srv_1", Method: "tools/call", Tool: "forecast"}
	b.ReportAllocs()
	for b.Loop() {
		u.Ended(c)
	}
}
