package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/aggregate"
	"moorage/auth"
	"moorage/auth/oauth"
	"moorage/backup"
	"moorage/builder"
	"moorage/deploy"
	"moorage/gateway"
	"moorage/github"
	"moorage/handlers"
	"moorage/monitor"
	"moorage/outbound"
	"moorage/runner"
	"moorage/runtime/docker"
	"moorage/secrets"
	"moorage/store"
	"moorage/telemetry"
	"moorage/usage"
)

// app is everything that one Moorage is made of.
type app struct {
	config   Config
	log      *slog.Logger
	db       *store.DB
	box      *secrets.Box
	github   *github.Client
	auth     *auth.Auth
	oauth    *oauth.Server
	docker   *docker.Docker
	builder  *builder.Engine
	usage    *usage.Usage
	runner   *runner.Runner
	gateway  *gateway.Gateway
	all      *aggregate.Aggregate
	monitor  *monitor.Monitor
	pipeline *deploy.Pipeline
	keeper   *backup.Keeper
	reporter *deploy.Reporter
	images   atomic.Pointer[string] // the engine's folder, when it has told
	handler  http.Handler
	stopping chan struct{} // closed when the process drains
	closers  []func() error
}

func (a *app) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		if err := a.closers[i](); err != nil {
			a.log.Warn("Not closed", "err", err)
		}
	}
}

// closeAfter closes what was opened when opening the rest failed.
func (a *app) closeAfter(err *error) {
	if *err != nil {
		a.close()
	}
}

// open opens what is at rest: the database, the master key, and who may come in.
func open(ctx context.Context, config Config, log *slog.Logger) (_ *app, err error) {
	a := &app{config: config, log: log, stopping: make(chan struct{})}
	defer a.closeAfter(&err)
	if a.db, err = store.Open(ctx, config.Data, config.Failpoints.Now, config.Failpoints.Reach); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	a.closers = append(a.closers, a.db.Close)
	if a.box, err = secrets.OpenBox(config.MasterKeyFile); err != nil {
		return nil, fmt.Errorf("open the master key: %w", err)
	}
	if a.github, err = github.New(github.Options{WebURL: config.GitHubURL, APIURL: config.GitHubAPIURL, Now: config.Failpoints.Now}); err != nil {
		return nil, err
	}
	a.oauth = oauth.New(a.db, outbound.NewClient(documentRules()), oauth.Options{Base: config.URL, Log: log, Now: config.Failpoints.Now})
	a.auth, err = auth.New(a.db, a.box, a.github, authOptions(config, log))
	return a, err
}

// documentRules are for the metadata documents of OAuth clients, whose addresses
// strangers choose: small, soon, and no redirect.
func documentRules() outbound.Rules {
	return outbound.Rules{Redirects: -1, Wait: 5 * time.Second, Time: 5 * time.Second, Bytes: 5 << 10}
}

func authOptions(config Config, log *slog.Logger) auth.Options {
	return auth.Options{
		BaseURL: config.URL.String(), GitHubURL: config.GitHubURL, GitHubAPIURL: config.GitHubAPIURL, Admins: config.Admins,
		Connection: auth.Connection{ClientID: config.GitHubClientID, ClientSecret: config.GitHubSecret},
		ClientIP:   clientIP(config), Log: log, Now: config.Failpoints.Now,
	}
}

func clientIP(config Config) func(*http.Request) string {
	return func(r *http.Request) string { return echo.IPExtractor(handlers.ClientIP(config.TrustedProxies))(r) }
}

// checkTimeout is how long a server may take to say how it is.
const checkTimeout = 5 * time.Second

// build makes the rooms in the order in which they lean on each other.
func build(ctx context.Context, config Config, log *slog.Logger) (_ *app, err error) {
	a, err := open(ctx, config, log)
	if err != nil {
		return nil, err
	}
	defer a.closeAfter(&err)
	home, err := homeID(ctx, a.db)
	if err != nil {
		return nil, err
	}
	work := filepath.Join(config.Data, "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		return nil, fmt.Errorf("make the work folder: %w", err)
	}
	if a.docker, err = docker.New(config.DockerHost, home); err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.docker.Close)
	a.builder, err = builder.New(builder.Options{
		DockerHost: config.DockerHost, TempDir: work, GitHubURL: config.GitHubURL, AllowLocal: config.AllowLocalRepos, BuildTimeout: config.BuildTimeout,
		Registry: registryOf(config),
		Examples: example, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.builder.Close)
	metrics := telemetry.NewMetrics(buildVersion())
	meters, err := a.meters(ctx, metrics)
	if err != nil {
		return nil, err
	}
	a.usage = usage.New(usage.Options{Database: a.db, Meters: meters, Logger: log, Now: config.Failpoints.Now})
	metrics.CountUncounted(a.usage.Dropped)
	a.runner = runner.New(ctx, runner.Options{
		Runtime: a.docker, Configured: deploy.Live{Database: a.db, Box: a.box}, Instances: a.db, Usage: a.usage,
		IdleTimeout: config.IdleTimeout, CheckTimeout: min(config.HealthInterval, checkTimeout), Version: buildVersion(), Logger: log, Now: config.Failpoints.Now,
	})
	a.gateway = gateway.New(ctx, gateway.Options{
		Origin: config.URL.String(), Origins: config.CORSOrigins, Runner: a.runner, Tools: a.db, IdleTimeout: config.IdleTimeout, Version: buildVersion(), Logger: log, Now: config.Failpoints.Now,
	})
	a.monitor = monitor.New(monitor.Options{
		Instances: a.runner, News: a.runner.News(), Records: a.db, Every: config.HealthInterval, Logger: log, Now: config.Failpoints.Now,
	})
	a.pipeline = a.pipelineOf(work, metrics)
	a.all, err = aggregate.New(ctx, aggregate.Options{
		Origin: config.URL.String(), Origins: config.CORSOrigins, Store: a.db, Runner: a.runner, Deploy: a.pipeline, May: auth.MayCall, Manage: auth.MayManage,
		IdleTimeout: config.IdleTimeout, Version: buildVersion(), Logger: log, Now: config.Failpoints.Now,
	})
	if err != nil {
		return nil, err
	}
	a.keeper = a.keeperOf(home)
	a.reporter = deploy.NewReporter(deploy.ReporterOptions{
		Database: a.db, GitHub: a.github, Tokens: a.auth, PublicURL: config.URL.String(), Logger: log, Now: config.Failpoints.Now,
	})
	a.handler, err = a.handlers(metrics, work)
	return a, err
}

func (a *app) pipelineOf(work string, metrics *telemetry.Metrics) *deploy.Pipeline {
	return deploy.New(deploy.Options{
		Database: a.db, Box: a.box, Tokens: a.auth, Builder: a.builder, Runtime: a.docker, Prober: runner.Prober{Version: buildVersion()}, Endpoints: a.runner,
		WorkDir: work, PublicURL: a.config.URL.String(), Registry: a.config.Registry, GitHubURL: a.config.GitHubURL,
		BuildConcurrency: a.config.BuildConcurrency, BuildTimeout: a.config.BuildTimeout, Meter: metrics, Logger: a.log,
		Room: a.room().Enough, LogKeep: a.config.LogKeep,
		Now: a.config.Failpoints.Now,
	})
}

// tracesTimeout is for what has not been sent to a collector when Moorage ends.
const tracesTimeout = 5 * time.Second

// meters are told of each call: what is served at /metrics, and a collector when
// there is one.
func (a *app) meters(ctx context.Context, metrics *telemetry.Metrics) ([]usage.Meter, error) {
	if a.config.Collector == "" {
		return []usage.Meter{metrics}, nil
	}
	traces, err := telemetry.NewTraces(ctx, a.config.Collector, buildVersion(), a.log)
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tracesTimeout)
		defer cancel()
		return traces.Close(ctx)
	})
	return []usage.Meter{metrics, traces}, nil
}

func (a *app) handlers(metrics *telemetry.Metrics, work string) (http.Handler, error) {
	sockets := runner.NewSockets(a.runner, runner.SocketOptions{
		Origin: a.config.URL.String(), IdleTimeout: a.config.IdleTimeout, Logger: a.log, Now: a.config.Failpoints.Now,
	})
	return handlers.New(handlers.Options{
		Base: a.config.URL, GitHubURL: a.config.GitHubURL, LocalRepo: a.config.AllowLocalRepos, Proxies: a.config.TrustedProxies, Pages: a.config.CORSOrigins,
		Auth: a.auth, OAuth: a.oauth, DB: a.db, Pipeline: a.pipeline, Runner: running{a.runner, sockets}, Gateway: a.gateway, All: a.all, GitHub: a.github, App: githubApp{a.github}, Hooks: github.Hook{},
		Planner: deploy.Preview{Builder: a.builder, Tokens: a.auth, WorkDir: work, GitHubURL: a.config.GitHubURL},
		Room:    a.room().Enough, Engine: engine{a.docker}, Metrics: metrics, Usage: a.usage, Backups: a.keeper, Log: a.log, Now: a.config.Failpoints.Now, Stopping: a.stopping,
		Doctor: a.patient().checks(),
		Checks: []handlers.Check{
			{Name: "database", Ping: a.db.Ping},
			{Name: "engine", Ping: func(ctx context.Context) error { _, err := a.docker.Ping(ctx); return err }},
		},
	})
}

// homeID is the id of the data folder: what carries it as a label is ours.
func homeID(ctx context.Context, db *store.DB) (string, error) {
	const name = "home"
	id, _, err := db.Setting(ctx, name)
	if moorage.ErrorCode(err) != moorage.NotFound {
		return id, err
	}
	var b [8]byte
	rand.Read(b[:])
	id = hex.EncodeToString(b[:])
	return id, db.SetSetting(ctx, name, id, nil)
}

// setupURL makes a one-time link for the operator.
func setupURL(ctx context.Context, a *auth.Auth, config Config) (string, error) {
	code, err := a.NewSetupCode(ctx)
	if err != nil {
		return "", err
	}
	u := config.URL.JoinPath("setup")
	u.RawQuery = "code=" + code
	return u.String(), nil
}
