package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// era is what is known of a deployment: which era its server speaks, and which
// parameters of its tools stand in headers, too.
type era struct {
	modern  bool
	headers map[string]runner.ParamHeaders // by tool; nil: not looked at yet
}

var errGone = moorage.Errorf(moorage.Unavailable, "The server is being replaced or stopped.").Try("Try again in a moment.")

// eraOf says which era the live deployment of a server speaks. When that was not
// found out yet, an instance is started for it.
func (g *Gateway) eraOf(ctx context.Context, c Call) (era, error) {
	g.mu.Lock()
	e, known := g.eras[c.Server.LiveDeploymentID]
	g.mu.Unlock()
	if known {
		return e, nil
	}
	ours := moorage.WithActor(ctx, moorage.Actor{Means: moorage.MeansSystem}) // no use of the server
	session, err := g.o.Runner.Connect(ours, c.Server.ID, runner.Guest{User: c.Caller.User.ID, Speaks: modernVersion, Modern: true})
	if err != nil {
		return e, err
	}
	if e, err = g.era(ctx, session); err == nil && !e.modern {
		g.work.Go(session.Dismiss) // calls of another era do not share its instance
	} else {
		session.Close()
	}
	return e, err
}

// era asks a server once which era it speaks (MCP 2026-07-28, basic/versioning:
// any answer but a discovery means the legacy one).
func (g *Gateway) era(ctx context.Context, session *runner.Session) (era, error) {
	id := session.Info().Deployment
	g.mu.Lock()
	e, known := g.eras[id]
	g.mu.Unlock()
	if known {
		return e, nil
	}
	modern, err := g.discover(ctx, session)
	if err != nil {
		return e, err
	}
	e = era{modern: modern}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.eras[id] = e
	return e, nil
}

var discoverID = json.RawMessage(`"moorage-discover"`)

func (g *Gateway) discover(ctx context.Context, session *runner.Session) (modern bool, err error) {
	timed, cancel := context.WithTimeout(ctx, discoverTimeout)
	defer cancel()
	params, _ := json.Marshal(map[string]any{"_meta": map[string]any{ // plain values always marshal
		metaVersion:                                  modernVersion,
		"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "moorage", "version": g.o.Version},
		"io.modelcontextprotocol/clientCapabilities": struct{}{},
	}})
	if err := begin(timed, session, jsonrpc.Message{ID: discoverID, Method: methodDiscover, Params: params}); err != nil {
		return false, err
	}
	for {
		m, err := session.Hear(timed)
		var ending *runner.Ending
		switch {
		case errors.As(err, &ending):
			return false, err
		case err != nil && ctx.Err() == nil:
			return false, nil // it did not know what to say
		case err != nil:
			return false, err
		case !m.IsResponse():
			continue
		case m.Err != nil:
			return namesModern(m), nil
		}
		var said struct {
			Versions []string `json:"supportedVersions"`
		}
		return json.Unmarshal(m.Result, &said) == nil && slices.ContainsFunc(said.Versions, isModern), nil
	}
}

// namesModern reports whether a server that refuses our version speaks another one
// of the modern era. Some refuse it who speak the legacy era, and say so.
func namesModern(m jsonrpc.Message) bool {
	var e struct {
		Data struct {
			Supported []string `json:"supported"`
		} `json:"data"`
	}
	return m.Code() == jsonrpc.CodeVersion && (json.Unmarshal(m.Err, &e) != nil || slices.ContainsFunc(e.Data.Supported, isModern))
}
