package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/deploy"
	"moorage/secrets"
	"moorage/store"
)

const patience = 2 * time.Minute // of a whole test; it only ends one that hangs

// rig is a pipeline on a real store, with one person and one server.
type rig struct {
	t        *testing.T
	ctx      context.Context
	db       *store.DB
	box      *secrets.Box
	script   *script
	pipeline *deploy.Pipeline
	user     moorage.UserID
	server   moorage.Server
	workDir  string
	log      *buffer
}

// newRig makes a pipeline that does not run yet.
func newRig(t *testing.T, change ...func(*deploy.Options)) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	dir := t.TempDir()
	db, err := store.Open(ctx, dir, time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	box, err := secrets.OpenBox(filepath.Join(dir, "master.key"))
	must(t, err)
	r := &rig{
		t: t, ctx: ctx, db: db, box: box, script: newScript(), log: new(buffer),
		user: moorage.NewUserID(time.Now()), workDir: filepath.Join(dir, "work"),
	}
	must(t, os.Mkdir(r.workDir, 0o700))
	must(t, db.CreateUser(ctx, moorage.User{ID: r.user, Login: "ada", Role: moorage.RoleAdmin, CreatedAt: time.Now()}))
	r.server = r.addServer("greeter")
	o := deploy.Options{
		Database: db, Box: box, Tokens: r.script, Builder: r.script, Runtime: r.script, Prober: r.script, Endpoints: r.script,
		WorkDir: r.workDir, PublicURL: "https://moorage.example/", GitHubURL: "https://github.example",
		Logger: slog.New(slog.NewJSONHandler(r.log, nil)),
	}
	for _, c := range change {
		c(&o)
	}
	r.pipeline = deploy.New(o)
	return r
}

// run runs the pipeline until the test ends, or stop is called.
func (r *rig) run() (stop func()) {
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.pipeline.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	r.t.Cleanup(stop)
	return stop
}

func stdio() moorage.Config {
	return moorage.Config{
		Build: moorage.BuildConfig{Dockerfile: "Dockerfile", Context: "."},
		Run:   moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone},
	}
}

func overHTTP() moorage.Config {
	c := stdio()
	c.Run.Transport, c.Run.Port = moorage.TransportHTTP, 8000
	return c
}

func (r *rig) addServer(slug string) moorage.Server {
	r.t.Helper()
	now := time.Now()
	s := moorage.Server{
		ID: moorage.NewServerID(now), Slug: slug, Name: "io.github.ada/" + slug, OwnerID: r.user,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.example/ada/" + slug, Ref: "main"},
		Config: stdio(), Status: moorage.ServerNew, CreatedAt: now, UpdatedAt: now,
	}
	must(r.t, r.db.CreateServer(r.ctx, s))
	return s
}

func (r *rig) configure(c moorage.Config) {
	r.t.Helper()
	r.server.Config = c
	must(r.t, r.db.UpdateServer(r.ctx, r.server))
}

func (r *rig) variable(name, value string, required bool) {
	r.t.Helper()
	v := moorage.Variable{Name: name, Secret: true, Required: required, UpdatedBy: r.user, UpdatedAt: time.Now()}
	if value != "" {
		var err error
		v.Sealed, err = r.box.Seal([]byte(value), "variable/"+string(r.server.ID)+"/"+name)
		must(r.t, err)
	}
	must(r.t, r.db.SetVariable(r.ctx, r.server.ID, v))
}

// enqueue queues a deployment of the server.
func (r *rig) enqueue() moorage.DeploymentID {
	r.t.Helper()
	d, err := r.pipeline.Enqueue(r.ctx, moorage.Deployment{ServerID: r.server.ID, CreatedBy: r.user})
	must(r.t, err)
	return d.ID
}

// deploy queues a deployment of the server and waits for its end.
func (r *rig) deploy() moorage.Deployment {
	r.t.Helper()
	return r.settled(r.enqueue())
}

// settled waits for the end of a deployment.
func (r *rig) settled(id moorage.DeploymentID) moorage.Deployment {
	r.t.Helper()
	bell, stop := r.db.Watch(string(id))
	defer stop()
	for {
		d, err := r.db.Deployment(r.ctx, id)
		must(r.t, err)
		if d.Status.Settled() {
			return d
		}
		r.hear(bell)
	}
}

func (r *rig) hear(bell <-chan struct{}) {
	r.t.Helper()
	select {
	case <-bell:
	case <-r.ctx.Done():
		r.t.Fatalf("nothing happened\n%s", r.log)
	}
}

// wants fails the test when the deployment ended otherwise.
func (r *rig) wants(d moorage.Deployment, status moorage.DeploymentStatus) {
	r.t.Helper()
	if d.Status != status {
		r.t.Fatalf("the deployment is %s, not %s: %s %s\n%s", d.Status, status, d.Error, d.ErrorNext, r.log)
	}
}

func (r *rig) live() moorage.DeploymentID {
	r.t.Helper()
	s, err := r.db.Server(r.ctx, r.server.ID)
	must(r.t, err)
	return s.LiveDeploymentID
}

func (r *rig) lines(id moorage.DeploymentID) []moorage.LogLine {
	r.t.Helper()
	lines, err := r.db.LogLines(r.ctx, id, 0, 1_000_000)
	must(r.t, err)
	return lines
}

func (r *rig) text(id moorage.DeploymentID) string {
	r.t.Helper()
	var b strings.Builder
	for _, l := range r.lines(id) {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// path returns the statuses that a deployment went through, as our own log has
// them. Each line says where it came from: a worker may have begun before who
// asked for the deployment has written that it is queued.
func (r *rig) path(id moorage.DeploymentID) string {
	r.t.Helper()
	next := map[string]string{}
	scan := bufio.NewScanner(strings.NewReader(r.log.String()))
	for scan.Scan() {
		var line struct{ Msg, Deployment, Status, Was string }
		must(r.t, json.Unmarshal(scan.Bytes(), &line))
		if line.Deployment != string(id) || line.Msg != "Deployment moved" {
			continue
		}
		if twice := next[line.Was]; twice != "" {
			r.t.Errorf("from %q it went to %s and to %s", line.Was, twice, line.Status)
		}
		next[line.Was] = line.Status
	}
	var path []string
	for at, ok := next[""]; ok; at, ok = next[at] {
		path = append(path, at)
	}
	if len(path) != len(next) {
		r.t.Errorf("not every move follows from another: %v", next)
	}
	return strings.Join(path, " ")
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
