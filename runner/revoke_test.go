package runner

import (
	"context"
	"testing"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner/runnertest"
)

func everybody(context.Context) error { return nil }

func TestASessionEndsWhenItsPersonMayCallTheServerNoLonger(t *testing.T) {
	q := newQuay(t)
	isAda := func(u moorage.UserID) bool { return u == ada }
	t.Run("with the call that runs in it", func(t *testing.T) {
		image := runnertest.Image(t, oddProgram)
		server, other := q.deploy(image, moorage.TransportStdio, "slow").Server, q.deploy(image, moorage.TransportStdio, "slow").Server
		conn, elsewhere := q.dial(t, server), q.connect(t, other, ada)
		initialize(t, conn)
		put(t, conn, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}`)
		put(t, conn, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
		next(t, conn) // the call has been read, too
		q.Revoke(server, isAda)
		if a := next(t, conn); a.Error == nil || a.Error.Code != jsonrpc.CodeServerGone {
			t.Errorf("the call is answered %+v", a)
		}
		if how := closing(t, conn); how.Code != CloseRevoked || how.Reason != endRevoked.Reason {
			t.Errorf("closed with %v", how)
		}
		if elsewhere.ended() != nil {
			t.Error("the session with another server ended, too")
		}
	})
	t.Run("while others stay on the same instance", func(t *testing.T) {
		server := q.deploy(runnertest.Image(t, greeterProgram), moorage.TransportHTTP, "-http").Server
		conn, bobs := q.dial(t, server), q.connect(t, server, bob)
		initialize(t, conn)
		q.Revoke(server, isAda)
		if how := closing(t, conn); how.Code != CloseRevoked {
			t.Errorf("closed with %v", how)
		}
		if bobs.ended() != nil {
			t.Error("bob's ended, too")
		}
	})
}

func TestASocketThatWasOnItsWayIsAskedAboutOnceMore(t *testing.T) {
	q := newQuay(t)
	spec := q.deploy(runnertest.Image(t, greeterProgram), moorage.TransportStdio)
	q.may = func(context.Context) error {
		return moorage.Errorf(moorage.Forbidden, "You may not call this server any more.")
	}
	conn := q.dial(t, spec.Server)
	if how := closing(t, conn); how.Code != CloseRevoked || how.Reason != "You may not call this server any more." {
		t.Errorf("closed with %v", how)
	}
}
