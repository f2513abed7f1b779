package monitor

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"moorage"
)

// instances is what runs. Whether an instance answers is the error of Check:
// Conflict says that it is to be asked no more, which says nothing of the server.
type instances interface {
	Running() []moorage.Running
	Check(ctx context.Context, id moorage.InstanceID) (took time.Duration, err error)
	Lists(ctx context.Context, id moorage.InstanceID) (map[moorage.OfferKind][]moorage.Offer, error)
	Troubles() map[moorage.DeploymentID]moorage.Trouble
}

// records is where it is written down what was found.
type records interface {
	Judgements(ctx context.Context) ([]moorage.Health, error)
	RecordHealth(ctx context.Context, found []moorage.Health, checks []moorage.HealthCheck) error
	SweepHealth(ctx context.Context) error
	Observe(ctx context.Context, id moorage.DeploymentID, kind moorage.OfferKind, list []moorage.Offer) (moorage.HeldSet, error)
}

// Options is what a Monitor needs. A zero duration means the default.
type Options struct {
	Instances instances
	News      <-chan struct{} // a bell: something can be asked that could not be before, lists something else, or has ended by itself
	Records   records
	Every     time.Duration // between two looks at everything, give or take a tenth; default 30 seconds
	Logger    *slog.Logger
	Now       func() time.Time
}

const (
	defaultEvery = 30 * time.Second
	pause        = time.Second // from a ring to the look that it asks for, so that many are one
	sweepEvery   = time.Hour
)

// Monitor looks at what runs.
type Monitor struct {
	o       Options
	seen    map[moorage.InstanceID]bool // asked before
	swept   time.Time
	failing bool // a server was, at the last look
}

// New returns a monitor that has seen nothing.
func New(o Options) *Monitor {
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	return &Monitor{o: o, seen: map[moorage.InstanceID]bool{}, failing: true}
}

// Run looks at what runs until ctx ends: at everything now and then, and soon at
// what there is news of.
func (m *Monitor) Run(ctx context.Context) {
	round, soon := time.NewTimer(m.next()), time.NewTimer(pause)
	defer round.Stop()
	defer soon.Stop()
	soon.Stop()
	for waits := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-m.o.News:
			m.blame(ctx)
			if !waits {
				soon.Reset(pause)
				waits = true
			}
		case <-soon.C:
			waits = false
			m.look(ctx, true)
		case <-round.C:
			m.look(ctx, false)
			m.blame(ctx)
			m.sweep(ctx)
			round.Reset(m.next())
		}
	}
}

// next is when everything is looked at again: not all Moorages at once.
func (m *Monitor) next() time.Duration {
	tenth := m.o.Every / 10
	return m.o.Every - tenth + rand.N(2*tenth+1)
}

// look asks what runs, or what runs of the deployments of which an instance is
// new, has written down what that says of the servers, and reads what is listed
// and was not read.
func (m *Monitor) look(ctx context.Context, fresh bool) {
	running := m.o.Instances.Running()
	asked := running
	if fresh {
		asked = m.fresh(running)
	}
	silent := map[moorage.InstanceID]bool{}
	looks := m.ask(ctx, asked, silent)
	if ctx.Err() != nil {
		return // nobody waited for the answers
	}
	m.seen = make(map[moorage.InstanceID]bool, len(running))
	for _, i := range running {
		m.seen[i.Instance] = true
	}
	if len(looks) > 0 {
		if err := m.record(ctx, looks); err != nil {
			m.o.Logger.Warn("health not recorded", "err", err)
		}
	}
	m.read(ctx, running, silent)
}

// fresh are the instances of the deployments of which one was not asked before.
func (m *Monitor) fresh(running []moorage.Running) []moorage.Running {
	wanted := map[moorage.DeploymentID]bool{}
	for _, i := range running {
		wanted[i.Deployment] = wanted[i.Deployment] || !m.seen[i.Instance]
	}
	var asked []moorage.Running
	for _, i := range running {
		if wanted[i.Deployment] {
			asked = append(asked, i)
		}
	}
	return asked
}

// record judges what was found and has it written down.
func (m *Monitor) record(ctx context.Context, looks []look) error {
	known, err := m.known(ctx)
	if err != nil {
		return err
	}
	now, troubles := m.o.Now(), m.o.Instances.Troubles()
	var found []moorage.Health
	var checks []moorage.HealthCheck
	for _, l := range looks {
		was := known[l.server]
		is := judge(was, l, now)
		checks = append(checks, moorage.HealthCheck{ServerID: l.server, At: now, State: is.State, Took: l.took, Error: l.why})
		if t := troubles[l.deployment]; t.Failing() {
			if was.State == moorage.HealthFailing {
				is.State, is.Since = was.State, was.Since
			}
			is = fail(is, t, now)
		}
		m.tell(was, is)
		found = append(found, is)
	}
	return m.o.Records.RecordHealth(ctx, found, checks)
}

// blame has written down which servers are failing, and which are no more.
func (m *Monitor) blame(ctx context.Context) {
	troubles := m.o.Instances.Troubles()
	failing := false
	for _, t := range troubles {
		failing = failing || t.Failing()
	}
	if !failing && !m.failing {
		return
	}
	known, err := m.known(ctx)
	if err != nil {
		m.o.Logger.Warn("health not read", "err", err)
		return
	}
	found := m.verdicts(known, troubles)
	if len(found) > 0 {
		err = m.o.Records.RecordHealth(ctx, found, nil)
	}
	if err != nil {
		m.o.Logger.Warn("health not recorded", "err", err)
		return
	}
	m.failing = failing
}

// verdicts are the servers that begin or cease to fail, or do it for another reason.
func (m *Monitor) verdicts(known map[moorage.ServerID]moorage.Health, troubles map[moorage.DeploymentID]moorage.Trouble) []moorage.Health {
	var found []moorage.Health
	now := m.o.Now()
	for _, was := range known {
		if was.State == moorage.HealthFailing && !troubles[was.Deployment].Failing() {
			found = append(found, absolve(was, now))
		}
	}
	for id, t := range troubles {
		if !t.Failing() {
			continue
		}
		was := known[t.ServerID]
		if was.Deployment != id {
			was = moorage.Health{ServerID: t.ServerID, Deployment: id}
		}
		if was.State != moorage.HealthFailing || was.Why != t.Why || !was.Until.Equal(t.Until.Truncate(time.Millisecond)) {
			found = append(found, fail(was, t, now))
		}
	}
	for _, is := range found {
		m.tell(known[is.ServerID], is)
	}
	return found
}

func (m *Monitor) known(ctx context.Context) (map[moorage.ServerID]moorage.Health, error) {
	list, err := m.o.Records.Judgements(ctx)
	known := make(map[moorage.ServerID]moorage.Health, len(list))
	for _, h := range list {
		known[h.ServerID] = h
	}
	return known, err
}

// tell logs a change.
func (m *Monitor) tell(was, is moorage.Health) {
	if was.State != is.State && (was.State.Bad() || is.State.Bad()) {
		m.o.Logger.Info("health changed", "server", is.ServerID, "deployment", is.Deployment, "state", is.State, "was", was.State, "why", is.Why)
	}
}

// sweep forgets what is too old, once an hour.
func (m *Monitor) sweep(ctx context.Context) {
	if now := m.o.Now(); now.Sub(m.swept) >= sweepEvery {
		m.swept = now
		if err := m.o.Records.SweepHealth(ctx); err != nil {
			m.o.Logger.Warn("health not swept", "err", err)
		}
	}
}
