package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"moorage"
	"moorage/store"
)

const (
	maxReady  = 300 * time.Millisecond
	maxPage   = 30 * time.Millisecond
	maxMemory = 60_000_000 // bytes
	starts    = 5
	visits    = 40 // of each page
)

// pages measures the start, the memory and the pages on a database with a
// thousand deployments.
func pages(ctx context.Context, b *bench) error {
	h := b.newHome("pages")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	client, owner, err := h.operator(ctx)
	if err != nil {
		return err
	}
	if err := h.stop(); err != nil {
		return err
	}
	b.say("Filling a database with %d deployments.", seedServers*seedEach)
	var last moorage.DeploymentID
	err = h.inside(ctx, func(db *store.DB) (err error) {
		last, err = seed(ctx, db, owner)
		return err
	})
	if err != nil {
		return err
	}
	if err := readiness(ctx, h); err != nil {
		return err
	}
	if _, err := h.start(ctx); err != nil {
		return err
	}
	return errors.Join(visit(ctx, h, client, last), h.stop())
}

// readiness measures from the start of the process to the first good /readyz.
// By hand: starting the program at all, and asking the engine for its version.
func readiness(ctx context.Context, h *home) error {
	var took, byHand []time.Duration
	for range starts {
		began, err := h.start(ctx)
		if err == nil {
			err = h.ready(ctx)
		}
		took = append(took, time.Since(began))
		if err := errors.Join(err, h.stop()); err != nil {
			return err
		}
		hand, err := timed(func() error {
			return errors.Join(output(exec.CommandContext(ctx, h.binary, "version")), output(exec.CommandContext(ctx, "docker", "version")))
		})
		if err != nil {
			return err
		}
		byHand = append(byHand, hand)
	}
	h.table.least(fmt.Sprintf("Start to /readyz, %d deployments", seedServers*seedEach), median(took), maxReady, median(byHand))
	return nil
}

// ready waits until /readyz says yes.
func (h *home) ready(ctx context.Context) error { return answers(ctx, h.url+"/readyz") }

// visit measures every kind of page, and the memory before and after. By hand:
// the same bytes from a file server.
func visit(ctx context.Context, h *home, client *http.Client, last moorage.DeploymentID) error {
	if err := h.ready(ctx); err != nil {
		return err
	}
	idle, err := h.memory()
	if err != nil {
		return err
	}
	var rows []figure
	for _, p := range []struct{ name, path string }{
		{"Home", "/"},
		{"Servers", "/servers"},
		{"A server", "/servers/server-07"},
		{"Its deployments", "/servers/server-07/deployments"},
		{"Deployments", "/deployments"},
		{"A deployment with its log", "/deployments/" + string(last)},
		{"Its log as text", "/deployments/" + string(last) + "/log.txt"},
	} {
		address := h.url + p.path
		took, byHand, err := comparePage(ctx, client, address)
		if err != nil {
			return err
		}
		var t table
		t.least("Page, p50: "+p.name, median(took), maxPage, median(byHand))
		rows = append(rows, t.figures...)
	}
	served, err := h.memory()
	if err != nil {
		return err
	}
	h.table.add("Memory after the start", megabytes(idle), "< "+megabytes(maxMemory), idle < maxMemory)
	h.table.add(fmt.Sprintf("Memory after %d pages", len(rows)*visits), megabytes(served), "< "+megabytes(maxMemory), served < maxMemory)
	h.table.figures = append(h.table.figures, rows...)
	return nil
}

// comparePage asks for a page again and again, in turns with a server that has
// nothing to do but to send the same bytes.
func comparePage(ctx context.Context, client *http.Client, address string) (took, byHand []time.Duration, err error) {
	body, err := ask(ctx, client, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	still := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(body) // the client notices what is missing
	}))
	defer still.Close()
	get := func(address string) (time.Duration, error) {
		return timed(func() error {
			_, err := ask(ctx, client, http.MethodGet, address, nil)
			return err
		})
	}
	for range visits {
		ours, err := get(address)
		if err != nil {
			return nil, nil, err
		}
		its, err := get(still.URL)
		if err != nil {
			return nil, nil, err
		}
		took, byHand = append(took, ours), append(byHand, its)
	}
	return took, byHand, nil
}

// memory is what the process holds in memory (VmRSS of proc(5)), in bytes.
func (h *home) memory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("/proc says nothing about memory")
}
