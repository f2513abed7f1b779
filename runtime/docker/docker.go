// Package docker runs images on a Docker engine. It turns a runtime.Spec into
// a hardened container with a network of its own, speaks to it through the
// engine's attach stream or over HTTP, and leaves nothing behind, even when the
// engine is away just then. It keeps no other state besides what the engine
// holds: containers and networks are found again by their labels.
package docker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"

	"moorage"
	"moorage/runtime"
)

// Docker is a runtime.Runtime on one engine, for one data folder.
type Docker struct {
	engine  *client.Client
	home    string
	seccomp string // the profile, as JSON
	place   place
	debts   debts
}

var _ runtime.Runtime = (*Docker)(nil)

// oldestAPI is the API of Docker 20.10, the first with all the settings that a
// container of ours needs.
const oldestAPI = "1.41"

// settleTimeout bounds engine calls that go on when their caller has left, so
// that what they make or remove is known.
const settleTimeout = 30 * time.Second

// New makes a runtime for the engine at host ("": the usual socket). It does
// not speak to it yet. Home is the id of the data folder: containers and
// networks with another one are not ours.
func New(host, home string) (*Docker, error) {
	if home == "" {
		return nil, fmt.Errorf("docker: no home id")
	}
	if host == "" {
		host = client.DefaultDockerHost
	}
	engine, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, moorage.Errorf(moorage.Invalid, "DOCKER_HOST %q is not the address of a Docker engine.", host).
			Try("Use one like %s.", client.DefaultDockerHost).Because(err)
	}
	profile, err := seccompProfile()
	if err != nil {
		return nil, fmt.Errorf("make seccomp profile: %w", err)
	}
	return &Docker{
		engine: engine, home: home, seccomp: profile, place: place{claim: claimedContainer()},
		debts: debts{owed: make(map[moorage.InstanceID]string), done: make(chan struct{})},
	}, nil
}

// Close drops the connections to the engine. Containers keep running.
func (d *Docker) Close() error {
	d.debts.close()
	return d.engine.Close()
}

// Ping implements runtime.Runtime.
func (d *Docker) Ping(ctx context.Context) (runtime.Engine, error) {
	v, err := d.engine.ServerVersion(ctx)
	if err != nil {
		return runtime.Engine{}, d.translate("ask for the version", err)
	}
	if versions.LessThan(v.APIVersion, oldestAPI) {
		return runtime.Engine{}, moorage.Errorf(moorage.Unavailable, "Docker %s is too old.", v.Version).
			Try("Update it to 20.10 or newer, then try again.")
	}
	return runtime.Engine{Version: v.Version, APIVersion: v.APIVersion}, nil
}

// address is where the engine is, as people write it.
func (d *Docker) address() string {
	return strings.TrimPrefix(d.engine.DaemonHost(), "unix://")
}

// settled returns a context that outlives ctx by at most settleTimeout. A
// create call that is cut off half-way may succeed without us knowing its id.
func settled(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
}
