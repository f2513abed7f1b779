package docker

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"moorage"
	"moorage/runtime"
)

// instance is a container that was started or adopted. It lives on its own
// context: the one of Start may end as soon as Start has returned.
type instance struct {
	docker *Docker
	id     string // "" until it is created
	owner  moorage.InstanceID
	addr   string
	stdio  *stdio
	output *backlog

	life   context.Context
	cancel context.CancelFunc
	wires  []types.HijackedResponse
	work   sync.WaitGroup // the goroutines that read the wires and wait for the end

	running bool          // it was started, so its end will be heard of
	ended   chan struct{} // closed when exit and exitErr are set
	exit    runtime.Exit
	exitErr error

	stopping sync.Mutex
	stopped  bool
}

func (d *Docker) newInstance(ctx context.Context, owner moorage.InstanceID) *instance {
	c := &instance{docker: d, owner: owner, output: newBacklog(), ended: make(chan struct{})}
	c.life, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return c
}

// ID implements runtime.Container.
func (c *instance) ID() string { return c.id }

// Addr implements runtime.Container.
func (c *instance) Addr() string { return c.addr }

// Output implements runtime.Container.
func (c *instance) Output() io.Reader { return c.output }

// Stdio implements runtime.Container.
func (c *instance) Stdio() io.ReadWriteCloser {
	if c.stdio == nil {
		return nil // not a typed nil: the caller may compare
	}
	return c.stdio
}

// Wait implements runtime.Container.
func (c *instance) Wait(ctx context.Context) (runtime.Exit, error) {
	select {
	case <-c.ended:
		return c.exit, c.exitErr
	case <-ctx.Done():
		return runtime.Exit{}, ctx.Err()
	}
}

// watch begins to wait for the end of the container. With
// WaitConditionNextExit it must be called before the start.
func (c *instance) watch(condition container.WaitCondition) {
	results, errs := c.docker.engine.ContainerWait(c.life, c.id, condition)
	c.work.Go(func() {
		defer close(c.ended)
		select {
		case result := <-results:
			c.exit.Code = int(result.StatusCode)
		case err := <-errs:
			c.exitErr = c.docker.translate("wait for container", err)
			return
		}
		// Gone before it could be asked: then nobody asks why it ended either.
		if found, err := c.docker.engine.ContainerInspect(c.life, c.id); err == nil {
			c.exit.OOMKilled = found.State.OOMKilled
		}
	})
}

// Stop implements runtime.Container.
func (c *instance) Stop(ctx context.Context, grace time.Duration) error {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	if c.stopped {
		return nil
	}
	alone := c.hasEnded()
	if c.id != "" && grace > 0 {
		c.askToEnd(ctx, grace)
	}
	if c.stdio != nil {
		c.stdio.abandon()
	}
	ctx, cancel := settled(ctx)
	defer cancel()
	err := c.erase(ctx, alone)
	if err == nil && c.running {
		select { // so that Wait has its exit before the line is cut
		case <-c.ended:
		case <-ctx.Done():
		}
	}
	c.release()
	c.stopped = err == nil
	return err
}

// erase removes the container and its networks. Nobody asked one that ended
// alone to end: perhaps the engine is going away, and one that does so while it
// removes a network may not start again (Docker 20.10 panics on what is left). So
// its networks have to wait.
func (c *instance) erase(ctx context.Context, alone bool) error {
	err := c.docker.removeContainers(ctx, c.id, c.owner)
	if err == nil && !alone {
		err = c.docker.removeNetworks(ctx, c.owner)
	}
	if err != nil || alone {
		c.docker.owe(ctx, c.owner, c.id)
	}
	return err
}

// hasEnded reports whether the container has run, and does not any more.
func (c *instance) hasEnded() bool {
	select {
	case <-c.ended:
		return c.running
	default:
		return false
	}
}

// askToEnd closes stdin and sends SIGTERM, then waits for the end at most for
// grace. What has not ended by then is killed by the removal.
func (c *instance) askToEnd(ctx context.Context, grace time.Duration) {
	if c.stdio != nil {
		_ = c.stdio.Close()
	}
	// An error here means that it has ended, or that the engine is away, which the removal reports.
	_ = c.docker.engine.ContainerKill(ctx, c.id, "SIGTERM")
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-c.ended:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// release ends everything of ours that was bound to the container.
func (c *instance) release() {
	for _, wire := range c.wires {
		wire.Close()
	}
	c.cancel()
	c.work.Wait()
	_ = c.output.Close()
}
