// Package runtime is the contract of what runs images. An implementation owns
// its containers and networks and nothing else: which instance serves whom is
// the runner's business, what is live is the database's.
package runtime

import (
	"context"
	"io"
	"time"

	"moorage"
)

// Spec is everything that decides how one container runs. There is no field
// for host paths, devices, capabilities or namespaces, so that no value of a
// user can reach them.
type Spec struct {
	Instance   moorage.InstanceID
	Server     moorage.ServerID
	Deployment moorage.DeploymentID
	Image      string // the engine's image id or a reference by digest
	Run        moorage.RunConfig
	Env        map[string]string // the variables of the server, opened; PORT is set for http whatever they say
}

// Labels of every container and network that belongs to Moorage.
const (
	LabelHome       = "moorage.home" // which data folder it belongs to
	LabelServer     = "moorage.server"
	LabelDeployment = "moorage.deployment"
	LabelInstance   = "moorage.instance"
	LabelTransport  = "moorage.transport"
	LabelPort       = "moorage.port"
)

// Runtime starts containers and finds them again. All methods may be called
// at the same time.
type Runtime interface {
	// Start creates a container, attaches to it and starts it. When it fails
	// nothing is left behind. The error is a moorage.Error with a sentence. The
	// container outlives ctx. A command that cannot be run may be no error here,
	// but the container's Exit.
	Start(ctx context.Context, spec Spec) (Container, error)

	// List returns what carries our labels, running or not, also from before a
	// restart of Moorage.
	List(ctx context.Context) ([]Listed, error)

	// Adopt takes up a container of an HTTP server that List returned as running.
	// Of its output nothing is told from before, nor of a line that began before.
	Adopt(ctx context.Context, l Listed) (Container, error)

	// Remove ends a listed container at once and removes it, and its network
	// when nothing else uses it. It does not fail when it is gone already.
	Remove(ctx context.Context, l Listed) error

	// Ping reports whether the engine answers, as a moorage.Error that says what to do.
	Ping(ctx context.Context) (Engine, error)
}

// Container is one container that Start or Adopt returned.
type Container interface {
	// ID is the engine's id of the container.
	ID() string

	// Stdio is the server's stdin and stdout, without framing. Only for
	// moorage.TransportStdio, nil otherwise; reading must not stop, or the server
	// blocks. Close ends stdin only: stdout can be read to its end.
	Stdio() io.ReadWriteCloser

	// Addr is host:port of the server. Only for transports that listen; "" when
	// it ended before it had one.
	Addr() string

	// Output is what the server prints for people: stderr, and for HTTP
	// servers stdout too. It ends with the container. One reader only. Without a
	// reader the server does not block: the oldest output is dropped up to the
	// end of a line, and a line says so.
	Output() io.Reader

	// Stats is what the container uses now. The error says nothing of the
	// container: it may have ended.
	Stats(ctx context.Context) (Stats, error)

	// Wait returns when the container has ended, or ctx has. After Stop it
	// returns at once.
	Wait(ctx context.Context) (Exit, error)

	// Stop closes stdin, sends SIGTERM, after grace SIGKILL, and removes the
	// container and its network. It may be called more than once. When ctx ends
	// the rest of grace is forfeited, never the removal: after an error it is
	// done when the engine answers again.
	Stop(ctx context.Context, grace time.Duration) error
}

// Stats is what a container uses.
type Stats struct {
	Memory int64         // bytes, without what the system could drop at once (the cache of files)
	CPU    time.Duration // that processors were busy for it since it started
}

// Listed is a container found by its labels, or a network that has lost its own.
type Listed struct {
	ContainerID string // "": only the network is left; give it to Remove
	Server      moorage.ServerID
	Deployment  moorage.DeploymentID
	Instance    moorage.InstanceID
	Running     bool
	Transport   moorage.Transport
	CreatedAt   time.Time
}

// Engine is what the container engine says of itself.
type Engine struct {
	Version    string
	APIVersion string
}

// Host is where an engine runs and how it is set up.
type Host struct {
	Engine
	Address  string    // where it is asked: "/var/run/docker.sock", "tcp://10.0.0.7:2376"
	Name     string    // of the machine
	System   string    // "Debian GNU/Linux 12 (bookworm)"
	Linux    bool      // it runs the containers of Linux
	Storage  string    // the driver of images: "overlay2"
	Folder   string    // where images are kept, on that machine
	Clock    time.Time // of that machine; zero when it does not say
	Rootless bool      // the engine has no root on its machine
	Limits   bool      // it can bound memory and processes of a container
}
