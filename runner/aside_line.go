package runner

import (
	"context"
	"encoding/json"

	"moorage"
	"moorage/jsonrpc"
)

// begin sees to it that there is a conversation to ask in. The turn is held.
func (r *Runner) begin(ctx context.Context, inst *instance) error {
	a := inst.aside
	a.mu.Lock()
	begun := a.line != nil
	a.mu.Unlock()
	if begun {
		return nil
	}
	if inst.hosts() {
		m := inst.hub.open()
		if m == nil {
			return errLinkClosed
		}
		m.own = true
		r.converse(inst, m, inst.hub.modern)
		return nil
	}
	l := newLink(inst.life, inst.container, inst.spec.Run, inst.spec.Env)
	t := &talk{line: linkLine{l}, client: a.version}
	said, err := t.introduce(ctx)
	if err != nil {
		l.close()
		l.wait()
		return err
	}
	a.learn(said)
	r.converse(inst, l, t.modern)
	return nil
}

// converse asks over a link from now on, and listens to it until it ends.
func (r *Runner) converse(inst *instance, l link, modern bool) {
	a, over := inst.aside, make(chan struct{})
	a.mu.Lock()
	a.line, a.over, a.modern, a.listens = l, over, modern, false
	a.mu.Unlock()
	r.work.Go(func() {
		a.hear(inst.life, l)
		a.mu.Lock()
		a.line = nil
		a.mu.Unlock()
		close(over)
		l.close()
		l.wait()
	})
}

// hear takes what the server says until the conversation or the server ends. It
// answers what the server asks: it has promised to need nothing but pings.
func (a *aside) hear(ctx context.Context, l link) {
	t := &talk{line: linkLine{l}}
	for {
		select {
		case m, ok := <-l.messages():
			switch {
			case !ok:
				return
			case m.IsRequest():
				grace, cancel := context.WithTimeout(ctx, cancelGrace)
				_ = t.reply(grace, m)
				cancel()
			default:
				a.mine(m)
			}
		case <-a.going:
			return
		}
	}
}

// discover asks a server of the modern era who it is (MCP 2026-07-28). With the
// first answer it asks to be told when what the server lists is something else.
func (a *aside) discover(ctx context.Context) error {
	answer, err := a.ask(ctx, "server/discover", map[string]any{})
	var said introduction
	if err != nil || json.Unmarshal(answer, &said) != nil {
		return err
	}
	a.learn(said.info())
	a.mu.Lock()
	listens := a.listens
	a.listens = true
	a.mu.Unlock()
	if listens {
		return nil
	}
	return a.subscribe(ctx, said.info())
}

// subscribe opens the stream of changes, whose answer comes with its end.
func (a *aside) subscribe(ctx context.Context, said moorage.ServerInfo) error {
	wanted := map[string]bool{}
	for name, declared := range map[string]bool{"toolsListChanged": said.Tools, "promptsListChanged": said.Prompts, "resourcesListChanged": said.Resources} {
		if declared {
			wanted[name] = true
		}
	}
	line, _, m, _, err := a.enlist(methodListen, map[string]any{"notifications": wanted})
	if err != nil {
		return err
	}
	a.strike(m)
	return line.send(ctx, m)
}

// speaks says which era the conversation is in, and whether the server has said
// who it is.
func (a *aside) speaks() (modern, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.modern, a.known
}

// greeted says that a client has greeted the server, which can be asked from now
// on: within that conversation when it is the only one.
func (i *instance) greeted(within link) {
	switch {
	case i.spec.Run.Transport.Listens(): // it can be since it listens
	case i.hosts():
		i.aside.admit(nil)
	default:
		i.aside.admit(within)
	}
}

// overheard takes note of what a server says within the one conversation that
// it has, and reports whether it was said to us alone.
func (i *instance) overheard(m jsonrpc.Message) bool { return !i.shared() && i.aside.mine(m) }
