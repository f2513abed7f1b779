package monitor_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/monitor"
	"moorage/pins"
	"moorage/runner"
	"moorage/runner/runnertest"
	"moorage/store"
)

var moody = runnertest.Program("../runner/testdata/moody")

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// port is a monitor with all that it leans on, and one live server.
type port struct {
	t      *testing.T
	db     *store.DB
	runner *runner.Runner
	server moorage.ServerID
	bell   <-chan struct{} // of the server
}

func newPort(t *testing.T, transport moorage.Transport, command ...string) *port {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), time.Now)
	must(t, err)
	log, live := slog.New(slog.NewTextHandler(t.Output(), nil)), &runnertest.Live{}
	r := runner.New(t.Context(), runner.Options{
		Runtime: runnertest.Engine(t, rand.Text()), Configured: live, Instances: db, CheckTimeout: time.Second, Logger: log, Now: time.Now,
	})
	spec := runnertest.Spec(runnertest.Image(t, moody), transport, command...)
	spec.Instance = ""
	bring(t, db, spec.Server, spec.Deployment, spec.Run)
	live.Set(spec)
	bell, stop := db.Watch(string(spec.Server))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		monitor.New(monitor.Options{Instances: r, News: r.News(), Records: db, Every: time.Second, Logger: log, Now: time.Now}).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		stop()
		must(t, r.Shutdown(context.WithoutCancel(t.Context())))
		must(t, db.Close())
	})
	return &port{t, db, r, spec.Server, bell}
}

// bring makes a deployment live that offers what moody does at first.
func bring(t *testing.T, db *store.DB, server moorage.ServerID, id moorage.DeploymentID, run moorage.RunConfig) {
	t.Helper()
	owner := moorage.User{ID: "usr_ada", Login: "ada", Role: moorage.RoleMember}
	must(t, db.CreateUser(t.Context(), owner))
	source := moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/moody"}
	must(t, db.CreateServer(t.Context(), moorage.Server{ID: server, Slug: "moody", Title: "Moody", OwnerID: owner.ID, Source: source, Config: moorage.Config{Run: run}}))
	_, err := db.CreateDeployment(t.Context(), moorage.Deployment{ID: id, ServerID: server, Status: moorage.StatusQueued, Source: source, Trigger: moorage.TriggerUser, CreatedBy: owner.ID})
	must(t, err)
	_, err = db.ClaimDeployment(t.Context())
	must(t, err)
	way := []moorage.DeploymentStatus{moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing}
	for i, to := range way[1:] {
		must(t, db.AdvanceDeployment(t.Context(), id, way[i], to))
	}
	old, err := pins.Instructions("It said something else when it was probed.")
	must(t, err)
	_, err = db.Switch(t.Context(), id, "u", moorage.ServerInfo{Name: "moody"}, old)
	must(t, err)
	must(t, db.SetHoldChanges(t.Context(), server, true))
}

// until waits for the bell until something is so.
func (p *port) until(what string, so func() bool) {
	p.t.Helper()
	for !so() {
		select {
		case <-p.bell:
		case <-p.t.Context().Done():
			p.t.Fatalf("never: %s", what)
		}
	}
}

func (p *port) is(state moorage.HealthState) func() bool {
	return func() bool {
		h, err := p.db.Health(p.t.Context(), p.server)
		must(p.t, err)
		return h.State == state
	}
}

func (p *port) holds(kind moorage.OfferKind, name string) func() bool {
	return func() bool {
		held, err := p.db.Held(p.t.Context(), p.server)
		must(p.t, err)
		return held.Has(kind, name)
	}
}

// visit begins a session, reads what comes, and returns what calls a tool.
func (p *port) visit() (call func(tool string), end func()) {
	p.t.Helper()
	s, err := p.runner.Connect(p.t.Context(), p.server, runner.Guest{User: "usr_ada"})
	must(p.t, err)
	go func() {
		for {
			if _, err := s.Hear(p.t.Context()); err != nil {
				return
			}
		}
	}()
	say := func(raw string) {
		m, err := jsonrpc.Parse([]byte(raw))
		must(p.t, err)
		_, err = s.Offer(p.t.Context(), m)
		must(p.t, err)
	}
	say(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return func(tool string) {
		say(`{"jsonrpc":"2.0","id":"` + tool + `","method":"tools/call","params":{"name":"` + tool + `","arguments":{}}}`)
	}, s.Close
}

func TestARunningServerIsWatched(t *testing.T) {
	for name, how := range map[string]struct {
		transport moorage.Transport
		command   []string
	}{"over stdio": {moorage.TransportStdio, nil}, "over HTTP": {moorage.TransportHTTP, []string{"-http"}}} {
		t.Run(name, func(t *testing.T) {
			p := newPort(t, how.transport, how.command...)
			if !p.is(moorage.HealthIdle)() {
				t.Error("a server of which nothing runs is not idle")
			}
			call, end := p.visit()
			p.until("it is healthy", p.is(moorage.HealthHealthy))
			p.until("what it says of itself otherwise is held", p.holds(moorage.OfferInstructions, ""))
			p.until("a tool that the probe has not seen is held", p.holds(moorage.OfferTool, "change"))
			call("change")
			p.until("a tool that it lists while it runs is held", p.holds(moorage.OfferTool, "more"))
			changes, err := p.db.Changes(t.Context(), p.server, 0, 1)
			if err != nil || len(changes) != 1 || changes[0].Name != "more" || !changes[0].Running || !changes[0].Held {
				t.Errorf("the newest change is %+v, %v", changes, err)
			}
			call("freeze")
			p.until("it is unhealthy", p.is(moorage.HealthUnhealthy))
			end()
			must(t, p.runner.Stop(t.Context(), p.server))
			p.until("it is idle", p.is(moorage.HealthIdle))
		})
	}
}
