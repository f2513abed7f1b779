package runner

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"moorage"
	"moorage/jsonrpc"
)

const (
	maxResult   = 10 << 20    // bytes of what a tool answers to Call
	cancelGrace = time.Second // to tell a server that nobody waits any more
)

// Call calls one tool of the live deployment of a server, in a session of its
// own, and starts an instance when it needs one. args is a JSON object; it is
// held against the tool's schema first, and not sent when it does not fit: the
// error is Invalid then, and its cause moorage.Faults. A JSON-RPC error of the
// server is the cause of one that is Refused. That ctx ends cancels the call.
func (r *Runner) Call(ctx context.Context, server moorage.ServerID, user moorage.UserID, tool moorage.Offer, args json.RawMessage) (moorage.Result, error) {
	if err := checkArguments(tool, args); err != nil {
		return moorage.Result{}, err
	}
	timed, cancel := context.WithTimeout(ctx, r.o.CallTimeout)
	defer cancel()
	session, t, _, err := r.greet(ctx, timed, server, Guest{User: user, Brief: true})
	if err != nil {
		return moorage.Result{}, err
	}
	defer session.Close()
	began := time.Now()
	object, err := t.ask(timed, "tools/call", map[string]any{"name": tool.Name, "arguments": args})
	if err != nil {
		err = session.explain(ctx, t, err)
		if timed.Err() != nil {
			t.giveUp(ctx)
		}
		return moorage.Result{}, err
	}
	if len(object) > maxResult {
		return moorage.Result{}, moorage.Errorf(moorage.Refused, "The result of %s is larger than %d MiB.", tool.Name, maxResult>>20).
			Try("Ask the tool for less at once.")
	}
	return moorage.Result{Object: object, Instance: session.Info().Instance, Took: time.Since(began)}, nil
}

// Greet asks the live deployment of a server who it is, as a client would, and
// starts an instance when it needs one. Errors are those of Call.
func (r *Runner) Greet(ctx context.Context, server moorage.ServerID, user moorage.UserID) (moorage.ServerInfo, error) {
	timed, cancel := context.WithTimeout(ctx, r.o.CallTimeout)
	defer cancel()
	session, _, info, err := r.greet(ctx, timed, server, Guest{User: user, Brief: true})
	if err != nil {
		return moorage.ServerInfo{}, err
	}
	session.Close()
	return info, nil
}

// greet begins a session of Moorage's own, which its caller closes. It has until
// timed ends; ctx is that of who waits.
func (r *Runner) greet(ctx, timed context.Context, server moorage.ServerID, guest Guest) (*Session, *talk, moorage.ServerInfo, error) {
	session, err := r.Connect(timed, server, guest)
	if err != nil {
		return nil, nil, moorage.ServerInfo{}, err
	}
	t := &talk{line: session, client: r.o.Version}
	info, err := t.introduce(timed)
	if err != nil {
		err = session.explain(ctx, t, err)
		session.Close()
		return nil, nil, moorage.ServerInfo{}, err
	}
	return session, t, info, nil
}

// giveUp tells the server that nobody waits for the last call any more
// (MCP 2025-11-25, basic/utilities/cancellation). A ping that comes back says
// that it was heard; a server that cannot be told ends with the session.
func (t *talk) giveUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelGrace)
	defer cancel()
	cancelled := jsonrpc.Notice("notifications/cancelled", map[string]any{"requestId": t.lastID(), "reason": "The client has gone, or waited too long."})
	if t.line.say(ctx, cancelled) == nil {
		_, _ = t.ask(ctx, "ping", map[string]any{})
	}
}

// explain says for the person why a call came to nothing. ctx is that of the
// caller: who has gone is told nothing.
func (s *Session) explain(ctx context.Context, t *talk, err error) error {
	var said *moorage.RPCError
	ending := s.ended()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case ending != nil:
		return moorage.Errorf(moorage.Unavailable, "%s", ending.Reason).Try("Look at the server's output, and call again.").Because(ending)
	case errors.As(err, &said):
		shown := &moorage.RPCError{Code: said.Code, Message: s.inst.masker.Mask(said.Message)}
		return moorage.Errorf(moorage.Refused, "The server answered %s with an error: %s.", t.asking, quote(shown.Message)).
			Try("Look at the server's output.").Because(shown)
	case errors.Is(err, context.DeadlineExceeded):
		return moorage.Errorf(moorage.Unavailable, "The server did not answer %s in time.", t.asking).
			Try("Look at its output, and call again.").Because(err)
	}
	return err
}
