package aggregate

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/auth"
	"moorage/deploy"
	"moorage/runner"
	"moorage/runner/runnertest"
	"moorage/runtime"
	"moorage/runtime/docker"
	"moorage/store"
)

// Programs of the tests, compiled once.
var (
	greeter = runnertest.Program("../examples/greeter")
	odd     = runnertest.Program("../gateway/testdata/odd")
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dock is an aggregate over a real database, and the HTTP server of both.
type dock struct {
	*Aggregate
	t       testing.TB
	db      *store.DB
	live    *runnertest.Live
	runner  *runner.Runner // nil: the test calls no server
	engine  *docker.Docker
	queue   *deploy.Pipeline
	counted chan moorage.Call // calls of tools
	web     *httptest.Server
	owner   moorage.User
	guest   moorage.User
	running sync.WaitGroup
	stop    context.CancelFunc

	mu     sync.Mutex
	scopes map[string]moorage.Scope // by token
	gone   error                    // why nobody may go on
}

// newShelf is a dock that calls no server.
func newShelf(t testing.TB) *dock {
	t.Helper()
	d := newPeople(t)
	d.open(nil)
	return d
}

// newDock is a dock with a runner on the tests' engine.
func newDock(t testing.TB) *dock {
	t.Helper()
	d := newPeople(t)
	d.engine = runnertest.Engine(t, rand.Text())
	d.runner = runner.New(t.Context(), runner.Options{Runtime: d.engine, Configured: d.live, Instances: &runnertest.Rows{}, Usage: d, Logger: d.log(), Now: time.Now})
	d.open(d.runner)
	return d
}

// newPeople is a database with two people, and nothing that serves it.
func newPeople(t testing.TB) *dock {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	d := &dock{t: t, db: db, live: &runnertest.Live{}, counted: make(chan moorage.Call, 100), scopes: map[string]moorage.Scope{}}
	d.owner, d.guest = d.person("ada"), d.person("joan")
	d.queue = deploy.New(deploy.Options{Database: db, Logger: d.log(), Now: time.Now}) // whose queue nobody works on
	return d
}

// Ended keeps a call that was counted.
func (d *dock) Ended(c moorage.Call) {
	if c.Method != methodCallTool {
		return
	}
	select {
	case d.counted <- c:
	default: // most tests do not look
	}
}

// Keeps says that nothing is recorded.
func (d *dock) Keeps(moorage.ServerID) bool { return false }

func (d *dock) log() *slog.Logger { return slog.New(slog.NewTextHandler(d.t.Output(), nil)) }

func (d *dock) open(o opener) {
	d.web = httptest.NewUnstartedServer(nil)
	var err error
	d.Aggregate, err = New(d.t.Context(), Options{
		Origin: "http://" + d.web.Listener.Addr().String(), Origins: []string{"https://inspector.example"}, Store: d.db, Runner: o, Deploy: d.queue, May: auth.MayCall, Manage: auth.MayManage,
		Settle: time.Millisecond, Beat: time.Millisecond, Version: "test", Logger: d.log(), Now: time.Now,
	})
	must(d.t, err)
	d.web.Config.Handler = http.HandlerFunc(d.serve)
	d.web.Start()
	ctx, stop := context.WithCancel(d.t.Context())
	d.stop = stop
	d.running.Go(func() { d.Run(ctx) })
	d.t.Cleanup(d.shut)
}

// serve knows people by their login, which is their token here.
func (d *dock) serve(w http.ResponseWriter, r *http.Request) {
	who := map[string]moorage.User{"Bearer ada": d.owner, "Bearer joan": d.guest, "Bearer narrow": d.owner}[r.Header.Get("Authorization")]
	d.mu.Lock()
	c := moorage.Caller{User: who, Scope: d.scopes[r.Header.Get("Authorization")]}
	d.mu.Unlock()
	d.Serve(w, r.WithContext(moorage.WithActor(r.Context(), moorage.Actor{Means: moorage.MeansToken, UserID: who.ID})), c, func(context.Context) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.gone
	})
}

// shut ends everything and looks for what is left.
func (d *dock) shut() {
	ctx := context.WithoutCancel(d.t.Context())
	d.web.CloseClientConnections()
	d.stop()
	d.running.Wait()
	must(d.t, d.Close(ctx))
	d.web.Close()
	if d.runner == nil {
		return
	}
	must(d.t, d.runner.Shutdown(ctx))
	if left, err := d.engine.List(ctx); err != nil || len(left) > 0 {
		d.t.Errorf("containers are left: %v, %v", left, err)
	}
}

func (d *dock) person(login string) moorage.User {
	u := moorage.User{ID: moorage.NewUserID(time.Now()), Login: login, Role: moorage.RoleMember}
	must(d.t, d.db.CreateUser(d.t.Context(), u))
	return u
}

// add makes a server of ada's that offers something, live.
func (d *dock) add(slug string, offers ...moorage.Offer) moorage.Server {
	d.t.Helper()
	s := moorage.Server{
		ID: moorage.NewServerID(time.Now()), Slug: slug, Name: "io.github.acme/" + slug, Title: "The " + slug, OwnerID: d.owner.ID, Status: moorage.ServerNew,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/" + slug, Ref: "main"},
		Config: moorage.Config{Run: moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone}},
	}
	must(d.t, d.db.CreateServer(d.t.Context(), s))
	return d.bring(s, offers...)
}

// bring makes a new deployment of a server live, with what it offers.
func (d *dock) bring(s moorage.Server, offers ...moorage.Offer) moorage.Server {
	d.t.Helper()
	ctx := d.t.Context()
	_, err := d.db.CreateDeployment(ctx, moorage.Deployment{
		ID: moorage.NewDeploymentID(time.Now()), ServerID: s.ID, Status: moorage.StatusQueued, Source: s.Source, Config: s.Config, Trigger: moorage.TriggerUser, CreatedBy: s.OwnerID,
	})
	must(d.t, err)
	next, err := d.db.ClaimDeployment(ctx)
	must(d.t, err)
	way := []moorage.DeploymentStatus{moorage.StatusCloning, moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing}
	for i, to := range way[1:] {
		must(d.t, d.db.AdvanceDeployment(ctx, next.ID, way[i], to))
	}
	_, err = d.db.Switch(ctx, next.ID, "u", moorage.ServerInfo{}, offers)
	must(d.t, err)
	s, err = d.db.Server(ctx, s.ID)
	must(d.t, err)
	return s
}

// runs makes a program that runs in a container the live deployment of a new
// server, and offers what it lists.
func (d *dock) runs(slug, image string, transport moorage.Transport, command ...string) moorage.Server {
	d.t.Helper()
	spec := runnertest.Spec(image, transport, command...)
	c, err := d.engine.Start(d.t.Context(), spec)
	must(d.t, err)
	found, err := runner.Prober{Version: "test"}.Probe(d.t.Context(), c, spec.Run, spec.Env)
	must(d.t, err)
	must(d.t, c.Stop(context.WithoutCancel(d.t.Context()), 0))
	s := d.add(slug, found.Offers...)
	d.says(s, spec)
	return s
}

// says makes a spec what is live of a server, as far as the runner knows.
func (d *dock) says(s moorage.Server, spec runtime.Spec) {
	spec.Server, spec.Deployment, spec.Instance = s.ID, s.LiveDeploymentID, ""
	d.live.Set(spec)
}

// connect is the SDK's own client, in an era, with a person's token.
func (d *dock) connect(token, version string, o *mcp.ClientOptions) *mcp.ClientSession {
	d.t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, o)
	s, err := c.Connect(d.t.Context(), &mcp.StreamableClientTransport{
		Endpoint: d.web.URL, HTTPClient: &http.Client{Transport: bearer(token)},
	}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	must(d.t, err)
	d.t.Cleanup(func() { s.Close() })
	return s
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

const legacyVersion = "2025-11-25"

var eras = []string{legacyVersion, modernVersion}
