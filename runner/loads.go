package runner

import (
	"context"
	"time"

	"moorage"
)

// reading is how long processors were busy for an instance, and when that was.
type reading struct {
	cpu time.Duration
	at  time.Time
}

// Loads looks at every instance and returns what those of each server need
// together. CPU is that since the last time; Loads is for one goroutine. What
// the engine says nothing of counts as nothing.
func (r *Runner) Loads(ctx context.Context) []moorage.Load {
	now := r.o.Now()
	loads := map[moorage.ServerID]*moorage.Load{}
	var instances []*instance
	r.mu.Lock()
	for _, inst := range r.instances {
		instances = append(instances, inst)
		l := loads[inst.spec.Server]
		if l == nil {
			l = &moorage.Load{Server: inst.spec.Server, At: now}
			loads[inst.spec.Server] = l
		}
		l.Instances++
		l.Sessions += inst.sessions
	}
	r.mu.Unlock()
	before := r.readings
	r.readings = map[moorage.InstanceID]reading{}
	for _, inst := range instances {
		s, err := inst.container.Stats(ctx)
		if err != nil {
			r.o.Logger.Debug("instance not measured", "instance", inst.spec.Instance, "err", err)
			continue
		}
		this, last := reading{s.CPU, r.o.Now()}, before[inst.spec.Instance]
		if last.at.IsZero() {
			last.at = inst.startedAt // all that it has used, it used since
		}
		l := loads[inst.spec.Server]
		l.Memory += s.Memory
		if d := this.at.Sub(last.at); d > 0 && this.cpu > last.cpu {
			l.CPU += float64(this.cpu-last.cpu) / float64(d)
		}
		r.readings[inst.spec.Instance] = this
	}
	list := make([]moorage.Load, 0, len(loads))
	for _, l := range loads {
		list = append(list, *l)
	}
	return list
}
