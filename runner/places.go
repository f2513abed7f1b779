package runner

import "moorage"

// places counts the sessions of each person and with each server.
type places map[any]int

// enter counts the caller as work that Shutdown waits for until it calls
// work.Done.
func (r *Runner) enter() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return errClosing()
	}
	r.work.Add(1)
	return nil
}

// take takes a place: for a session, or for the instance that a circle shares.
func (r *Runner) take(server moorage.ServerID, user moorage.UserID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.places[user] >= r.o.PerUser:
		return moorage.Errorf(moorage.Limited, "You have %d sessions open, as many as one person may have.", r.o.PerUser).
			Try("Close a page or a client that you do not need.")
	case r.places[server] >= r.o.PerServer:
		return moorage.Errorf(moorage.Limited, "This server has %d sessions open, as many as one server may have.", r.o.PerServer).
			Try("Wait until somebody has finished.")
	}
	r.places[user]++
	r.places[server]++
	return nil
}

// leave gives a place back.
func (r *Runner) leave(server moorage.ServerID, user moorage.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range []any{server, user} {
		if r.places[k]--; r.places[k] <= 0 {
			delete(r.places, k)
		}
	}
}

func errGoing() error {
	return moorage.Errorf(moorage.Conflict, "This server is being replaced or stopped.").Try("Try again in a moment.")
}

func errClosing() error {
	return moorage.Errorf(moorage.Unavailable, "Moorage is stopping.").Try("Try again when it is back.")
}
