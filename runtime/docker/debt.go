package docker

import (
	"context"
	"sync"
	"time"

	"moorage"
)

// payAgain is how long the engine is left alone before it is asked, and asked again.
const payAgain = 2 * time.Second

// debts are the instances of which something was to be removed while the engine
// was away, or might have been about to go: by id of the instance, with the
// engine's id of the container, "" for one that is not known. It is removed a
// little later, or when the engine is back, without anybody who waits.
type debts struct {
	mu     sync.Mutex
	owed   map[moorage.InstanceID]string
	paying bool
	closed bool
	work   sync.WaitGroup
	done   chan struct{} // closed by Close
}

// owe has an instance removed as soon as the engine answers.
func (d *Docker) owe(ctx context.Context, owner moorage.InstanceID, id string) {
	d.debts.mu.Lock()
	defer d.debts.mu.Unlock()
	if d.debts.closed {
		return // the next start finds it by its labels
	}
	d.debts.owed[owner] = id
	if d.debts.paying {
		return
	}
	d.debts.paying = true
	ctx = context.WithoutCancel(ctx)
	d.debts.work.Go(func() { d.pay(ctx) })
}

// pay removes what is owed, until nothing is or Close is called.
func (d *Docker) pay(ctx context.Context) {
	for {
		select {
		case <-d.debts.done:
			return
		case <-time.After(payAgain):
		}
		if d.payOnce(ctx) {
			return
		}
	}
}

// payOnce reports whether nothing is owed any more.
func (d *Docker) payOnce(ctx context.Context) bool {
	d.debts.mu.Lock()
	owed := make(map[moorage.InstanceID]string, len(d.debts.owed))
	for owner, id := range d.debts.owed {
		owed[owner] = id
	}
	d.debts.mu.Unlock()
	for owner, id := range owed {
		ctx, cancel := settled(ctx)
		err := d.erase(ctx, id, owner)
		cancel()
		if err != nil {
			return false
		}
		d.debts.mu.Lock()
		delete(d.debts.owed, owner)
		d.debts.mu.Unlock()
	}
	d.debts.mu.Lock()
	defer d.debts.mu.Unlock()
	d.debts.paying = len(d.debts.owed) > 0
	return !d.debts.paying
}

// close gives up what is owed.
func (d *debts) close() {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		close(d.done)
	}
	d.mu.Unlock()
	d.work.Wait()
}
