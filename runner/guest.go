package runner

import "moorage"

// Guest is who wants a session.
type Guest struct {
	User   moorage.UserID
	Alike  string  // what it has in common with other sessions of its person that can share a server over stdio; "": nothing
	Speaks string  // the version of the protocol that it asks for; "": not known yet
	Modern bool    // it speaks MCP 2026-07-28, which has no sessions: each call is one here
	Brief  bool    // it makes one call: no instance is made to wait for the next session
	Held   holding // of what the server lists, for who calls by Send
	Direct bool    // a server that speaks Streamable HTTP is called by the guest itself, at the session's Address
}

// circle names those who share a server with a guest; "" when nobody does.
func (g Guest) circle(run moorage.RunConfig) string {
	if run.Transport == moorage.TransportStdio {
		switch run.Isolation {
		case moorage.IsolationShared:
			return g.everybody()
		case moorage.IsolationSession:
			if !g.Modern {
				return ""
			}
		}
	}
	return g.person()
}

// person is the circle of a guest's own sessions. Calls without a session are
// all alike.
func (g Guest) person() string {
	if g.Alike == "" && !g.Modern {
		return ""
	}
	return "person " + string(g.User) + " " + g.Alike
}

// everybody is the circle of all who ask for the same version: a server is asked
// for one.
func (g Guest) everybody() string { return "everybody " + g.Speaks }
