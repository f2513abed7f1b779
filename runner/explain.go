package runner

import (
	"cmp"
	"context"
	"errors"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runtime"
)

// explain says for the person why a probe did not pass. What it does not know
// it returns as it is.
func (p *probe) explain(err error) error {
	if e := p.exited(err); e != nil {
		return e
	}
	var no *moorage.RPCError
	var told *moorage.Error
	switch {
	case errors.As(err, &told):
		return err
	case errors.As(err, &no):
		return moorage.Errorf(moorage.Invalid, "The server answered %s with an error: %s.", p.asking, quote(no.Message)).
			Try("Look at its output. If it speaks MCP at another path or over another transport, change that in the settings.").Because(err)
	case errors.Is(err, errSilent) && p.run.Transport.Listens():
		return moorage.Errorf(moorage.Invalid, "%s", cmp.Or(p.link.reason(), "The server ended the conversation before it answered "+p.asking+".")).
			Try("Check transport, port and path in the settings, and look at its output.").Because(err)
	case errors.Is(err, errSilent):
		return moorage.Errorf(moorage.Invalid, "The server closed its output before it answered %s.", p.asking).
			Try("Look at its output.").Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return p.late(err)
	}
	return err
}

// exited says how the container ended, with a runtime.Ended as the cause; nil
// when it runs.
func (p *probe) exited(err error) error {
	var no *moorage.RPCError
	if errors.Is(err, errSilent) || errors.As(err, &no) && no.Code == jsonrpc.CodeServerGone { // then its end is near
		timeout := time.NewTimer(exitWait)
		defer timeout.Stop()
		select {
		case <-p.ended:
		case <-timeout.C:
		}
	}
	select {
	case <-p.ended:
	default:
		return nil
	}
	e := moorage.Errorf(moorage.Invalid, "%s", exitSentence(p.exit, p.run.Limits.MemoryMB)).
		Because(errors.Join(runtime.Ended{Exit: p.exit}, err))
	if p.exit.OOMKilled {
		return e.Try("Give it more memory in the settings.")
	}
	return e.Try("Look at its last words. Often a variable is missing.")
}

// late says what a server did instead of answering in time.
func (p *probe) late(err error) error {
	junk := int64(0)
	if p.link != nil {
		junk = p.link.noise()
	}
	stdio := p.run.Transport == moorage.TransportStdio
	switch {
	case junk > 0:
		return moorage.Errorf(moorage.Invalid, "The server answered with something that is not MCP.").
			Try("Its standard output is for MCP messages only; logs belong on standard error. If it speaks HTTP, change the transport in the settings.").Because(err)
	case stdio:
		return moorage.Errorf(moorage.Unavailable, "The server started, and never answered %s.", p.asking).
			Try("If it speaks HTTP, change the transport in the settings. Otherwise look at its output.").Because(err)
	default:
		return moorage.Errorf(moorage.Unavailable, "The server listens on port %d, and never answered %s.", p.run.Port, p.asking).
			Try("Check port and path in the settings, and look at its output.").Because(err)
	}
}
