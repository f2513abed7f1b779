package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/runtime"
)

// script is a builder, a runtime, a prober and an endpoint that do what a test
// tells them to. A deed without a turn of the test's own succeeds.
type script struct {
	mu         sync.Mutex
	turns      map[string]turn
	calls      []string
	images     map[string]bool   // in the engine, by id
	env        map[string]string // of the last start
	github     string            // the token of everybody
	token      string            // of the last fetch
	containers map[string]*container
	output     string        // what a server prints before it is probed
	exit       *runtime.Exit // how a server ended that does not pass its probe; nil: it still runs
	offers     []moorage.Offer
	notes      []string               // of a probe
	warmed     chan runtime.Container // hears of the newest that was handed over; nil: nobody listens
}

// turn is what a deed does before it succeeds; an error makes it fail.
type turn func(ctx context.Context, p builder.Progress) error

func newScript() *script {
	return &script{
		turns: map[string]turn{}, images: map[string]bool{}, containers: map[string]*container{},
		offers: []moorage.Offer{{Kind: moorage.OfferTool, Name: "greet", Object: []byte(`{"name":"greet"}`), Hash: "00"}},
	}
}

// on has a deed take a turn of its own.
func (s *script) on(deed string, do turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns[deed] = do
}

func (s *script) do(ctx context.Context, deed string, p builder.Progress) error {
	s.mu.Lock()
	s.calls = append(s.calls, deed)
	do := s.turns[deed]
	s.mu.Unlock()
	if do == nil {
		return ctx.Err()
	}
	return do(ctx, p)
}

func (s *script) times(deed string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c == deed {
			n++
		}
	}
	return n
}

func (s *script) Fetch(ctx context.Context, f builder.Fetch, _ int, p builder.Progress) (moorage.Commit, error) {
	s.mu.Lock()
	s.token = f.Token
	s.mu.Unlock()
	err := os.WriteFile(f.Dir+"/Dockerfile", []byte("FROM scratch\n"), 0o600)
	if err == nil {
		err = os.WriteFile(f.Dir+"/ReadMe.md", []byte("# Greeter\n"), 0o600)
	}
	if err == nil {
		err = os.Mkdir(f.Dir+"/server", 0o700)
	}
	if err == nil {
		err = s.do(ctx, "fetch", p)
	}
	return moorage.Commit{Hash: strings.Repeat("c0ffee42", 5), Message: "Greet louder", Author: "Ada"}, err
}

func (s *script) GitHubToken(context.Context, moorage.UserID) (string, error) { return s.github, nil }

func (s *script) Plan(ctx context.Context, _ *os.Root, _ string) (moorage.Plan, error) {
	plan := moorage.Plan{
		Findings:  []moorage.Finding{{Topic: moorage.TopicBuild, What: "Builds Dockerfile.", Why: "It is the only one."}},
		Config:    stdio(),
		Variables: []moorage.VariableAsk{{Name: "PLANNED_KEY", Required: true}},
	}
	return plan, s.do(ctx, "plan", nil)
}

func (s *script) Build(ctx context.Context, b builder.Build, p builder.Progress) (moorage.Image, error) {
	err := s.do(ctx, "build", p)
	img := moorage.Image{Ref: b.Ref, ID: "sha256:" + b.Labels[runtime.LabelDeployment], Size: 42}
	if err == nil {
		s.mu.Lock()
		s.images[img.ID] = true
		s.mu.Unlock()
	}
	return img, err
}

func (s *script) Images(context.Context, string) ([]builder.Labelled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []builder.Labelled
	for id := range s.images {
		all = append(all, builder.Labelled{Image: moorage.Image{ID: id}, Value: strings.TrimPrefix(id, "sha256:")})
	}
	return all, nil
}

func (s *script) Push(ctx context.Context, img moorage.Image, _ int, p builder.Progress) (moorage.Image, error) {
	err := s.do(ctx, "push", p)
	img.Digest = "sha256:feed"
	return img, err
}

func (s *script) HasImage(_ context.Context, img moorage.Image) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.images[img.ID], nil
}

func (s *script) RemoveImage(_ context.Context, img moorage.Image) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.images, img.ID)
	return nil
}

func (s *script) Start(ctx context.Context, spec runtime.Spec) (runtime.Container, error) {
	if err := s.do(ctx, "start", nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env = spec.Env
	r, w := io.Pipe()
	c := &container{id: string(spec.Instance), r: r, w: w, ended: make(chan struct{})}
	s.containers[c.id] = c
	return c, nil
}

func (s *script) List(context.Context) ([]runtime.Listed, error)                   { return nil, nil }
func (s *script) Adopt(context.Context, runtime.Listed) (runtime.Container, error) { return nil, nil }
func (s *script) Remove(context.Context, runtime.Listed) error                     { return nil }
func (s *script) Ping(context.Context) (runtime.Engine, error)                     { return runtime.Engine{}, nil }

func (s *script) Probe(ctx context.Context, c runtime.Container, _ moorage.RunConfig, _ map[string]string) (moorage.Probed, error) {
	fmt.Fprint(c.(*container).w, s.output) // returns when it was read
	c.(*container).w.Write(nil)            // returns when the reader wants more, so what it read is where it belongs
	err := s.do(ctx, "probe", nil)
	if err != nil && s.exit != nil {
		err = errors.Join(runtime.Ended{Exit: *s.exit}, err)
	}
	return moorage.Probed{Info: moorage.ServerInfo{Name: "greeter", Tools: true}, Offers: s.offers, Notes: s.notes}, err
}

func (s *script) Warm(ctx context.Context, spec runtime.Spec, _ []string, c runtime.Container) error {
	if err := s.do(ctx, "warm "+string(spec.Deployment), nil); err != nil {
		return err
	}
	select {
	case s.warmed <- c:
	default:
	}
	return nil
}

func (s *script) Retire(id moorage.DeploymentID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, "retire "+string(id))
}

// alive counts the containers that nobody has stopped.
func (s *script) alive() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.containers {
		select {
		case <-c.ended:
		default:
			n++
		}
	}
	return n
}

// container prints what is written to w.
type container struct {
	id    string
	r     *io.PipeReader
	w     *io.PipeWriter
	once  sync.Once
	ended chan struct{}
}

func (c *container) ID() string                { return c.id }
func (c *container) Stdio() io.ReadWriteCloser { return nil }
func (c *container) Addr() string              { return "" }
func (c *container) Output() io.Reader         { return c.r }

func (c *container) Stats(context.Context) (runtime.Stats, error) { return runtime.Stats{}, nil }

func (c *container) Wait(ctx context.Context) (runtime.Exit, error) {
	select {
	case <-c.ended:
		return runtime.Exit{Code: 143}, nil
	case <-ctx.Done():
		return runtime.Exit{}, ctx.Err()
	}
}

func (c *container) Stop(context.Context, time.Duration) error {
	c.once.Do(func() {
		close(c.ended)
		c.w.Close()
	})
	return nil
}

// gate is a turn that lets a test in: entered closes when the deed has begun,
// and it goes on when the test opens the gate, or its context ends.
type gate struct {
	entered chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}), make(chan struct{})} }

func (g *gate) pass(ctx context.Context, _ builder.Progress) error {
	close(g.entered)
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
