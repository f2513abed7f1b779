package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"moorage/store"
)

const (
	defaultFlood = time.Minute
	floodRate    = 10_000 // lines a second
	maxDelay     = 500 * time.Millisecond
	programs     = 5 // one viewer in so many is a program
)

// flood lets a build print 10,000 lines a second while many follow it: four in
// five as its page does, the others as programs. Each line holds the moment at
// which it was printed. By hand: the same build with docker build, read by one.
func flood(ctx context.Context, b *bench) error {
	r, err := b.newRepo(ctx, "river", os.DirFS("bench/testdata/river"))
	if err != nil {
		return err
	}
	if err := output(exec.CommandContext(ctx, "cp", b.mill, filepath.Join(r.dir, "mill"))); err != nil {
		return err
	}
	byHand, err := b.floodByHand(ctx, r)
	if err != nil {
		return err
	}
	h := b.newHome("flood", "MOORAGE_ALLOW_LOCAL_REPOS=true")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	return errors.Join(h.follow(ctx, r, byHand), h.stop())
}

// dockerfile is one that nobody has a result of.
func (b *bench) dockerfile() string {
	return fmt.Sprintf("FROM scratch\nCOPY mill /mill\nRUN [\"/mill\", \"flood\", \"%d\", \"%s\", \"%d\"]\nCMD [\"/mill\", \"serve\", \"1\"]\n",
		floodRate, b.flood, time.Now().UnixNano())
}

func (b *bench) floodByHand(ctx context.Context, r repo) (got *readings, err error) {
	docker, err := dockerWithBuildKit(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.commit(ctx, "Dockerfile", b.dockerfile()); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, docker, "build", "--progress", "plain", r.dir)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	out, err := cmd.StderrPipe() // where BuildKit's progress goes
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	got = &readings{}
	return got, errors.Join(got.read(out), cmd.Wait())
}

// follow deploys the flood, follows it, and judges what came.
func (h *home) follow(ctx context.Context, r repo, byHand *readings) error {
	client, owner, err := h.operator(ctx)
	if err != nil {
		return err
	}
	token, err := h.token(ctx)
	if err != nil {
		return err
	}
	if err := h.inside(ctx, func(db *store.DB) error { return db.CreateServer(ctx, server(owner, "river", r.url)) }); err != nil {
		return err
	}
	defer h.sweep(ctx, client, "river")
	if err := r.commit(ctx, "Dockerfile", h.dockerfile()); err != nil {
		return err
	}
	id, err := h.redeploy(ctx, client, "river")
	if err != nil {
		return err
	}
	all := make([]*readings, h.viewers)
	failed := make([]error, h.viewers)
	var viewers sync.WaitGroup
	for n := range h.viewers {
		all[n] = &readings{}
		viewers.Go(func() { failed[n] = h.view(ctx, client, token, id, n%programs == 0, all[n]) })
	}
	most, stop := h.watchMemory(ctx)
	viewers.Wait()
	stop()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if _, err := h.await(ctx, token, id); err != nil {
		return err
	}
	h.judge(all, byHand, *most)
	return nil
}

// view is one viewer: a program's, or the page's stream.
func (h *home) view(ctx context.Context, client *http.Client, token, id string, program bool, into *readings) error {
	own, address := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, h.url+"/api/deployments/"+id+"/log"
	if !program {
		own.Jar, address, token = client.Jar, h.url+"/deployments/"+id+"/log", ""
	}
	res, err := stream(ctx, own, address, token)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return into.read(res.Body)
}

// watchMemory notes the most that the process held in memory until stop is called.
func (h *home) watchMemory(ctx context.Context) (most *int64, stop func()) {
	most = new(int64)
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if now, err := h.memory(); err == nil {
				*most = max(*most, now)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	return most, func() { cancel(); watching.Wait() }
}

func (h *home) judge(all []*readings, byHand *readings, memory int64) {
	total := int64(h.flood.Seconds() * floodRate)
	var lost, repeated int64
	together := &readings{}
	for _, r := range all {
		lost += total - r.lines
		repeated += r.repeated
		together.merge(r)
	}
	name := fmt.Sprintf("%d lines a second for %s, %d viewers", floodRate, h.flood, h.viewers)
	h.table.add(name+": lost", fmt.Sprint(lost), "0", lost == 0)
	h.table.add(name+": repeated", fmt.Sprint(repeated), "0", repeated == 0)
	h.table.least("  written to received, p99", together.percentile(99), maxDelay, byHand.percentile(99))
	h.table.least("  written to received, p50", together.percentile(50), maxDelay, byHand.percentile(50))
	h.table.know("  lines that docker build by hand gave its one reader", fmt.Sprint(byHand.lines))
	h.table.know("  memory at most", megabytes(memory))
}
