package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"moorage/store"
)

// mostOverhead is how much longer than by hand a deployment may take.
const mostOverhead = 1.15

// deploys measures from the click on "Deploy again" to live, in turns with the
// same commands by hand. Every one has a commit of its own, so that nobody finds
// what another has built; the base image is there.
func deploys(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	registry, err := b.registry(ctx)
	if err != nil {
		return err
	}
	r, err := b.newRepo(ctx, "teller", os.DirFS("bench/testdata/server"))
	if err != nil {
		return err
	}
	h := b.newHome("deploys", "MOORAGE_ALLOW_LOCAL_REPOS=true", "MOORAGE_REGISTRY="+registry+"/bench")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	err = h.race(ctx, r, registry)
	return errors.Join(err, h.stop())
}

func (h *home) race(ctx context.Context, r repo, registry string) error {
	client, owner, err := h.operator(ctx)
	if err != nil {
		return err
	}
	token, err := h.token(ctx)
	if err != nil {
		return err
	}
	if err := h.inside(ctx, func(db *store.DB) error { return db.CreateServer(ctx, server(owner, "teller", r.url)) }); err != nil {
		return err
	}
	defer h.sweep(ctx, client, "teller")
	docker, err := dockerWithBuildKit(ctx)
	if err != nil {
		return err
	}
	hand := &hand{bench: h.bench, repo: r, registry: registry, docker: docker, parts: map[string][]time.Duration{}}
	var ours, buildkit, classic []time.Duration
	for n := range h.runs + 1 {
		for _, side := range []string{"moorage", "buildkit", "classic"} {
			if err := r.commit(ctx, "word.json", fmt.Sprintf(`{"word": "%s-%d-%d"}`, side, n, time.Now().UnixNano())); err != nil {
				return err
			}
			var took time.Duration
			if side == "moorage" {
				took, err = timed(func() error { return h.deployAgain(ctx, client, token) })
				ours = append(ours, took)
			} else {
				took, err = hand.deploy(ctx, side, n > 0)
			}
			if err != nil {
				return fmt.Errorf("%s, run %d: %w", side, n, err)
			}
			switch side {
			case "buildkit":
				buildkit = append(buildkit, took)
			case "classic":
				classic = append(classic, took)
			}
		}
	}
	// The first round warmed everybody up.
	mine := median(ours[1:])
	h.table.ratio("Deploy, beside docker build with BuildKit", mine, median(buildkit[1:]), mostOverhead)
	h.table.ratio("Deploy, beside docker build without it", mine, median(classic[1:]), mostOverhead)
	for _, part := range handParts {
		h.table.figures = append(h.table.figures, figure{what: "  by hand with BuildKit: " + part, byHand: short(median(hand.parts[part])), met: true})
	}
	return nil
}

// deployAgain presses the button and waits for live.
func (h *home) deployAgain(ctx context.Context, client *http.Client, token string) error {
	id, err := h.redeploy(ctx, client, "teller")
	if err == nil {
		_, err = h.await(ctx, token, id)
	}
	return err
}

// redeploy presses "Deploy again" and returns the deployment.
func (h *home) redeploy(ctx context.Context, client *http.Client, slug string) (id string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/servers/"+slug+"/redeploy", nil)
	if err != nil {
		return "", err
	}
	stay := *client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := stay.Do(r)
	if err != nil {
		return "", err
	}
	res.Body.Close()
	at, err := res.Location()
	if err != nil {
		return "", fmt.Errorf("deploy again: %s: %w", res.Status, err)
	}
	return filepath.Base(at.Path), nil
}

// sweep deletes a server, its containers and images.
func (h *home) sweep(ctx context.Context, client *http.Client, slug string) {
	if _, err := ask(ctx, client, http.MethodPost, h.url+"/servers/"+slug+"/delete", url.Values{"confirm": {slug}}); err != nil {
		h.say("Not swept up: %v", err)
	}
}
