package aggregate

import (
	"context"
	"encoding/json"
	"slices"

	"moorage"
)

// serverKeeper is what is known of servers, live or not.
type serverKeeper interface {
	ServerSummaries(ctx context.Context, f moorage.ServerFilter) ([]moorage.ServerSummary, error)
	Server(ctx context.Context, id moorage.ServerID) (moorage.Server, error)
	ServerBySlug(ctx context.Context, slug string) (moorage.Server, error)
}

// serverWords is a server as one row of a list says it.
type serverWords struct {
	Name        string               `json:"name"`
	Title       string               `json:"title,omitempty"`
	Description string               `json:"description,omitempty"`
	Owner       string               `json:"owner"`
	Status      moorage.ServerStatus `json:"status"`
	Running     int                  `json:"containers_running"`
	Tools       int                  `json:"tools"`
	Held        int                  `json:"held,omitempty"` // offers that wait for its owner
	Manage      bool                 `json:"you_may_manage_it"`
}

func (a *asking) serverWords(s moorage.ServerSummary) serverWords {
	return serverWords{
		Name: s.Slug, Title: s.Title, Description: clip(s.Description, maxDescription), Owner: s.Owner, Status: s.Status,
		Running: s.Instances, Tools: s.Tools, Held: s.Held, Manage: a.mayManage(s.Server),
	}
}

// mayManage reports whether the caller sees what is behind a server: their token
// must reach all of it.
func (a *asking) mayManage(s moorage.Server) bool {
	return a.view.a.o.Manage(a.caller.User, s) && a.caller.Scope.Whole(s.Slug)
}

// callable chooses the servers that the caller's person may call.
func (a *asking) callable() moorage.ServerFilter {
	var f moorage.ServerFilter
	if a.caller.User.Role != moorage.RoleAdmin {
		f.Callable = a.caller.User.ID
	}
	return f
}

// listServers reads past what the caller's scope does not reach until the page is
// full.
func listServers(ctx context.Context, a *asking, raw json.RawMessage) (any, error) {
	var asked struct {
		Search, Cursor string
		Limit          int
	}
	if err := arguments(raw, &asked); err != nil {
		return nil, err
	}
	f, most := a.callable(), atMost(asked.Limit, 50, 100)
	f.Search, f.Limit = clip(asked.Search, 200), most+1
	f.After = moorage.Place{Others: true, Slug: asked.Cursor} // nobody comes first here: all are others
	var said struct {
		Servers []serverWords `json:"servers"`
		Next    string        `json:"next_cursor,omitempty"`
	}
	said.Servers = []serverWords{}
	for {
		rows, err := a.view.a.o.Store.ServerSummaries(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			if f.After.Slug = s.Slug; !a.caller.Scope.Reaches(s.Slug) {
				continue
			}
			if len(said.Servers) == most {
				said.Next = said.Servers[most-1].Name
				return said, nil
			}
			said.Servers = append(said.Servers, a.serverWords(s))
		}
		if len(rows) < f.Limit {
			return said, nil
		}
	}
}

func serverStatus(ctx context.Context, a *asking, raw json.RawMessage) (any, error) {
	s, err := a.named(ctx, raw)
	if err != nil {
		return nil, err
	}
	f := a.callable()
	f.Search = s.Slug
	rows, err := a.view.a.o.Store.ServerSummaries(ctx, f)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(rows, func(row moorage.ServerSummary) bool { return row.ID == s.ID })
	if at < 0 { // gone since
		return nil, errNoServer(s.Slug)
	}
	said := struct {
		serverWords
		Endpoint   bool                     `json:"answers_calls"` // a container that does not run is started by the next call
		Chosen     bool                     `json:"offered_here"`
		Deployment moorage.DeploymentID     `json:"last_deployment,omitempty"`
		Became     moorage.DeploymentStatus `json:"last_deployment_status,omitempty"`
		Why        string                   `json:"last_deployment_error,omitempty"`
	}{serverWords: a.serverWords(rows[at]), Endpoint: s.LiveDeploymentID != ""}
	_, said.Chosen = a.catalog.server(s.Slug)
	if said.Manage {
		said.Deployment, said.Became, said.Why = rows[at].LastID, rows[at].LastStatus, rows[at].LastError
	}
	return said, nil
}

// named is the server that a tool is asked about and nothing else, if the caller
// may call it.
func (a *asking) named(ctx context.Context, raw json.RawMessage) (moorage.Server, error) {
	var asked struct{ Server string }
	if err := arguments(raw, &asked); err != nil {
		return moorage.Server{}, err
	}
	return a.serverOf(ctx, asked.Server)
}

// serverOf is a server by its name. What the caller may not call is not there.
func (a *asking) serverOf(ctx context.Context, slug string) (moorage.Server, error) {
	s, err := a.view.a.o.Store.ServerBySlug(ctx, slug)
	if moorage.ErrorCode(err) == moorage.NotFound || err == nil && !(a.view.a.o.May(a.caller.User, s) && a.caller.Scope.Reaches(s.Slug)) {
		return s, errNoServer(slug)
	}
	return s, err
}

func errNoServer(slug string) error {
	return moorage.Errorf(moorage.NotFound, "There is no server %s here, or none that you may use.", clipped(slug)).Try("List them with %s.", toolServers)
}
