package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage/auth"
	"moorage/handlers/api"
	"moorage/static"
)

// route is one row of the table of contents: who may ask for what, and who answers.
type route struct {
	method, path string
	permission   auth.Permission
	handler      echo.HandlerFunc
}

// routes is every route of the process.
func (r rooms) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		// the way in
		{get, "/setup", auth.Public, r.setup.Show},
		{post, "/setup", auth.Visitor, r.setup.Become},
		{post, "/setup/github", auth.Admin, r.setup.GitHub},
		{get, "/setup/github/callback", auth.Admin, r.setup.Manifest},
		{post, "/setup/example", auth.Admin, r.setup.Example},
		{get, "/login", auth.Visitor, r.signin.Login},
		{get, "/auth/github", auth.Public, r.signin.Begin},
		{get, "/auth/github/callback", auth.Public, r.signin.Finish},
		{post, "/logout", auth.SignedIn, r.signin.Logout},

		// home and search
		{get, "/", auth.SignedIn, r.home.Show},
		{get, "/stream", auth.SignedIn, r.home.Stream},
		{get, "/search", auth.SignedIn, r.search.Show},

		// from a repository to a deployment
		{get, "/repos", auth.SignedIn, r.repos.List},
		{post, "/repos/refresh", auth.SignedIn, r.repos.Refresh},
		{get, "/repos/:owner/:name", auth.SignedIn, r.plans.Repository},
		{get, "/repos/:owner/:name/holds", auth.SignedIn, r.repos.Holds},
		{get, "/plan", auth.SignedIn, r.plans.AnyURL},
		{post, "/deployments", auth.SignedIn, r.plans.Deploy},

		// deployments
		{get, "/deployments", auth.SignedIn, r.deployments.List},
		{get, "/deployments/:id", auth.SignedIn, r.deployments.Show},
		{get, "/deployments/:id/log", auth.SignedIn, r.deployments.Log},
		{get, "/deployments/:id/log.txt", auth.SignedIn, r.deployments.Text},
		{get, "/deployments/:id/search", auth.SignedIn, r.deployments.Search},
		{post, "/deployments/:id/cancel", auth.SignedIn, r.deployments.Cancel},
		{post, "/deployments/:id/redeploy", auth.SignedIn, r.deployments.Redeploy},
		{post, "/deployments/:id/rollback", auth.SignedIn, r.deployments.Rollback},

		// servers
		{get, "/servers", auth.SignedIn, r.servers.List},
		{get, "/stream/servers", auth.SignedIn, r.servers.ListStream},
		{get, "/servers/name", auth.SignedIn, r.plans.SlugCheck},
		{get, "/servers/:slug", auth.SignedIn, r.servers.Show},
		{get, "/servers/:slug/connect", auth.SignedIn, r.connecting.Show},
		{post, "/servers/:slug/connect/test", auth.SignedIn, r.held.while(r.connecting.Test)},
		{get, "/servers/:slug/stream", auth.SignedIn, r.servers.Stream},
		{get, "/servers/:slug/tools", auth.SignedIn, r.tools.Show},
		{get, "/servers/:slug/changes", auth.SignedIn, r.changes.Show},
		{get, "/servers/:slug/changes/stream", auth.SignedIn, r.changes.Stream},
		{post, "/servers/:slug/changes/approve", auth.SignedIn, r.changes.Approve},
		{post, "/servers/:slug/changes/hold", auth.SignedIn, r.changes.Hold},
		{get, "/servers/:slug/usage", auth.SignedIn, r.usage.Show},
		{get, "/servers/:slug/usage.json", auth.SignedIn, r.usage.Series},
		{post, "/servers/:slug/usage/record", auth.SignedIn, r.usage.Record},
		{get, "/servers/:slug/output", auth.SignedIn, r.tools.Output},
		{get, "/servers/:slug/deployments", auth.SignedIn, r.servers.Deployments},
		{get, "/servers/:slug/variables", auth.SignedIn, r.variables.Show},
		{post, "/servers/:slug/variables", auth.SignedIn, r.variables.Save},
		{post, "/servers/:slug/variables/delete", auth.SignedIn, r.variables.Delete},
		{get, "/servers/:slug/settings", auth.SignedIn, r.servers.Settings},
		{post, "/servers/:slug/settings", auth.SignedIn, r.servers.SaveSettings},
		{post, "/servers/:slug/auto-deploy", auth.SignedIn, r.autoDeploy.Save},
		{post, "/servers/:slug/auto-deploy/secret", auth.SignedIn, r.autoDeploy.NewSecret},
		{post, "/servers/:slug/sharing", auth.SignedIn, r.sharing.Save},
		{post, "/servers/:slug/sharing/add", auth.SignedIn, r.sharing.Add},
		{post, "/servers/:slug/sharing/remove", auth.SignedIn, r.sharing.Remove},
		{post, "/servers/:slug/redeploy", auth.SignedIn, r.servers.Redeploy},
		{post, "/servers/:slug/stop", auth.SignedIn, r.servers.Stop},
		{post, "/servers/:slug/start", auth.SignedIn, r.servers.Start},
		{post, "/servers/:slug/delete", auth.SignedIn, r.servers.Delete},

		// the runner
		{post, "/servers/:slug/ticket", auth.SignedIn, r.tools.Ticket},
		{get, "/ws", auth.Bearer, r.tools.TicketForPrograms},
		{get, "/ws/:ticket", auth.Public, r.tools.Socket}, // the ticket is the permission

		// the endpoint of all servers, and of one
		{get, aggregatePath, auth.Endpoint, r.mcp.ServeAll},
		{post, aggregatePath, auth.Endpoint, r.mcp.ServeAll},
		{http.MethodDelete, aggregatePath, auth.Endpoint, r.mcp.ServeAll},
		{get, "/mcp/:slug", auth.Endpoint, r.held.while(r.mcp.Serve)},
		{post, "/mcp/:slug", auth.Endpoint, r.held.while(r.mcp.Serve)},
		{http.MethodDelete, "/mcp/:slug", auth.Endpoint, r.held.while(r.mcp.Serve)},

		// one's own
		{get, "/tokens", auth.SignedIn, r.tokens.List},
		{post, "/tokens", auth.SignedIn, r.tokens.Create},
		{post, "/tokens/revoke", auth.SignedIn, r.tokens.Revoke},

		{get, "/connect", auth.SignedIn, r.endpoint.Show},
		{post, "/connect", auth.SignedIn, r.endpoint.Choose},
		{get, "/clients", auth.SignedIn, r.clients.List},
		{post, "/clients/revoke", auth.SignedIn, r.clients.Revoke},

		// MCP clients that ask to be let in
		{get, "/.well-known/oauth-protected-resource/mcp", auth.Public, r.oauth.Resource},
		{get, "/.well-known/oauth-protected-resource/mcp/:slug", auth.Public, r.oauth.Resource},
		{get, "/.well-known/oauth-authorization-server", auth.Public, r.oauth.Server},
		{get, "/oauth/authorize", auth.SignedIn, r.consent.Ask},
		{post, "/oauth/authorize", auth.SignedIn, r.consent.Answer},
		{post, "/oauth/token", auth.Signed, r.oauth.Token},
		{post, "/oauth/register", auth.Signed, r.oauth.Register},
		{post, "/oauth/revoke", auth.Signed, r.oauth.Revoke},

		// those who run this Moorage
		{get, "/admin/people", auth.Admin, r.admin.People},
		{post, "/admin/people/role", auth.Admin, r.admin.SetRole},
		{post, "/admin/access", auth.Admin, r.admin.Allow},
		{post, "/admin/access/remove", auth.Admin, r.admin.Disallow},
		{get, "/admin/github", auth.Admin, r.admin.Connection},
		{post, "/admin/github", auth.Admin, r.admin.Connect},
		{post, "/admin/github/disconnect", auth.Admin, r.admin.Disconnect},
		{get, "/admin/backups", auth.Admin, r.backups.List},
		{post, "/admin/backups", auth.Admin, r.backups.Now},
		{post, "/admin/backups/download", auth.Admin, r.backups.Download},
		{get, "/admin/audit", auth.Admin, r.audit.Show},
		{get, "/admin/audit/chain", auth.Admin, r.audit.Chain},
		{get, "/admin/audit.jsonl", auth.Admin, r.audit.Download},
		{get, "/admin/doctor", auth.Admin, r.doctor.Show},
		{get, "/admin/doctor/findings", auth.Admin, r.doctor.Findings},

		// programs
		{get, "/docs", auth.Public, r.docs.Show},
		{get, "/openapi.yaml", auth.Public, api.OpenAPI},
		{get, "/api/servers", auth.Bearer, r.api.servers.List},
		{get, "/api/servers/:slug", auth.Bearer, r.api.servers.Show},
		{get, "/api/deployments", auth.Bearer, r.api.deployments.List},
		{post, "/api/deployments", auth.Bearer, r.api.deployments.Create},
		{get, "/api/deployments/:id", auth.Bearer, r.api.deployments.Show},
		{get, "/api/deployments/:id/log", auth.Bearer, r.api.deployments.Log},
		{post, "/api/deployments/:id/cancel", auth.Bearer, r.api.deployments.Cancel},
		{post, "/api/deployments/:id/redeploy", auth.Bearer, r.api.deployments.Redeploy},
		{post, "/api/deployments/:id/rollback", auth.Bearer, r.api.deployments.Rollback},
		{get, "/api/services", auth.Bearer, r.api.services.List},
		{get, "/api/services/:slug", auth.Bearer, r.api.services.Show},
		{get, "/api/services/:slug/health", auth.Bearer, r.api.services.Health},
		{get, "/api/services/:slug/usage", auth.Bearer, r.api.services.Usage},
		{post, "/api/services/:slug/call", auth.Bearer, r.held.while(r.api.services.Call)},

		// GitHub
		{post, "/webhooks/github", auth.Signed, r.hooks.App},
		{post, "/webhooks/github/:server", auth.Signed, r.hooks.Server},

		// watchers of the process
		{get, "/healthz", auth.Public, r.health.Healthz},
		{get, "/readyz", auth.Public, r.health.Readyz},
		{get, "/metrics", auth.Public, r.health.Metrics}, // decides itself: this machine, or an admin's token
		{get, "/static/*", auth.Public, echo.WrapHandler(static.Handler())},
		{get, "/favicon.ico", auth.Public, favicon},
	}
}

func favicon(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, static.URL("icons/favicon.svg"))
}
