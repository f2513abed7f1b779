package handlers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/auth/oauth"
	"moorage/backup"
	"moorage/deploy"
	"moorage/doctor"
	githubclient "moorage/github"
	"moorage/github/githubtest"
	"moorage/outbound"
	"moorage/secrets"
	"moorage/store"
	"moorage/telemetry"
	"moorage/usage"
)

// site is a whole Moorage behind its handler: real database, real seal, real
// sign-in, real pages, a pipeline whose queue nobody works on, and a fake
// GitHub. Only what needs an engine is made up.
type site struct {
	t        *testing.T
	dir      string
	base     *url.URL
	handler  http.Handler
	options  Options
	auth     *auth.Auth
	db       *store.DB
	box      *secrets.Box
	hub      *githubtest.Server
	pipeline *deploy.Pipeline
	keeper   *backup.Keeper
	usage    *usage.Usage
	images   *images
	runner   *fakeRunner
	gateway  *fakeGateway
	engine   *fakeEngine
	room     error // why nothing is deployed
	planner  *fakePlanner
	stopping chan struct{}
	log      *lines

	owner, other, guest, admin moorage.User
	server                     moorage.Server // of owner, shared with guest; nothing of it is live
	callers                    int
	sessions                   map[moorage.UserID]*http.Cookie
	tokens                     map[moorage.UserID]string

	mu  sync.Mutex
	now time.Time
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// newSite makes a Moorage that knows four people and a server of one of them.
func newSite(t *testing.T, change ...func(*Options)) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC), stopping: make(chan struct{}), log: new(lines), sessions: map[moorage.UserID]*http.Cookie{}, tokens: map[moorage.UserID]string{}}
	s.base = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	s.images, s.runner, s.gateway, s.engine, s.planner = &images{}, newRunner(), &fakeGateway{}, &fakeEngine{says: "Docker 20.10.24 answers."}, &fakePlanner{}
	s.open()
	s.owner = s.person("ada", 11, moorage.RoleMember)
	s.other = s.person("grace", 12, moorage.RoleMember)
	s.guest = s.person("joan", 14, moorage.RoleMember)
	s.admin = s.person("linus", 13, moorage.RoleAdmin)
	s.server = s.addServer("weather", s.owner)
	must(t, s.db.ShareServer(t.Context(), s.server.ID, s.guest.ID))
	s.server = s.again("weather")
	for _, c := range change {
		c(&s.options)
	}
	s.base = s.options.Base
	s.remake()
	return s
}

// open makes the rooms behind the handlers.
func (s *site) open() {
	s.t.Helper()
	var err error
	s.db, err = store.Open(s.t.Context(), s.dir, s.clock)
	must(s.t, err)
	s.t.Cleanup(func() { must(s.t, s.db.Close()) })
	s.box, err = secrets.OpenBox(filepath.Join(s.dir, "master.key"))
	must(s.t, err)
	s.hub = githubtest.New(s.t, githubtest.Options{Now: s.clock})
	s.hub.AddUser("ada", 11, "acme")
	s.hub.AddUser("grace", 12)
	s.hub.AddUser("joan", 14)
	s.hub.AddUser("linus", 13)
	id, secret := s.hub.AddClient(s.base.String() + "/auth/github/callback")
	client, err := githubclient.New(githubclient.Options{WebURL: s.hub.URL, APIURL: s.hub.APIURL, Timeout: 5 * time.Second, Now: s.clock})
	must(s.t, err)
	logger := slog.New(slog.NewJSONHandler(s.log, nil))
	s.auth, err = auth.New(s.db, s.box, client, auth.Options{
		BaseURL: s.base.String(), GitHubURL: s.hub.URL, GitHubAPIURL: s.hub.APIURL, Now: s.clock, Log: logger,
	})
	must(s.t, err)
	must(s.t, s.auth.Connect(s.t.Context(), auth.Connection{ClientID: id, ClientSecret: secret}))
	s.pipeline = deploy.New(deploy.Options{Database: s.db, Box: s.box, Builder: s.images, GitHubURL: s.hub.URL, PublicURL: s.base.String(), Logger: logger, Now: s.clock})
	s.keeper = &backup.Keeper{Folder: filepath.Join(s.dir, "backups"), Keep: 2, Minute: 180, Log: logger, Maker: backup.Maker{
		DB: s.db, Inspect: store.Inspect, Version: "test", Work: filepath.Join(s.dir, "work"), Now: s.clock,
		Key: func() (string, []byte, error) { return secrets.ReadKey(filepath.Join(s.dir, "master.key")) },
	}}
	metrics := telemetry.NewMetrics("test")
	s.usage = usage.New(usage.Options{Database: s.db, Meters: []usage.Meter{metrics}, Logger: logger, Now: s.clock})
	s.options = Options{
		Usage:   s.usage,
		Backups: s.keeper,
		Base:    s.base, GitHubURL: s.hub.URL, Auth: s.auth, DB: s.db, Pipeline: s.pipeline, Planner: s.planner, Runner: s.runner, Gateway: s.gateway, All: fakeAll{},
		GitHub: client, App: app{client}, Hooks: githubclient.Hook{}, Room: func(context.Context) error { return s.room }, Engine: s.engine, Metrics: metrics, Log: logger, Now: s.clock, Stopping: s.stopping,
		Doctor: []doctor.Check{doctor.Versions("v1.2.3", "go1"), doctor.Git(func(context.Context) error { return errors.New("<b>no more processes</b>") })},
		Checks: []Check{{Name: "database", Ping: s.db.Ping}, {Name: "engine", Ping: func(ctx context.Context) error { _, err := s.engine.Describe(ctx); return err }}},
	}
}

// remake makes the handler anew from the options.
func (s *site) remake() {
	s.t.Helper()
	s.options.OAuth = oauth.New(s.db, outbound.NewClient(outbound.Rules{Redirects: -1}), oauth.Options{Base: s.options.Base, Log: s.options.Log, Now: s.clock})
	handler, err := New(s.options)
	must(s.t, err)
	s.handler = handler
}

// listen serves on a socket, for what lasts. The base URL becomes its address.
func (s *site) listen() *httptest.Server {
	s.t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }))
	s.base = &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	s.options.Base = s.base
	s.remake()
	server.Start()
	s.t.Cleanup(server.Close)
	return server
}

func (s *site) person(login string, github int64, role moorage.Role) moorage.User {
	s.t.Helper()
	u := moorage.User{ID: moorage.NewUserID(s.clock()), GitHubID: github, Login: login, Name: strings.ToUpper(login), Role: role, CreatedAt: s.clock(), LastSeenAt: s.clock()}
	must(s.t, s.db.CreateUser(s.t.Context(), u))
	return u
}

func (s *site) addServer(slug string, owner moorage.User) moorage.Server {
	s.t.Helper()
	v := moorage.Server{
		ID: moorage.NewServerID(s.clock()), Slug: slug, Name: "io.github.acme/" + slug, Title: "The " + slug, OwnerID: owner.ID, Status: moorage.ServerNew,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/" + slug + ".git", Ref: "main"},
		Config: moorage.Config{Build: moorage.BuildConfig{Dockerfile: "Dockerfile", Context: "."}, Run: moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone}},
	}
	must(s.t, s.db.CreateServer(s.t.Context(), v))
	return v
}

// enqueue queues a deployment of a server.
func (s *site) enqueue(v moorage.Server) moorage.Deployment {
	s.t.Helper()
	d, err := s.pipeline.Enqueue(s.t.Context(), moorage.Deployment{ServerID: v.ID, CreatedBy: v.OwnerID})
	must(s.t, err)
	return d
}

// begin takes the next deployment of the queue into a worker's hands.
func (s *site) begin() moorage.Deployment {
	s.t.Helper()
	d, err := s.db.ClaimDeployment(s.t.Context())
	must(s.t, err)
	return d
}

// live brings a new deployment of a server live, with one tool.
func (s *site) live(v moorage.Server) moorage.Deployment {
	s.t.Helper()
	return s.offers(v, moorage.Offer{Kind: moorage.OfferTool, Name: "forecast", Hash: "1", Object: []byte(`{"name":"forecast","description":"Says if it rains","inputSchema":{"type":"object"}}`)})
}

// offers brings a new deployment of a server live that offers something.
func (s *site) offers(v moorage.Server, list ...moorage.Offer) moorage.Deployment {
	s.t.Helper()
	s.enqueue(v)
	d, at := s.begin(), moorage.StatusCloning
	for _, next := range []moorage.DeploymentStatus{moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing} {
		must(s.t, s.db.AdvanceDeployment(s.t.Context(), d.ID, at, next))
		at = next
	}
	must(s.t, s.db.SetImage(s.t.Context(), d.ID, moorage.Image{Ref: "moorage/" + v.Slug, ID: "sha256:" + string(d.ID), Size: 1 << 20}))
	_, err := s.db.Switch(s.t.Context(), d.ID, s.base.String()+"/mcp/"+v.Slug, moorage.ServerInfo{Name: v.Slug, Version: "1.2.0"}, list)
	must(s.t, err)
	return s.deployment(d.ID)
}

func (s *site) deployment(id moorage.DeploymentID) moorage.Deployment {
	s.t.Helper()
	d, err := s.db.Deployment(s.t.Context(), id)
	must(s.t, err)
	return d
}

func (s *site) again(slug string) moorage.Server {
	s.t.Helper()
	v, err := s.db.ServerBySlug(s.t.Context(), slug)
	must(s.t, err)
	return v
}

// state is everything that the database holds but for when people were seen
// and for sign-ins on their way.
func (s *site) state() string {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "moorage.db")+"?mode=ro")
	must(s.t, err)
	defer db.Close()
	var b strings.Builder
	for _, table := range s.query(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('oauth_states', 'sqlite_sequence') ORDER BY name`) {
		skip := map[string]bool{"seen_at": true, "last_seen_at": true, "last_used_at": true}
		var columns []string
		for _, c := range s.query(db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			if !skip[c] {
				columns = append(columns, `quote("`+c+`")`)
			}
		}
		rows := s.query(db, `SELECT `+strings.Join(columns, ` || ',' || `)+` FROM "`+table+`" ORDER BY 1`)
		fmt.Fprintf(&b, "%s:\n  %s\n", table, strings.Join(rows, "\n  "))
	}
	return b.String()
}

func (s *site) query(db *sql.DB, text string) []string {
	s.t.Helper()
	rows, err := db.QueryContext(s.t.Context(), text)
	must(s.t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var v string
		must(s.t, rows.Scan(&v))
		all = append(all, v)
	}
	must(s.t, rows.Err())
	return all
}

// lines is a log that may be written and read at the same time.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var _ io.Writer = (*lines)(nil)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
