package runner

import (
	"context"
	"errors"
	"slices"
	"time"

	"moorage"
	"moorage/runtime"
)

// guessTimeout is how long a server may take to answer over another transport
// than the one that it was started for.
const guessTimeout = 3 * time.Second

// mistaken says that a server that listens speaks the other transport of those
// that do; nil when it does not, or err says something else.
func (p *probe) mistaken(ctx context.Context, c runtime.Container, env map[string]string, err error) *moorage.Error {
	var no *moorage.RPCError
	if !p.run.Transport.Listens() || !errors.As(err, &no) && !errors.Is(err, errSilent) {
		return nil
	}
	guess, name := p.run, "Streamable HTTP"
	guess.Transport = moorage.TransportHTTP
	if p.run.Transport == moorage.TransportHTTP {
		guess.Transport, name = moorage.TransportSSE, "the old HTTP+SSE"
	}
	var tried []string
	for _, guess.Path = range []string{p.run.Path, "", p.run.Endpoint()} {
		at := guess.Endpoint()
		if slices.Contains(tried, at) {
			continue
		}
		tried = append(tried, at)
		if !p.answers(ctx, c, guess, env) {
			continue
		}
		e := moorage.Errorf(moorage.Invalid, "The server speaks %s at %s.", name, at).Because(err)
		if guess.Path = p.run.Path; guess.Endpoint() == at { // the transport alone is wrong
			return e.Try("Choose %s in its settings.", guess.Transport)
		}
		return e.Try("Choose %s and the path %s in its settings.", guess.Transport, at)
	}
	return nil
}

// answers reports whether a server can be greeted as a guess says.
func (p *probe) answers(ctx context.Context, c runtime.Container, guess moorage.RunConfig, env map[string]string) bool {
	select {
	case <-p.ended:
		return false
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, guessTimeout)
	defer cancel()
	l := newLink(ctx, c, guess, env)
	defer func() { l.close(); l.wait() }()
	t := &talk{line: linkLine{l}, client: p.client}
	_, err := t.introduce(ctx)
	return err == nil
}
