package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing/fstest"
)

// overHTTP measures the same server where it speaks HTTP, beside calls to its
// very container.
func (m *moor) overHTTP(ctx context.Context) error {
	binary, err := os.ReadFile("bin/greeter")
	if err != nil {
		return err
	}
	r, err := m.newRepo(ctx, "greeter-http", fstest.MapFS{
		"greeter":    {Data: binary, Mode: 0o755},
		"Dockerfile": {Data: []byte("FROM scratch\nCOPY --chmod=755 greeter /greeter\nENV PORT=8080\nEXPOSE 8080\nUSER 65534:65534\nCMD [\"/greeter\", \"-http\"]\n")},
	})
	if err == nil {
		err = r.commit(ctx, "README.md", "# Greeter\n")
	}
	if err != nil {
		return err
	}
	s, err := m.launch(ctx, r.url, "greeter-http", greeting)
	if err != nil {
		return err
	}
	defer m.sweep(ctx, m.client, s.slug)
	return s.proxied(ctx)
}

func (s *ship) proxied(ctx context.Context) error {
	v := s.guest()
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	address, err := s.address(ctx)
	if err != nil {
		return err
	}
	direct := s.visitor("http://"+address+":8080/mcp", "", s.asks)
	if err := direct.hello(ctx, "{}"); err != nil {
		return err
	}
	hand, err := sequence(ctx, direct.call)
	if err != nil {
		return err
	}
	ours, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	s.table.over("Gateway: one call after another of an HTTP server, p50", median(ours), median(hand), mostProxied)
	return errors.Join(v.bye(ctx), direct.bye(ctx))
}

// address is where the only container that runs is reached.
func (s *ship) address(ctx context.Context) (string, error) {
	id, err := exec.CommandContext(ctx, "docker", "ps", "--quiet", "--filter", "label=moorage.server").Output()
	if err != nil || len(strings.Fields(string(id))) != 1 {
		return "", fmt.Errorf("the container of %s is among %q: %w", s.slug, id, err)
	}
	out, err := exec.CommandContext(ctx, "docker", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", strings.TrimSpace(string(id))).Output()
	if err != nil || len(strings.Fields(string(out))) == 0 {
		return "", fmt.Errorf("%s has the address %q: %w", id, out, err)
	}
	return strings.Fields(string(out))[0], nil
}

// inNode measures how long a server takes that starts slowly.
func (m *moor) inNode(ctx context.Context) error {
	r, err := m.newRepo(ctx, "everything", os.DirFS("e2e/testdata/everything"))
	if err == nil {
		err = r.commit(ctx, "NOTES.md", "The reference server.\n")
	}
	if err != nil {
		return err
	}
	s, err := m.launch(ctx, r.url, "everything", echoing)
	if err != nil {
		return err
	}
	defer m.sweep(ctx, m.client, s.slug)
	return s.cold(ctx, "Gateway: the same of a server in Node.js", mostColdNode)
}
