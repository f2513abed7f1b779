package runnertest

import (
	"context"
	"slices"
	"sync"
	"time"

	"moorage"
	"moorage/runtime"
)

// Spec is how a program of the tests is started.
func Spec(image string, transport moorage.Transport, command ...string) runtime.Spec {
	now, port := time.Now(), 0
	if transport.Listens() {
		port = 8080
	}
	return runtime.Spec{
		Server: moorage.NewServerID(now), Deployment: moorage.NewDeploymentID(now), Instance: moorage.NewInstanceID(now),
		Image: image,
		Run: moorage.RunConfig{
			Transport: transport, Port: port,
			Command: command, Network: moorage.NetworkNone, Limits: moorage.Limits{MemoryMB: 64}, Spares: new(int), // none: tests count containers
		},
		Env: map[string]string{},
	}
}

// Live says what is live, as the database would.
type Live struct {
	mu    sync.Mutex
	specs map[moorage.ServerID]runtime.Spec
}

// SecretName is the variable whose value counts as secret.
const SecretName = "API_KEY"

// LiveSpec is the answer of what is configured.
func (l *Live) LiveSpec(_ context.Context, server moorage.ServerID) (runtime.Spec, []string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	spec, ok := l.specs[server]
	if !ok {
		return spec, nil, moorage.Errorf(moorage.Conflict, "Nothing of this server is live.")
	}
	return spec, []string{spec.Env[SecretName]}, nil
}

// Set makes a spec what is live of its server.
func (l *Live) Set(spec runtime.Spec) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.specs == nil {
		l.specs = map[moorage.ServerID]runtime.Spec{}
	}
	l.specs[spec.Server] = spec
}

// Rows keeps instances, as the database would.
type Rows struct {
	mu   sync.Mutex
	rows []moorage.Instance
}

// CreateInstance keeps an instance.
func (r *Rows) CreateInstance(_ context.Context, i moorage.Instance) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, i)
	return nil
}

// SetInstanceStatus changes one.
func (r *Rows) SetInstanceStatus(_ context.Context, id moorage.InstanceID, status moorage.InstanceStatus) error {
	r.change(id, func(i *moorage.Instance) { i.Status = status })
	return nil
}

// TouchInstance notes that one was used.
func (r *Rows) TouchInstance(_ context.Context, id moorage.InstanceID, at time.Time) error {
	r.change(id, func(i *moorage.Instance) { i.LastUsedAt = at })
	return nil
}

func (r *Rows) change(id moorage.InstanceID, change func(*moorage.Instance)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.rows {
		if r.rows[n].ID == id {
			change(&r.rows[n])
		}
	}
}

// AllInstances returns those that have not stopped.
func (r *Rows) AllInstances(context.Context) ([]moorage.Instance, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.rows), func(i moorage.Instance) bool { return i.Status == moorage.InstanceStopped }), nil
}
