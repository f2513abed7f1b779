package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"moorage/store"
)

// What a call through the gateway may cost.
const (
	mostPerCall   = 350 * time.Microsecond // beside the attached container
	mostProxied   = 250 * time.Microsecond // beside the same call of an HTTP server, made directly
	leastCrowd    = 0.85                   // of the calls a second by hand
	leastSessions = 2000                   // calls a second of 32 sessions
	mostCold      = 1.15                   // of the first call by hand
	mostColdNode  = 1.1                    // likewise, of a server in Node.js
	mostNew       = 10 * time.Millisecond  // for a greeting that a spare instance answers
	mostOpen      = 150e6                  // bytes of memory
	openSessions  = 1000
	coldRuns      = 5
)

// moor is a Moorage that servers are live in.
type moor struct {
	*home
	token  string
	client *http.Client
}

// ship is such a server, and its image for whoever runs it by hand.
type ship struct {
	*moor
	slug  string
	image string
	asks  question
}

// gatewayCalls measures calls through /mcp/<slug>, in turns with the same calls
// to a container by hand.
func gatewayCalls(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := b.newHome("gateway", "MOORAGE_IDLE_TIMEOUT=3s", "MOORAGE_ALLOW_LOCAL_REPOS=true")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	return errors.Join(h.visit(ctx), h.stop())
}

func (h *home) visit(ctx context.Context) error {
	client, _, err := h.operator(ctx)
	if err != nil {
		return err
	}
	m := &moor{home: h, client: client}
	if m.token, err = h.token(ctx); err != nil {
		return err
	}
	return errors.Join(m.overStdio(ctx), m.overHTTP(ctx), m.inNode(ctx))
}

// overStdio measures the example that Moorage carries.
func (m *moor) overStdio(ctx context.Context) error {
	s, err := m.launch(ctx, "example:greeter", "greeter", greeting)
	if err != nil {
		return err
	}
	defer m.sweep(ctx, m.client, s.slug)
	cold := func(ctx context.Context) error {
		return s.cold(ctx, "Gateway: first request to first answer, asleep", mostCold)
	}
	for _, part := range []func(context.Context) error{cold, s.calls, s.sessions, s.greetings, s.open} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// launch brings a server live.
func (m *moor) launch(ctx context.Context, repo, slug string, asks question) (*ship, error) {
	body, err := json.Marshal(map[string]string{"repo": repo, "name": slug})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url+"/api/deployments", strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+m.token)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var made struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.ID == "" {
		return nil, fmt.Errorf("deploy %s: %s: %w", repo, res.Status, err)
	}
	if _, err = m.await(ctx, m.token, made.ID); err != nil {
		return nil, err
	}
	s := &ship{moor: m, slug: slug, asks: asks}
	return s, m.inside(ctx, func(db *store.DB) error {
		v, err := db.ServerBySlug(ctx, slug)
		if err != nil {
			return err
		}
		d, err := db.Deployment(ctx, v.LiveDeploymentID)
		s.image = d.Image.ID
		return err
	})
}

// byHand starts a container as hard as Moorage makes one, and greets it.
func (s *ship) byHand(ctx context.Context) (*line, error) {
	return attach(hardened(ctx, "docker", s.image), s.asks)
}

func (s *ship) guest() *visitor { return s.visitor(s.url+"/mcp/"+s.slug, s.token, s.asks) }

// asleep waits until no container of a server runs.
func (m *moor) asleep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		out, err := exec.CommandContext(ctx, "docker", "ps", "--quiet", "--filter", "label=moorage.server").Output()
		if err != nil || len(out) == 0 {
			return err
		}
	}
	return ctx.Err()
}
