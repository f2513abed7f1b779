package runner

import (
	"context"

	"moorage"
	"moorage/runtime"
)

// Prober asks servers that were just started who they are.
type Prober struct {
	Version string // of Moorage, which it introduces itself with
}

// Probe holds a real MCP conversation with the server in c until it knows who
// the server is and what it offers, or ctx ends. The variables in env are
// for run.Query. The error is a moorage.Error that says what is wrong: the
// server ended, never answered, printed something else, listens elsewhere, speaks
// another transport, or answered with an error. Of one that ended before it had answered, a
// runtime.Ended is among the causes: later it may end because of what follows.
//
// The container is left running. A stdio server has had its conversation: its
// stdin is closed, and its stdout is read until the container is stopped.
func (o Prober) Probe(ctx context.Context, c runtime.Container, run moorage.RunConfig, env map[string]string) (moorage.Probed, error) {
	p := &probe{talk: talk{client: o.Version}, run: run, ended: make(chan struct{})}
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if exit, err := c.Wait(watching); err == nil {
			p.exit = exit
			close(p.ended)
		}
	}()
	defer func() { stop(); <-watched }()

	if run.Transport.Listens() {
		if err := dialable(ctx, c.Addr(), run.Port, p.ended); err != nil {
			return moorage.Probed{}, p.explain(err)
		}
	}
	p.converse(newLink(ctx, c, run, env))
	defer p.bye()
	info, err := p.introduce(ctx)
	if err != nil {
		if wrong := p.mistaken(ctx, c, env, err); wrong != nil {
			return moorage.Probed{}, wrong
		}
		return moorage.Probed{}, p.explain(err)
	}
	offers, notes, err := p.offers(ctx, info)
	if err != nil {
		return moorage.Probed{}, p.explain(err)
	}
	info.Instructions = clip(info.Instructions, maxInstructions) // the offer has them whole
	return moorage.Probed{Info: info, Offers: offers, Notes: notes}, nil
}

// probe is one such conversation.
type probe struct {
	talk
	run   moorage.RunConfig
	link  link
	ended chan struct{} // closed when the container has ended
	exit  runtime.Exit  // how; after ended
}

// converse begins the conversation over l.
func (p *probe) converse(l link) { p.link, p.line = l, linkLine{l} }

// bye ends the conversation. The link to a server that listens has an end that
// is not the container's.
func (p *probe) bye() {
	p.link.close()
	if p.run.Transport.Listens() {
		p.link.wait()
	}
}
