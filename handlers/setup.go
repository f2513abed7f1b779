package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/views"
	"moorage/views/parts"
)

const exampleName = "greeter"

// setup serves the first run: become the operator, connect GitHub, deploy the
// example. Each step can be skipped and come back to.
type setup struct {
	connection
	db       setupStore
	pipeline pipeline
	engine   engine
}

type setupStore interface {
	HasAdmin(ctx context.Context) (bool, error)
	Servers(ctx context.Context, f moorage.ServerFilter) ([]moorage.Server, error)
	ServerBySlug(ctx context.Context, slug string) (moorage.Server, error)
	DeploymentSummaries(ctx context.Context, f moorage.DeploymentFilter) ([]moorage.DeploymentSummary, error)
}

// Show handles "GET /setup": of somebody with the one-time link, or of an admin.
func (h setup) Show(c echo.Context) error {
	switch u := user(c); {
	case u.Role == moorage.RoleAdmin:
		return h.page(c, http.StatusOK, func(*views.SetupPage) {})
	case u.ID != "":
		return moorage.Errorf(moorage.Forbidden, "Only an operator of this Moorage sees its setup.").Try("Go on to the home page.")
	}
	code := c.QueryParam("code")
	err := h.auth.CheckSetupCode(c.Request(), code)
	return h.page(c, statusOf(err), func(p *views.SetupPage) {
		p.Code, p.Operator.Trouble = code, h.trouble(c, err)
	})
}

// page shows the three steps as they stand; mend puts in what just happened.
func (h setup) page(c echo.Context, status int, mend func(*views.SetupPage)) error {
	ctx, u := c.Request().Context(), user(c)
	p := views.SetupPage{Shell: shell(c, "", "Setup")}
	p.Operator.Done = u.Role == moorage.RoleAdmin
	p.OperatorLogin = u.Login
	p.GitHub.Locked, p.Example.Locked = !p.Operator.Done, !p.Operator.Done
	if p.Operator.Done { // nobody else learns how this machine is set up
		if err := h.fillSteps(c, ctx, &p); err != nil {
			return err
		}
		says, err := describe(ctx, h.engine)
		if p.Engine = says; err != nil {
			p.EngineFails = h.trouble(c, err, parts.Link{Label: "Retry", URL: "/setup"})
		}
	}
	mend(&p)
	for _, s := range []*views.SetupStep{&p.Operator, &p.GitHub, &p.Example} {
		if !s.Done {
			s.Current = true
			break
		}
	}
	if p.GitHub.Current && c.QueryParam("step") == "3" {
		p.GitHub.Current, p.Example.Current = false, true
	}
	return render(c, status, views.Setup(p), nil)
}

func (h setup) fillSteps(c echo.Context, ctx context.Context, p *views.SetupPage) error {
	v, err := h.view(c)
	if err != nil {
		return err
	}
	p.GitHub.Done, p.GitHubAs = v.Connected, v.As
	p.ManifestURL, p.Manifest, p.CallbackURL, p.HomepageURL = v.ManifestURL, v.Manifest, v.CallbackURL, v.HomepageURL
	s, err := h.db.ServerBySlug(ctx, exampleName)
	if moorage.ErrorCode(err) == moorage.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.Example.Done, p.ExampleURL = s.Status == moorage.ServerLive, serverPath(s.Slug)
	last, err := h.db.DeploymentSummaries(ctx, moorage.DeploymentFilter{ServerID: s.ID, Limit: 1})
	if len(last) > 0 {
		p.ExampleURL = deploymentPath(last[0].ID)
	}
	return err
}

// Become handles "POST /setup": uses the one-time code up and signs the
// browser in as the operator.
func (h setup) Become(c echo.Context) error {
	if _, err := h.auth.Setup(c.Response(), c.Request(), c.FormValue("code")); err != nil {
		return h.page(c, statusOf(err), func(p *views.SetupPage) {
			p.Code, p.Operator.Trouble = c.FormValue("code"), h.trouble(c, err)
		})
	}
	return done(c, "/setup", "You are the operator of this Moorage.")
}

// GitHub handles "POST /setup/github": a client id and secret typed by hand.
func (h setup) GitHub(c echo.Context) error {
	if err := h.connect(c); err != nil {
		return h.page(c, statusOf(err), func(p *views.SetupPage) { p.GitHub.Trouble = h.trouble(c, err) })
	}
	return done(c, "/setup", "GitHub is connected.")
}

// Manifest handles "GET /setup/github/callback": GitHub made an App for us.
func (h setup) Manifest(c echo.Context) error {
	if err := h.convert(c); err != nil {
		return h.page(c, statusOf(err), func(p *views.SetupPage) { p.GitHub.Trouble = h.trouble(c, err) })
	}
	return done(c, "/setup", "GitHub is connected.")
}

// Example handles "POST /setup/example": deploys the server that Moorage carries.
func (h setup) Example(c echo.Context) error {
	ctx := c.Request().Context()
	s, err := h.db.ServerBySlug(ctx, exampleName)
	if moorage.ErrorCode(err) == moorage.NotFound {
		s, err = newExample(), nil
	}
	if err != nil {
		return err
	}
	d, err := h.pipeline.Place(ctx, moorage.Order{Server: s, By: user(c).ID})
	if err != nil {
		return err
	}
	return see(c, deploymentPath(d.ID))
}

// newExample is the server that Moorage carries, as it is deployed at first.
func newExample() moorage.Server {
	return moorage.Server{
		Slug: exampleName, Title: "Greeter",
		Description: "The example that Moorage carries: a few tools that show what a server can do.",
		Source:      moorage.Source{Origin: moorage.OriginExample, RepoURL: "example:" + exampleName},
		Config: moorage.Config{
			Build: moorage.BuildConfig{Dockerfile: "Dockerfile", Context: "."},
			Run:   moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone},
		},
	}
}

func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return httpStatus[moorage.ErrorCode(err)]
}

// connection is how this Moorage is known to GitHub; the setup and the admin's
// page share it.
type connection struct {
	guard
	app  githubApp
	base *url.URL
	now  clock
}

// githubApp makes a GitHub App from a manifest.
type githubApp interface {
	Manifest(base string) (string, error) // JSON
	ManifestURL(state string) string
	ConvertManifest(ctx context.Context, code string) (auth.Connection, error)
	AccessURL(slug, clientID string) string
}

// view is the connection as a page shows it. It begins a manifest flow, which
// this browser alone can finish.
func (h connection) view(c echo.Context) (views.ConnectionPage, error) {
	v := views.ConnectionPage{CallbackURL: h.base.JoinPath("auth/github/callback").String(), HomepageURL: h.base.String()}
	k, err := h.auth.Connection(c.Request().Context())
	switch {
	case err == nil:
		v.Connected, v.ClientID, v.Fixed = true, k.ClientID, h.auth.FromEnvironment()
		v.As = "OAuth App " + k.ClientID
		if k.AppSlug != "" {
			v.As, v.AppURL = k.AppSlug, h.app.AccessURL(k.AppSlug, k.ClientID)
		}
		v.How = map[bool]string{true: "From the environment", false: "Made in the browser"}[v.Fixed]
	case moorage.ErrorCode(err) != moorage.Unavailable:
		return v, err
	}
	if v.Fixed {
		return v, nil
	}
	state, err := h.auth.BeginManifest(c.Response(), c.Request())
	if err != nil {
		return v, err
	}
	v.ManifestURL = h.app.ManifestURL(state)
	v.Manifest, err = h.app.Manifest(h.base.String())
	return v, err
}

func (h connection) connect(c echo.Context) error {
	return h.auth.Connect(c.Request().Context(), auth.Connection{ClientID: c.FormValue("client_id"), ClientSecret: c.FormValue("client_secret")})
}

func (h connection) convert(c echo.Context) error {
	code, err := h.auth.FinishManifest(c.Response(), c.Request())
	if err != nil {
		return err
	}
	made, err := h.app.ConvertManifest(c.Request().Context(), code)
	if err != nil {
		return err
	}
	if err := h.auth.Connect(c.Request().Context(), made); err != nil {
		return fmt.Errorf("keep the connection: %w", err)
	}
	return nil
}
