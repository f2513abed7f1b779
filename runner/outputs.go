package runner

import (
	"context"

	"moorage"
)

// maxLastWords is how many outputs of ended sessions are kept.
const maxLastWords = 32

// lastWords keeps the output of sessions that have ended, so that a person can
// read why. The oldest goes first.
type lastWords struct {
	who    []party
	output map[party]*tail
}

// party is a person with a server.
type party struct {
	server moorage.ServerID
	user   moorage.UserID
}

func (w *lastWords) keep(p party, output *tail) {
	if w.output == nil {
		w.output = map[party]*tail{}
	}
	if _, known := w.output[p]; !known {
		w.who = append(w.who, p)
	}
	w.output[p] = output
	if len(w.who) > maxLastWords {
		delete(w.output, w.who[0])
		w.who = w.who[1:]
	}
}

// Output returns the last 64 KiB that a person's newest session with a server
// saw its instance print for people, secrets masked; nil when there was none
// lately. On the instance of an HTTP server other sessions had their part in it.
func (r *Runner) Output(_ context.Context, server moorage.ServerID, user moorage.UserID) []byte {
	r.mu.Lock()
	output := r.words.output[party{server, user}]
	var newest *Session
	for s := range r.sessions {
		if s.user == user && s.inst.spec.Server == server && (newest == nil || newest.startedAt.Before(s.startedAt)) {
			newest, output = s, &s.inst.output
		}
	}
	r.mu.Unlock()
	if output == nil {
		return nil
	}
	return output.Bytes()
}
