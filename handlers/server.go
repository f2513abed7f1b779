// Package handlers is HTTP for people: pages, their fragments and streams.
// routes.go is the table of contents. A handler binds, checks, does and
// renders; what it does lives in the rooms behind the small interfaces that
// each feature declares. HTTP for programs is in handlers/api.
package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/auth/oauth"
	"moorage/doctor"
	"moorage/handlers/api"
	"moorage/handlers/feed"
)

// Options are what the handlers need of the other rooms.
type Options struct {
	Base      *url.URL // where people reach Moorage
	GitHubURL string
	LocalRepo bool // file:// may be deployed
	Proxies   []netip.Prefix
	Pages     pages // origins of other sites whose pages may be MCP clients

	Auth     *auth.Auth
	OAuth    *oauth.Server
	DB       database
	Pipeline pipeline
	Planner  planner
	Runner   runner
	Gateway  endpoints
	All      aggregate
	GitHub   github
	App      githubApp
	Hooks    hookReader
	Engine   engine
	Room     func(ctx context.Context) error // says why there is none for a deployment
	Checks   []Check
	Doctor   []doctor.Check
	Metrics  metrics
	Usage    recorder
	Backups  keeper

	Log      *slog.Logger
	Now      func() time.Time
	Stopping <-chan struct{} // closed when the process drains: streams end
}

// database is every role that the features need of the store.
type database interface {
	deploymentStore
	serverStore
	planStore
	setupStore
	homeStore
	tokenStore
	clientStore
	people
	variableStore
	auditReader
	sharingStore
	usageStore
	choiceStore
}

type github interface {
	repositories
	repositoryReader
}

type runner interface {
	serverRunner
	revoker
	sockets
	greeter
	Call(ctx context.Context, server moorage.ServerID, user moorage.UserID, t moorage.Offer, args json.RawMessage) (moorage.Result, error)
}

type metrics interface {
	requestMetrics
	Handler() http.Handler
}

// rooms is one value of each feature.
type rooms struct {
	setup       setup
	signin      signin
	home        home
	search      search
	repos       repos
	plans       plans
	deployments deployments
	servers     servers
	connecting  connecting
	tools       tools
	mcp         mcp
	variables   variables
	tokens      tokens
	oauth       oauthEndpoints
	consent     consent
	clients     clients
	endpoint    endpointPage
	admin       admin
	audit       auditLog
	backups     backups
	doctor      doctorPage
	autoDeploy  autoDeploy
	sharing     sharing
	held        *held
	changes     changes
	usage       usagePage
	hooks       hooks
	docs        docs
	api         apiRooms
	health      health
}

// New builds the handler of the whole process. It fails when a route has no
// permission.
func New(o Options) (http.Handler, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = errorHandler(o.Log)
	e.IPExtractor = ClientIP(o.Proxies)
	e.Pre(requestLog(o.Log, o.Metrics), recovered, securityHeaders(o.Base, o.GitHubURL), sameHost(o.Base), o.Pages.answer, crossOrigin(o.Base, o.Pages), capBody)

	g := guard{auth: o.Auth, clients: o.OAuth, base: o.Base, log: o.Log}
	if err := mount(e, g, newRooms(o, g).routes()); err != nil {
		return nil, err
	}
	return e, nil
}

// mount puts every route behind its permission.
func mount(e *echo.Echo, g guard, routes []route) error {
	for _, r := range routes {
		if r.permission == auth.Nobody {
			return fmt.Errorf("%s %s has no permission", r.method, r.path)
		}
		e.Add(r.method, r.path, r.handler, g.admit(r.permission))
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, r.path, r.handler, asGet, g.admit(r.permission))
		}
	}
	return nil
}

// apiRooms are the features of handlers/api.
type apiRooms struct {
	deployments api.Deployments
	servers     api.Servers
	services    api.Services
}

func newAPI(o Options, g guard, d deployments, s servers) apiRooms {
	var p apiRooms
	p.deployments = api.Deployments{
		DB: o.DB, Pipeline: o.Pipeline, Who: caller, Sees: owned, May: g.mayManage, Load: d.loadBoth,
		StillMay: g.stillMay, Text: d.Text, Feeds: feed.NewHub(o.Stopping),
	}
	p.servers = api.Servers{DB: o.DB, Who: caller, Sees: callable, LoadServer: s.loadToCall, Endpoint: func(slug string) string { return endpoint(o.Base, slug) }}
	p.services = api.Services{Servers: p.servers, LoadOwn: s.loadToManage, Live: o.DB, Used: o.DB, Runner: o.Runner, Now: o.Now}
	return p
}

func newRooms(o Options, g guard) rooms {
	var r rooms
	r.deployments = deployments{guard: g, db: o.DB, pipeline: o.Pipeline, feeds: feed.NewHub(o.Stopping), now: o.Now}
	r.servers = servers{guard: g, db: o.DB, deployments: r.deployments, pipeline: o.Pipeline, runner: o.Runner, base: o.Base, githubURL: o.GitHubURL, now: o.Now, stopping: o.Stopping}
	r.autoDeploy = autoDeploy{servers: r.servers, github: o.GitHub, people: o.Auth}
	r.held = newHeld()
	r.sharing = sharing{servers: r.servers, kept: o.DB, sessions: o.Runner, held: r.held}
	r.changes = changes{servers: r.servers}
	r.usage = usagePage{servers: r.servers, kept: o.DB, recorder: o.Usage}
	r.hooks = hooks{app: o.Auth, reader: o.Hooks, pipeline: o.Pipeline, limits: newHookLimits(o.Now)}
	r.connecting = connecting{servers: r.servers, greeter: o.Runner}
	r.mcp = mcp{servers: r.servers, endpoints: o.Gateway, all: o.All}
	r.tools = tools{servers: r.servers, sockets: o.Runner}
	r.variables = variables{servers: r.servers, kept: o.DB}
	r.plans = plans{guard: g, autoDeploy: r.autoDeploy, db: o.DB, github: o.GitHub, people: o.Auth, pipeline: o.Pipeline, planner: o.Planner, base: o.Base, githubURL: o.GitHubURL}
	r.repos = repos{guard: g, github: o.GitHub, people: o.Auth, access: o.App, db: o.DB, local: o.LocalRepo, now: o.Now}
	connect := connection{guard: g, app: o.App, base: o.Base, now: o.Now}
	r.setup = setup{connection: connect, db: o.DB, pipeline: o.Pipeline, engine: o.Engine}
	r.admin = admin{connection: connect, db: o.DB}
	r.doctor = doctorPage{checks: o.Doctor, now: o.Now}
	r.audit = auditLog{db: o.DB, now: o.Now}
	r.backups = backups{guard: g, keeper: o.Backups, now: o.Now}
	r.signin = signin{guard: g, db: o.DB, githubURL: o.GitHubURL}
	r.home = home{guard: g, db: o.DB, servers: r.servers, backups: r.backups, engine: o.Engine, room: o.Room, now: o.Now, stopping: o.Stopping}
	r.search = search{db: o.DB}
	r.tokens = tokens{guard: g, db: o.DB, base: o.Base, now: o.Now}
	r.oauth = oauthEndpoints{server: o.OAuth}
	r.consent = consent{server: o.OAuth}
	r.endpoint = endpointPage{servers: r.servers, kept: o.DB}
	r.clients = clients{db: o.DB, now: o.Now}
	r.docs = docs{base: o.Base}
	r.health = health{guard: g, checks: o.Checks, metrics: o.Metrics.Handler()}
	r.api = newAPI(o, g, r.deployments, r.servers)
	return r
}

// ClientIP says who sent a request: the peer, or whom a trusted proxy names.
func ClientIP(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(ipNet(p)))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
