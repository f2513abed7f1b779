package builder

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	docker "github.com/docker/docker/client"

	"moorage/builder/clone"
	"moorage/builder/detect"
)

// Options configure an Engine. Zero values mean the defaults.
type Options struct {
	DockerHost   string        // of the container engine; "": what DOCKER_HOST says
	TempDir      string        // where repositories are fetched to on their way; "": the system's
	Registry     Registry      // where images are pushed; zero: they stay in the engine
	GitHubURL    string        // the configured GitHub, whose host may have any address
	AllowLocal   bool          // clone file:// URLs and from addresses that are not public
	CloneLimits  clone.Limits  // of one clone
	ContextBytes int64         // that one build may read; default 500 MiB
	BuildTimeout time.Duration // when a Build names none; default 20 minutes
	BaseImages   detect.BaseImages
	// Examples opens the files of an example:<name> source.
	Examples func(name string) (fs.FS, error)
	Logger   *slog.Logger
}

// Registry is an OCI registry and the folder in it that images are pushed to.
type Registry struct {
	Address  string // host/path, without a scheme
	User     string
	Password string
}

// Engine builds with the BuildKit of a container engine. It is safe for
// concurrent use.
type Engine struct {
	docker  *docker.Client
	options Options
	log     *slog.Logger
}

var _ Builder = (*Engine)(nil)

// New makes an Engine. It does not speak to the container engine yet.
func New(o Options) (*Engine, error) {
	opts := []docker.Opt{docker.FromEnv, docker.WithAPIVersionNegotiation()}
	if o.DockerHost != "" {
		opts = append(opts, docker.WithHost(o.DockerHost))
	}
	client, err := docker.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("make a client for the container engine: %w", err)
	}
	if o.TempDir == "" {
		o.TempDir = os.TempDir()
	}
	if o.ContextBytes == 0 {
		o.ContextBytes = 500 << 20
	}
	if o.BuildTimeout == 0 {
		o.BuildTimeout = 20 * time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Engine{docker: client, options: o, log: o.Logger}, nil
}

// Close lets go of the connection to the container engine.
func (e *Engine) Close() error { return e.docker.Close() }
