package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// What a call through the gateway may cost.
const (
	mostPerCall   = 350 * time.Microsecond // beside the attached container
	leastCrowd    = 0.85                   // of the calls a second by hand
	leastSessions = 2000                   // calls a second of 32 sessions
	mostCold      = 1.15                   // of the first call by hand
	mostNew       = 10 * time.Millisecond  // for a greeting that a spare instance answers
	mostOpen      = 150e6                  // bytes of memory
	openSessions  = 1000
	coldRuns      = 5
)

// moor is a Moorage with the example live in it, and the same server by hand.
type moor struct {
	*home
	token string
	tag   string // of the image by hand
}

// gatewayCalls measures calls through /mcp/<slug>, in turns with the same calls
// to a container by hand. The server is the example, over stdio.
func gatewayCalls(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := b.newHome("gateway", "MOORAGE_IDLE_TIMEOUT=3s")
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
	m := &moor{home: h, tag: "moorage-bench/greeter"}
	if m.token, err = h.token(ctx); err != nil {
		return err
	}
	defer h.sweep(ctx, client, "greeter")
	if err := m.deploy(ctx); err != nil {
		return err
	}
	if err := m.image(ctx); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{m.cold, m.calls, m.sessions, m.greetings, m.open} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return output(exec.CommandContext(ctx, "docker", "image", "rm", "--force", m.tag))
}

// deploy brings the example live.
func (m *moor) deploy(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url+"/api/deployments", strings.NewReader(`{"repo":"example:greeter"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+m.token)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var made struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.ID == "" {
		return fmt.Errorf("deploy the example: %s: %w", res.Status, err)
	}
	_, err = m.await(ctx, m.token, made.ID)
	return err
}

// image makes an image of the example by hand.
func (m *moor) image(ctx context.Context) error {
	dir := filepath.Join(m.dir, "greeter", "dist")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	binary, err := os.ReadFile("bin/greeter")
	if err != nil {
		return err
	}
	recipe, err := os.ReadFile("examples/greeter/Dockerfile")
	if err != nil {
		return err
	}
	err = errors.Join(os.WriteFile(filepath.Join(dir, "greeter"), binary, 0o755), os.WriteFile(filepath.Join(filepath.Dir(dir), "Dockerfile"), recipe, 0o644))
	if err != nil {
		return err
	}
	docker, err := dockerWithBuildKit(ctx)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, docker, "build", "--quiet", "--tag", m.tag, filepath.Dir(dir))
	build.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	return output(build)
}

// byHand starts a container as hard as Moorage makes one, and greets it.
func (m *moor) byHand(ctx context.Context) (*line, error) {
	return attach(hardened(ctx, "docker", m.tag))
}

func (m *moor) guest() *visitor { return m.visitor(m.url+"/mcp/greeter", m.token) }

// asleep waits until no container of the example runs.
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

// cold measures from the first request to the first answer of a tool.
func (m *moor) cold(ctx context.Context) error {
	var ours, hand []time.Duration
	for range coldRuns {
		took, err := timed(func() error {
			l, err := m.byHand(ctx)
			if err != nil {
				return err
			}
			defer l.end()
			return l.call(ctx, 1)
		})
		if err != nil {
			return err
		}
		hand = append(hand, took)
		if err := m.asleep(ctx); err != nil {
			return err
		}
		v := m.guest()
		took, err = timed(func() error { return errors.Join(v.hello(ctx, "{}"), v.call(ctx, 1)) })
		if err != nil {
			return err
		}
		ours = append(ours, took)
	}
	m.table.ratio("Gateway: first request to first answer, asleep", median(ours), median(hand), mostCold)
	return nil
}

// calls measures one session: call after call, and many at once.
func (m *moor) calls(ctx context.Context) error {
	l, err := m.byHand(ctx)
	if err != nil {
		return err
	}
	defer l.end()
	v := m.guest()
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	hand, err := sequence(ctx, l.call)
	if err != nil {
		return err
	}
	ours, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	m.table.over("Gateway: one call after another, p50", median(ours), median(hand), mostPerCall)
	m.table.ratio("Gateway: one call after another, p99", percentile(ours, 99), percentile(hand, 99), 0)
	handRate, err := crowd(ctx, func(int) caller { return l.call })
	if err != nil {
		return err
	}
	rate, err := crowd(ctx, func(int) caller { return v.call })
	if err != nil {
		return err
	}
	m.table.rate("Gateway: 32 callers of one session", rate, handRate, leastCrowd)
	return nil
}

// sessions measures 32 sessions at once.
func (m *moor) sessions(ctx context.Context) error {
	all := make([]*visitor, callers)
	for i := range all {
		all[i] = m.guest()
		if err := all[i].hello(ctx, "{}"); err != nil {
			return err
		}
	}
	rate, err := crowd(ctx, func(n int) caller { return all[n].call })
	if err != nil {
		return err
	}
	m.table.add("Gateway: 32 sessions at once", fmt.Sprintf("%.0f/s", rate), fmt.Sprintf("≥ %d/s", leastSessions), rate >= leastSessions)
	return nil
}

// greetings measures new sessions that have a server of their own, while one waits.
func (m *moor) greetings(ctx context.Context) error {
	first := m.guest()
	if err := first.hello(ctx, `{"roots":{}}`); err != nil {
		return err
	}
	var each []time.Duration
	for range 10 {
		if err := m.spareReady(ctx, first); err != nil {
			return err
		}
		v := m.guest()
		took, err := timed(func() error { return v.hello(ctx, `{"roots":{}}`) })
		if err != nil {
			return err
		}
		each = append(each, took)
		if err := v.bye(ctx); err != nil {
			return err
		}
	}
	m.table.least("Gateway: a new session while an instance waits", median(each), mostNew, 0)
	return first.bye(ctx)
}

// spareReady waits until exactly two containers run: that of the first session,
// which is kept busy, and the one that waits.
func (m *moor) spareReady(ctx context.Context, first *visitor) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for id := 1; ctx.Err() == nil; id++ {
		if err := first.call(ctx, id); err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, "docker", "ps", "--quiet", "--filter", "label=moorage.server", "--filter", "status=running").Output()
		if err != nil || len(strings.Fields(string(out))) == 2 {
			return err
		}
	}
	return ctx.Err()
}

// open measures what a thousand sessions that do nothing cost.
func (m *moor) open(ctx context.Context) error {
	v := m.guest()
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	before, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	for range openSessions - 50 { // a person may have 1,000
		if err := m.guest().hello(ctx, "{}"); err != nil {
			return err
		}
	}
	after, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	memory, err := m.memory()
	if err != nil {
		return err
	}
	m.table.add("Gateway: memory with 950 sessions more", megabytes(memory), "< "+megabytes(mostOpen), float64(memory) < mostOpen)
	m.table.ratio("Gateway: a call beside them, p50", median(after), median(before), 2)
	return nil
}
