package runner

import "moorage"

var endRevoked = &Ending{Cause: CauseRevoked, Reason: "You may not call this server any more."}

// Revoke ends the sessions of a server whose people may not call it any more,
// and the calls that run in them. What is asked for from then on is refused by
// who lets people in; a socket that was on its way is caught by Ticket.May.
func (r *Runner) Revoke(server moorage.ServerID, gone func(moorage.UserID) bool) {
	r.mu.Lock()
	var sessions []*Session
	for s := range r.sessions {
		if s.inst.spec.Server == server && gone(s.user) {
			sessions = append(sessions, s)
		}
	}
	r.mu.Unlock()
	for _, s := range sessions {
		s.finish(endRevoked)
	}
}
