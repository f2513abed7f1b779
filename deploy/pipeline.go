package deploy

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/runtime"
)

// Options is everything the pipeline leans on. Fields without a remark are
// required.
type Options struct {
	Database  database
	Box       sealer
	Tokens    githubTokens
	Builder   builder.Builder
	Runtime   runtime.Runtime
	Prober    prober
	Endpoints endpoints

	WorkDir   string // clones are made in it; it is for what does not outlive Moorage
	PublicURL string // endpoints are below it: <PublicURL>/mcp/<slug>
	Registry  string // host/path that images are pushed to; "": they stay in the engine
	GitHubURL string // the only place that a person's token is sent to, by clones

	BuildConcurrency int           // deployments at the same time; 0: 1
	BuildTimeout     time.Duration // 0: 20 minutes
	Deadlines        Deadlines     // zero fields: defaults

	Room    func(ctx context.Context) error // says why there is none for a deployment; nil: there is always
	LogKeep int                             // of each server, so many deployments keep their log; 0: all

	Meter  Meter            // nil: nobody listens
	Logger *slog.Logger     // nil: slog.Default()
	Now    func() time.Time // nil: time.Now
}

// Deadlines bound the steps other than the build.
type Deadlines struct {
	Clone time.Duration // default 5 minutes
	Push  time.Duration // default 15 minutes
	Start time.Duration // default 1 minute
	Probe time.Duration // default 30 seconds: until the server has answered
}

// Pipeline brings deployments live. All its methods may be called at the same
// time; Run once.
type Pipeline struct {
	Options

	// mu is held over a claim and over a cancel, so that a deployment is never
	// between the queue and running.
	mu      sync.Mutex
	running map[moorage.DeploymentID]context.CancelCauseFunc

	heartbeat time.Duration
	began     time.Time // what is older in WorkDir is from a former process
}

const (
	defaultBuildTimeout = 20 * time.Minute

	// heartbeatEvery is how often a running deployment says that it is alive.
	heartbeatEvery = 5 * time.Second

	// lookAgainEvery is how often an idle worker looks without being rung.
	lookAgainEvery = 30 * time.Second

	// endWithin bounds the recording of an end, which nothing cancels.
	endWithin = 15 * time.Second

	// recordAgain is how long after an end that could not be recorded it is tried
	// again.
	recordAgain = time.Second
)

// New returns a pipeline that does nothing until Run is called.
func New(o Options) *Pipeline {
	o.BuildConcurrency = max(o.BuildConcurrency, 1)
	defaults(&o.BuildTimeout, defaultBuildTimeout)
	defaults(&o.Deadlines.Clone, 5*time.Minute)
	defaults(&o.Deadlines.Push, 15*time.Minute)
	defaults(&o.Deadlines.Start, time.Minute)
	defaults(&o.Deadlines.Probe, 30*time.Second)
	if o.Room == nil {
		o.Room = func(context.Context) error { return nil }
	}
	if o.Meter == nil {
		o.Meter = silence{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pipeline{
		Options:   o,
		running:   make(map[moorage.DeploymentID]context.CancelCauseFunc),
		heartbeat: heartbeatEvery,
		began:     time.Now(),
	}
}

func defaults(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// Run works on the queue until ctx ends and every worker has put down what it
// had. What that interrupts is failed and queued once more.
func (p *Pipeline) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range p.BuildConcurrency {
		workers.Go(func() { p.work(ctx) })
	}
	workers.Wait()
}

// work takes one deployment after the other, and sleeps on a bell when there is
// none.
func (p *Pipeline) work(ctx context.Context) {
	bell, stop := p.Database.Watch("deployments")
	defer stop()
	again := time.NewTicker(lookAgainEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		j, err := p.claim(ctx)
		if err == nil {
			j.run()
			continue
		}
		if moorage.ErrorCode(err) != moorage.NotFound && ctx.Err() == nil {
			p.Logger.Error("Queue unreadable", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-bell:
		case <-again.C:
		}
	}
}

// claim takes the oldest deployment that may run, so that Cancel finds it from
// the first moment.
func (p *Pipeline) claim(ctx context.Context) (*job, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, err := p.Database.ClaimDeployment(ctx)
	if err != nil {
		return nil, err
	}
	j := p.newJob(ctx, d)
	p.running[d.ID] = j.cancel
	p.changed(d, moorage.StatusQueued, moorage.StatusCloning)
	return j, nil
}

// changed is the one line that a change of status leaves in our own log.
func (p *Pipeline) changed(d moorage.Deployment, was, is moorage.DeploymentStatus, more ...any) {
	args := []any{"deployment", d.ID, "server", d.ServerID, "status", is, "was", was}
	p.Logger.Info("Deployment moved", append(args, more...)...)
}
