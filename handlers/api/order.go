package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
)

const (
	examplePrefix = "example:" // of the repo, for a server that Moorage carries
	maxRepoURL    = 2000       // bytes
)

// DeploymentRequest asks for a deployment of a repository.
type DeploymentRequest struct {
	Repo     string            `json:"repo"`               // https://…, or example:<name>
	Branch   string            `json:"branch,omitempty"`   // or a tag, or a commit; "": what the server tracks, or the default branch
	Subdir   string            `json:"subdir,omitempty"`   // in the repository
	Name     string            `json:"name,omitempty"`     // slug of the server; "": from the repository
	Env      map[string]string `json:"env,omitempty"`      // variables
	Secrets  map[string]string `json:"secrets,omitempty"`  // variables that are sealed and never shown
	Redeploy bool              `json:"redeploy,omitempty"` // only a server that is there already
}

type orderStore interface {
	ServerBySlug(ctx context.Context, slug string) (moorage.Server, error)
	Variables(ctx context.Context, id moorage.ServerID) ([]moorage.Variable, error)
}

// Create handles "POST /api/deployments": makes the server, or takes the
// caller's own of this name and source, and puts a deployment into the queue.
// What the repository holds is planned when it has been cloned.
func (h Deployments) Create(c echo.Context) error {
	r, err := read[DeploymentRequest](c)
	if err != nil {
		return err
	}
	ctx, by := c.Request().Context(), h.Who(c).User.ID
	order, err := r.order(by)
	if err != nil {
		return err
	}
	if err := h.Who(c).Scope.CheckWhole(order.Server.Slug); err != nil {
		return err
	}
	if err := h.find(ctx, &order, r); err != nil {
		return err
	}
	d, err := h.Pipeline.Place(ctx, order)
	if order.Server.ID == "" && moorage.ErrorCode(err) == moorage.Conflict { // taken since it was looked for
		return slugTaken(order.Server.Slug)
	}
	if err != nil {
		return err
	}
	return created(c, d, order.Server.Slug)
}

// order is what the request asks for, were the server a new one.
func (r DeploymentRequest) order(by moorage.UserID) (moorage.Order, error) {
	var faults moorage.Faults
	s := moorage.Server{Source: r.source(&faults), Slug: r.Name}
	if s.Slug == "" {
		s.Slug = moorage.SlugFrom(s.Source.Word())
	}
	faults.Add("/name", moorage.CheckSlug(s.Slug))
	vars := r.variables(&faults)
	return moorage.Order{Server: s, Variables: vars, By: by}, unfit(faults)
}

func (r DeploymentRequest) source(faults *moorage.Faults) moorage.Source {
	s := moorage.Source{Origin: moorage.OriginRepo, RepoURL: r.Repo, Ref: r.Branch}
	if name, ok := strings.CutPrefix(r.Repo, examplePrefix); ok {
		s.Origin = moorage.OriginExample
		if !moorage.ValidSlug(name) || r.Branch != "" || r.Subdir != "" {
			*faults = append(*faults, moorage.Fault{Field: "/repo", Message: "Say example:greeter, without a branch or a folder."})
		}
		return s
	}
	if _, err := moorage.ParseRepoURL(r.Repo); err != nil || len(r.Repo) > maxRepoURL {
		*faults = append(*faults, moorage.Fault{Field: "/repo", Message: fmt.Sprintf("Give the URL of a Git repository: it begins with https://, holds no user or password, and has at most %d bytes.", maxRepoURL)})
	}
	faults.Add("/branch", moorage.CheckRef(r.Branch))
	subdir, err := moorage.CleanFolder(r.Subdir)
	faults.Add("/subdir", err)
	s.Subdir = subdir
	return s
}

// variables are those of env and of secrets, by name.
func (r DeploymentRequest) variables(faults *moorage.Faults) []moorage.Variable {
	var vars []moorage.Variable
	for _, part := range []struct {
		field  string
		values map[string]string
		secret bool
	}{{"/env/", r.Env, false}, {"/secrets/", r.Secrets, true}} {
		for _, name := range slices.Sorted(maps.Keys(part.values)) {
			v, field := moorage.Variable{Name: name, Value: part.values[name], Secret: part.secret}, part.field+moorage.PointerToken(cut(name, 128))
			if !moorage.ValidEnvName(name) {
				*faults = append(*faults, moorage.Fault{Field: field, Message: "Use letters, digits and underscores for its name, and do not begin with a digit."})
			}
			if _, twice := r.Env[name]; twice && part.secret {
				*faults = append(*faults, moorage.Fault{Field: field, Message: "It is in env, too. Keep one of the two."})
			}
			faults.Add(field, v.CheckValue())
			vars = append(vars, v)
		}
	}
	if len(vars) > moorage.MaxVariables {
		*faults = moorage.Faults{{Field: "/env", Message: fmt.Sprintf("A server has at most %d variables.", moorage.MaxVariables)}}
	}
	return vars
}

// find puts the server that is there already into the order. One of somebody
// else, or of another source, has only the name in common.
func (h Deployments) find(ctx context.Context, o *moorage.Order, r DeploymentRequest) error {
	old, err := h.DB.ServerBySlug(ctx, o.Server.Slug)
	if moorage.ErrorCode(err) == moorage.NotFound && !r.Redeploy {
		return nil
	}
	if err != nil {
		return err
	}
	if old.OwnerID != o.By || !old.Source.Same(o.Server.Source) {
		return slugTaken(old.Slug)
	}
	if r.Branch != "" {
		old.Source.Ref = r.Branch
	}
	o.Server = old
	return h.complete(ctx, o)
}

// complete gives the variables what is known of them and a request cannot say.
// One that was secret stays so.
func (h Deployments) complete(ctx context.Context, o *moorage.Order) error {
	kept, err := h.DB.Variables(ctx, o.Server.ID)
	if err != nil {
		return err
	}
	all := len(kept)
	for i, v := range o.Variables {
		at := slices.IndexFunc(kept, func(k moorage.Variable) bool { return k.Name == v.Name })
		if at < 0 {
			all++
			continue
		}
		o.Variables[i].Description, o.Variables[i].Required, o.Variables[i].Secret = kept[at].Description, kept[at].Required, v.Secret || kept[at].Secret
	}
	if all > moorage.MaxVariables {
		return unfit(moorage.Faults{{Field: "/env", Message: fmt.Sprintf("With those that it has, the server would have %d variables; %d is the most.", all, moorage.MaxVariables)}})
	}
	return nil
}

func slugTaken(slug string) error {
	return moorage.Errorf(moorage.Conflict, "Another server has the name %s.", slug).
		Try("Give this one another name, in the field name.")
}
