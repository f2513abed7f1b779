package usage

import (
	"context"
	"time"

	"moorage"
)

// sampler knows what the instances of each server that has some need now.
type sampler interface {
	Loads(ctx context.Context) []moorage.Load
}

// sample looks at the instances now and then, until ctx ends.
func (u *Usage) sample(ctx context.Context, s sampler) {
	tick := time.NewTicker(u.o.Sample)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			timed, cancel := context.WithTimeout(ctx, u.o.Sample)
			loads := s.Loads(timed)
			cancel()
			select {
			case u.loads <- loads:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
