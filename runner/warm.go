package runner

import (
	"moorage"
	"moorage/runtime"
)

// Warm takes over the container of an HTTP deployment that was probed and is
// live now, so that the first session finds it running. From now on the runner
// reads c.Output, which goes on where its reader until now has stopped. A
// container that is of no use is stopped: that of a stdio server, which has
// one for each session, and a second one.
func (r *Runner) Warm(d moorage.Deployment, id moorage.InstanceID, c runtime.Container) {
	if d.Config.Run.Transport == moorage.TransportHTTP && r.warm(d, id, c) {
		return
	}
	if err := c.Stop(r.life, stopGrace); err != nil {
		r.o.Logger.Warn("container not stopped", "container", c.ID(), "err", err)
	}
}

// warm takes the container over in the background; false when its deployment
// has an instance already, or wants none.
func (r *Runner) warm(d moorage.Deployment, id moorage.InstanceID, c runtime.Container) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.reserve(d.ServerID, d.ID)
	if s == nil {
		return false
	}
	r.work.Go(func() {
		inst, err := r.takeOver(d, id, c)
		r.occupy(s, d.ID, inst, err)
	})
	return true
}

func (r *Runner) takeOver(d moorage.Deployment, id moorage.InstanceID, c runtime.Container) (*instance, error) {
	spec, secrets, err := r.o.Configured.LiveSpec(r.life, d.ServerID)
	if err == nil && spec.Deployment != d.ID {
		err = errGoing()
	}
	spec.Instance = id
	inst := r.newInstance(spec, c, r.o.Now())
	if err == nil {
		err = r.enroll(r.life, inst)
	}
	if err != nil {
		r.o.Logger.Warn("instance not taken over", "instance", id, "deployment", d.ID, "err", err)
		inst.stop()
		return nil, err
	}
	r.look(inst, secrets)
	return inst, nil
}
