package runner

import (
	"context"
	"log/slog"
	"time"

	"moorage"
	"moorage/runtime"
)

// configured says what answers for a server now.
type configured interface {
	// LiveSpec returns how an instance of the server's live deployment is
	// started, variables opened, without an instance id, and those of its
	// values that are secret. The error is NotFound or Conflict when nothing
	// of the server is live.
	LiveSpec(ctx context.Context, server moorage.ServerID) (spec runtime.Spec, secrets []string, err error)
}

// instances is where instances are recorded, for the pages and for the next
// start of Moorage.
type instances interface {
	CreateInstance(ctx context.Context, i moorage.Instance) error
	SetInstanceStatus(ctx context.Context, id moorage.InstanceID, status moorage.InstanceStatus) error
	TouchInstance(ctx context.Context, id moorage.InstanceID, at time.Time) error
	AllInstances(ctx context.Context) ([]moorage.Instance, error)
}

// Options is what a Runner needs. Zero durations and counts mean the defaults.
type Options struct {
	Runtime    runtime.Runtime
	Configured configured
	Instances  instances
	Usage      recorder // counts calls; nil: nobody does

	IdleTimeout  time.Duration // an HTTP instance without a session stops after it; default 5 minutes
	StartTimeout time.Duration // for one instance to start and listen; default 1 minute
	CallTimeout  time.Duration // for one Call, the start of an instance included; default 5 minutes
	CheckTimeout time.Duration // for one answer to Check or Lists; default 5 seconds
	DrainTimeout time.Duration // for running calls of a replaced deployment; default 30 seconds
	PerUser      int           // sessions of one person; default 10
	PerServer    int           // sessions with one server; default 20

	Version string // of Moorage, which Call introduces itself with
	Logger  *slog.Logger
	Now     func() time.Time
}

// stopGrace is what an instance gets between SIGTERM and SIGKILL.
const stopGrace = time.Second

func (o Options) withDefaults() Options {
	setDefault(&o.IdleTimeout, 5*time.Minute)
	setDefault(&o.StartTimeout, time.Minute)
	setDefault(&o.CallTimeout, 5*time.Minute)
	setDefault(&o.CheckTimeout, 5*time.Second)
	setDefault(&o.DrainTimeout, 30*time.Second)
	setDefault(&o.PerUser, 10)
	setDefault(&o.PerServer, 20)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
