package runner

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"moorage"
	"moorage/runtime"
	"moorage/secrets"
)

// instance is one running container and what is known of it.
type instance struct {
	spec      runtime.Spec
	container runtime.Container
	startedAt time.Time
	values    []string        // the secret ones among those that it was started with
	masker    *secrets.Masker // of what it says to people
	output    tail
	hub       *hub // of a stdio server that a circle shares; nil else. Set before others know the instance
	aside     *aside
	records   instances
	log       *slog.Logger
	now       func() time.Time

	life    context.Context // that of the runner: it outlives whoever started it
	touched atomic.Int64    // unix milliseconds
	ended   chan struct{}   // closed when the container has ended
	exit    runtime.Exit    // how; after ended
	lost    bool            // it is not known how: the engine went away; after ended
	gone    chan struct{}   // closed when nothing of it is left

	// Guarded by Runner.mu.
	sessions int
	silent   bool        // it did not answer when it was asked last
	leaving  bool        // no new session joins it: it has ended, or is to
	asked    bool        // somebody wants it to end
	idle     *time.Timer // stops it; runs while no session uses it
}

// exitWait is how long after a server stopped talking its container may take
// to end, so that the exit code can be told.
const exitWait = 2 * time.Second

// shared reports whether more than one session may use it.
func (i *instance) shared() bool { return i.hosts() || i.spec.Run.Transport.Listens() }

// hosts reports whether a circle shares it.
func (i *instance) hosts() bool { return i.hub != nil }

// link begins a conversation with the instance; nil when its server has ended.
func (i *instance) link(guest Guest) link {
	switch {
	case i.hosts():
		if m := i.hub.open(); m != nil {
			return m
		}
		return nil
	case guest.Direct && i.spec.Run.Transport == moorage.TransportHTTP:
		return newDirectLink()
	}
	return newLink(i.life, i.container, i.spec.Run, i.spec.Env)
}

// watch waits for the container to end, whoever ends it, and cleans up.
func (i *instance) watch() {
	exit, err := i.container.Wait(i.life)
	if err != nil {
		i.log.Warn("instance lost", "instance", i.spec.Instance, "err", err)
	}
	i.exit, i.lost = exit, err != nil
	close(i.ended)
	i.stop() // removes what is left of it
	i.record(moorage.InstanceStopped)
	i.log.Info("instance stopped", "instance", i.spec.Instance, "server", i.spec.Server,
		"exit_code", exit.Code, "out_of_memory", exit.OOMKilled)
}

// copyOutput keeps the end of what the instance prints, masked.
func (i *instance) copyOutput() {
	out, shown := i.container.Output(), i.masker.Stream()
	buf := make([]byte, 32<<10)
	for {
		n, err := out.Read(buf)
		i.output.Write(shown.Write(buf[:n]))
		if err != nil {
			i.output.Write(shown.Flush())
			return
		}
	}
}

// dismiss wants the instance to end; Runner.mu is held.
func (i *instance) dismiss() { i.leaving, i.asked = true, true }

// stay stops the idle clock; Runner.mu is held.
func (i *instance) stay() {
	if i.idle != nil {
		i.idle.Stop()
	}
}

// stop ends and removes the container; watch does the rest.
func (i *instance) stop() {
	i.aside.leave()
	if i.hosts() {
		i.hub.link.close() // its stdin, before the signal
	}
	if err := i.container.Stop(i.life, stopGrace); err != nil {
		i.log.Warn("instance not stopped", "instance", i.spec.Instance, "err", err)
	}
}

// record writes the status down. A row that lags behind is mended at the next
// start of Moorage, so an error only goes to the log.
func (i *instance) record(status moorage.InstanceStatus) {
	if err := i.records.SetInstanceStatus(i.life, i.spec.Instance, status); err != nil {
		i.log.Warn("instance status not recorded", "instance", i.spec.Instance, "status", status, "err", err)
	}
}

// touch records that the instance is used, at most once a minute.
func (i *instance) touch(ctx context.Context) {
	now, last := i.now(), i.touched.Load()
	if now.UnixMilli()-last < time.Minute.Milliseconds() || !i.touched.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	if err := i.records.TouchInstance(ctx, i.spec.Instance, now); err != nil {
		i.log.Warn("instance use not recorded", "instance", i.spec.Instance, "err", err)
	}
}

// ending says why a conversation with the instance ended that neither its
// client nor Moorage has ended.
func (i *instance) ending(ctx context.Context, l link) *Ending {
	if why := l.reason(); why != "" {
		return &Ending{Cause: CauseExited, Reason: why}
	}
	timeout := time.NewTimer(exitWait)
	defer timeout.Stop()
	select {
	case <-i.ended:
		return &Ending{Cause: CauseExited, Reason: i.endSentence()}
	case <-timeout.C:
	case <-ctx.Done():
	}
	reason := "The server closed its output."
	if i.spec.Run.Transport.Listens() {
		reason = "The server ended the conversation."
	}
	return &Ending{Cause: CauseExited, Reason: reason}
}
