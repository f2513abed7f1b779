package runner

import (
	"encoding/json"

	"moorage/jsonrpc"
)

// greeting is how a shared server was greeted. It has one conversation and is
// greeted once; who greets it later in the same words gets the same answer.
type greeting struct {
	asked   bool            // the first one waits for the answer
	waiting []greeted       // so do these
	result  json.RawMessage // the answer; nil: none yet
	told    bool            // it knows that the greeting is over
}

// greeted is a member that waits for the answer to its greeting.
type greeted struct {
	by *member
	id json.RawMessage
}

// greet notes a greeting. It reports whether it must go to the server, and the
// answer when there is one.
func (g *greeting) greet(by *member, id json.RawMessage) (forward bool, answer json.RawMessage) {
	switch {
	case g.result != nil:
		return false, g.result
	case g.asked:
		g.waiting = append(g.waiting, greeted{by, id})
		return false, nil
	}
	g.asked = true
	return true, nil
}

// said takes the server's answer, and returns who waits for it. An error is an
// answer for them, and the next greeting tries again.
func (g *greeting) said(m jsonrpc.Message) []greeted {
	waiting := g.waiting
	g.asked, g.waiting, g.result = false, nil, m.Result
	return waiting
}

// tell reports whether the server must be told that the greeting is over: once.
func (g *greeting) tell() bool {
	first := !g.told
	g.told = true
	return first
}
