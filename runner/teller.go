package runner

import (
	"bytes"
	"context"
	"strings"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/secrets"
)

// recorder counts calls, and keeps what was asked and answered for an owner
// who wants to see it for a while. It never makes a call wait.
type recorder interface {
	Ended(c moorage.Call)
	Keeps(server moorage.ServerID) bool
}

// teller tells of the calls of one session. A nil one tells nobody.
type teller struct {
	to   recorder
	of   moorage.Call // what they have in common
	mask *secrets.Masker
}

// teller is for a session that somebody wants: what Moorage asks for itself is
// no use of a server.
func (r *Runner) teller(ctx context.Context, inst *instance, guest Guest) *teller {
	by := moorage.ActorOf(ctx)
	if r.o.Usage == nil || by.Means == moorage.MeansSystem {
		return nil
	}
	return &teller{to: r.o.Usage, mask: inst.masker, of: moorage.Call{
		Server: inst.spec.Server, Instance: inst.spec.Instance, User: guest.User, Means: by.Means,
	}}
}

// begin is what is known of a call when it is handed on.
func (t *teller) begin(m jsonrpc.Message, now time.Time) moorage.Call {
	if t == nil || m.Method == "ping" {
		return moorage.Call{}
	}
	c := t.of
	c.Method, c.Began, c.In = m.Method, now, len(m.Params)
	traced := bytes.Contains(m.Params, []byte(`"traceparent"`))
	if m.Method == methodCallTool || traced {
		params, _ := jsonrpc.ParseObject(m.Params) // of what is none, nothing is known
		if m.Method == methodCallTool {
			c.Tool = params.Text("name")
		}
		if traced {
			meta, _ := jsonrpc.ParseObject(params.Get("_meta"))
			c.Trace = moorage.Trace{Parent: meta.Text("traceparent"), State: meta.Text("tracestate")}
		}
	}
	if t.to.Keeps(c.Server) {
		c.Kept = &moorage.Kept{Arguments: t.cut(m.Params)}
	}
	return c
}

// end tells of a call that was answered; nil says that nobody waited for that.
func (t *teller) end(c moorage.Call, answer *jsonrpc.Message, now time.Time) {
	if t == nil || c.Method == "" {
		return
	}
	c.Took = now.Sub(c.Began)
	switch {
	case answer == nil:
		c.Outcome = moorage.OutcomeCancelled
	case answer.Err != nil:
		c.Outcome, c.Code, c.Out = moorage.OutcomeError, answer.Code(), len(answer.Err)
	default:
		c.Outcome, c.Out = moorage.OutcomeOK, len(answer.Result)
		if c.Method == methodCallTool && saysError(answer.Result) {
			c.Outcome = moorage.OutcomeToolError
		}
	}
	if c.Kept != nil && answer != nil {
		kept := *c.Kept
		kept.Result = t.cut(append(bytes.Clone(answer.Result), answer.Err...))
		c.Kept = &kept
	}
	t.to.Ended(c)
}

// saysError reports whether a tool says that it failed (MCP 2025-11-25,
// server/tools: CallToolResult.isError).
func saysError(result []byte) bool {
	if !bytes.Contains(result, []byte(`"isError"`)) {
		return false
	}
	o, err := jsonrpc.ParseObject(result)
	return err == nil && string(o.Get("isError")) == "true"
}

// cut is as much of a text as is kept, without secrets. What could begin a
// secret where it is cut is left out.
func (t *teller) cut(text []byte) string {
	s := t.mask.Stream()
	shown := s.Write(text[:min(len(text), moorage.MaxKept)])
	if len(text) <= moorage.MaxKept {
		shown = append(shown, s.Flush()...)
	}
	return strings.ToValidUTF8(string(shown), "")
}

// Passing notes a call that the guest makes at Address itself. The function
// tells what came of it; nil says that the guest did not wait for it.
func (s *Session) Passing(m jsonrpc.Message) (ended func(answer *jsonrpc.Message)) {
	c := s.teller.begin(m, s.now())
	return func(answer *jsonrpc.Message) { s.teller.end(c, answer, s.now()) }
}
