package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"moorage"
	"moorage/runtime"
)

// Prober asks servers that were just started who they are.
type Prober struct {
	Version string // of Moorage, which it introduces itself with
}

// Probe holds a real MCP conversation with the server in c until it knows who
// the server is and which tools it has, or ctx ends. The variables in env are
// for run.Query. The error is a moorage.Error that says what is wrong: the
// server ended, never answered, printed something else, listens elsewhere, or
// answered with an error.
//
// The container is left running. A stdio server has had its conversation: its
// stdin is closed, and its stdout is read until the container is stopped.
func (o Prober) Probe(ctx context.Context, c runtime.Container, run moorage.RunConfig, env map[string]string) (moorage.ServerInfo, []moorage.Tool, error) {
	p := &probe{run: run, client: o.Version, ended: make(chan struct{})}
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

	if run.Transport == moorage.TransportHTTP {
		if err := dialable(ctx, c.Addr(), run.Port, p.ended); err != nil {
			return moorage.ServerInfo{}, nil, p.explain(err)
		}
	}
	p.link = newLink(ctx, c, run, env)
	defer p.bye()
	info, err := p.introduce(ctx)
	if err != nil {
		return moorage.ServerInfo{}, nil, p.explain(err)
	}
	if !info.Tools {
		return info, nil, nil
	}
	tools, err := p.tools(ctx)
	if err != nil {
		return moorage.ServerInfo{}, nil, p.explain(err)
	}
	return info, tools, nil
}

// probe is one such conversation.
type probe struct {
	run    moorage.RunConfig
	client string // version
	link   link
	ended  chan struct{} // closed when the container has ended
	exit   runtime.Exit  // how; after ended
	asking string        // the method of the last call
	calls  int
	modern bool // the server speaks the era without initialize
}

// bye ends the conversation. Only an HTTP link has an end that is not the
// container's.
func (p *probe) bye() {
	p.link.close()
	if p.run.Transport == moorage.TransportHTTP {
		p.link.wait()
	}
}

// errSilent says that the server ended the conversation.
var errSilent = errors.New("the server ended the conversation")

// refused is a JSON-RPC error of the server.
type refused struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *refused) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

// ask makes one call and waits for its answer.
func (p *probe) ask(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	if p.modern {
		params["_meta"] = p.meta()
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", method, err)
	}
	p.calls++
	p.asking = method
	id := json.RawMessage(strconv.Itoa(p.calls))
	if err := p.link.send(ctx, message{id: id, method: method, params: body}); err != nil {
		return nil, p.heard(err)
	}
	for {
		select {
		case m, ok := <-p.link.messages():
			switch {
			case !ok:
				return nil, errSilent
			case m.isRequest():
				if err := p.reply(ctx, m); err != nil {
					return nil, p.heard(err)
				}
			case m.isResponse() && key(m.id) == key(id):
				return result(m)
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// heard tells a server that takes no more from other trouble.
func (p *probe) heard(err error) error {
	if errors.Is(err, errLinkClosed) {
		return errSilent
	}
	return err
}

// reply answers what the server asks meanwhile: it has promised to need nothing
// but pings, as the client has declared no capabilities.
func (p *probe) reply(ctx context.Context, m message) error {
	if m.method == "ping" {
		return p.link.send(ctx, message{id: m.id, result: json.RawMessage("{}")})
	}
	return p.link.send(ctx, refusal(m.id, codeNoMethod, "Moorage only looks around."))
}

func result(m message) (json.RawMessage, error) {
	if m.err == nil {
		return m.result, nil
	}
	var e refused
	if err := json.Unmarshal(m.err, &e); err != nil {
		return nil, &refused{Message: "an error that is none of JSON-RPC"}
	}
	return nil, &e
}
