package handlers

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"moorage"
	"moorage/auth"
	"moorage/builder"
	"moorage/gateway"
	githubclient "moorage/github"
)

// images stands for the builder's engine: it holds every image but those that
// were removed.
type images struct {
	builder.Builder // what is not below is never asked

	mu      sync.Mutex
	removed map[string]bool
}

func (i *images) HasImage(_ context.Context, image moorage.Image) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !i.removed[image.ID], nil
}

func (i *images) RemoveImage(_ context.Context, image moorage.Image) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.removed == nil {
		i.removed = map[string]bool{}
	}
	i.removed[image.ID] = true
	return nil
}

// fakeRunner notes what it was asked for.
type fakeRunner struct {
	mu      sync.Mutex
	stopped []moorage.ServerID
	open    []moorage.UserID            // who has a session
	may     func(context.Context) error // of the last ticket
	held    func(context.Context) (moorage.Holding, error)
	output  string
	expires time.Time
	fails   error
	panics  bool
	called  []string // server, tool and arguments of each call
	answers moorage.Result
}

func newRunner() *fakeRunner {
	return &fakeRunner{
		expires: time.Date(2026, 11, 2, 9, 31, 0, 0, time.UTC),
		answers: moorage.Result{Object: []byte(`{"content":[{"type":"text","text":"rain"}]}`), Instance: "ins_1", Took: 12 * time.Millisecond},
	}
}

func (r *fakeRunner) Stop(_ context.Context, id moorage.ServerID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = append(r.stopped, id)
	return r.fails
}

func (r *fakeRunner) Revoke(_ moorage.ServerID, gone func(moorage.UserID) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stay := r.open[:0:0]
	for _, u := range r.open {
		if !gone(u) {
			stay = append(stay, u)
		}
	}
	r.open = stay
}

func (r *fakeRunner) Issue(server moorage.ServerID, user moorage.UserID, may func(context.Context) error, held func(context.Context) (moorage.Holding, error)) (string, time.Time) {
	r.may, r.held = may, held
	return "ticket-" + string(server) + "-" + string(user), r.expires
}

func (r *fakeRunner) ServeTicket(w http.ResponseWriter, _ *http.Request, ticket string) error {
	if ticket != "good" {
		return moorage.Errorf(moorage.Forbidden, "This ticket is used up or too old.").Try("Ask for a new one.")
	}
	_, err := io.WriteString(w, "a socket")
	return err
}

func (r *fakeRunner) Output(context.Context, moorage.ServerID, moorage.UserID) []byte {
	if r.panics {
		panic("out of cheese")
	}
	return []byte(r.output)
}

func (r *fakeRunner) Greet(context.Context, moorage.ServerID, moorage.UserID) (moorage.ServerInfo, error) {
	return moorage.ServerInfo{Name: "weather", Version: "1.2.0", ProtocolVersion: "2025-11-25"}, r.fails
}

func (r *fakeRunner) Call(_ context.Context, server moorage.ServerID, _ moorage.UserID, t moorage.Offer, args json.RawMessage) (moorage.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.called = append(r.called, string(server)+" "+t.Name+" "+string(args))
	return r.answers, r.fails
}

// fakeGateway says who calls what. With a channel in it a call lasts until it is
// cut off, and says so there when it has begun.
type fakeGateway struct{ lasts chan struct{} }

func (g *fakeGateway) Serve(w http.ResponseWriter, r *http.Request, c gateway.Call) {
	if g.lasts != nil {
		io.Copy(io.Discard, r.Body) // until then nobody notices that the client goes
		g.lasts <- struct{}{}
		<-r.Context().Done()
		return
	}
	io.WriteString(w, r.Method+" "+c.Server.Slug+" as "+c.Caller.User.Login+" within "+c.Caller.Scope.String())
}

// fakeAll says who calls all servers.
type fakeAll struct{}

func (fakeAll) Serve(w http.ResponseWriter, r *http.Request, c moorage.Caller, still func(context.Context) error) {
	if still(r.Context()) == nil {
		io.WriteString(w, r.Method+" all as "+c.User.Login+" within "+c.Scope.String())
	}
}

// fakeEngine answers, or says why not.
type fakeEngine struct {
	says string
	err  error
}

func (e *fakeEngine) Describe(context.Context) (string, error) { return e.says, e.err }

// fakePlanner finds what the test says.
type fakePlanner struct {
	plan moorage.Plan
	err  error

	asked      moorage.Source
	dockerfile string
}

func (p *fakePlanner) Plan(_ context.Context, s moorage.Source, dockerfile string, _ moorage.UserID) (moorage.Plan, error) {
	p.asked, p.dockerfile = s, dockerfile
	return p.plan, p.err
}

// app makes Apps at the fake GitHub.
type app struct{ *githubclient.Client }

func (a app) Manifest(base string) (string, error) {
	b, err := json.Marshal(githubclient.NewManifest(base, "moorage"))
	return string(b), err
}

func (a app) ManifestURL(state string) string { return a.Client.ManifestURL("", state) }

func (a app) ConvertManifest(ctx context.Context, code string) (auth.Connection, error) {
	made, err := a.Client.ConvertManifest(ctx, code)
	return auth.Connection{ClientID: made.ClientID, ClientSecret: made.ClientSecret, AppSlug: made.Slug, HookSecret: made.WebhookSecret}, err
}
