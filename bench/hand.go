package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// handParts are what a person does to bring a server live.
var handParts = []string{"git clone", "docker build", "docker push", "docker run", "initialize"}

// hand is a person with a terminal.
type hand struct {
	*bench
	repo     repo
	registry string
	docker   string // a command that knows BuildKit
	parts    map[string][]time.Duration
}

// deploy does what a person would do, and sums it up. The side is how docker
// builds: buildkit or classic.
func (h *hand) deploy(ctx context.Context, side string, counts bool) (sum time.Duration, err error) {
	dir := filepath.Join(h.dir, "hand")
	defer os.RemoveAll(dir)
	tag := h.registry + "/hand/teller:" + fmt.Sprint(time.Now().UnixNano())
	defer func() {
		err = errors.Join(err, output(exec.CommandContext(ctx, h.docker, "image", "rm", "--force", tag)))
	}()
	build := exec.CommandContext(ctx, h.docker, "build", "--quiet", "--tag", tag, dir)
	build.Env = append(os.Environ(), map[string]string{"buildkit": "DOCKER_BUILDKIT=1", "classic": "DOCKER_BUILDKIT=0"}[side])
	var container *talk
	works := []func() error{
		func() error {
			return output(exec.CommandContext(ctx, "git", "clone", "--quiet", "--depth", "1", h.repo.url, dir))
		},
		func() error { return output(build) },
		func() error { return output(exec.CommandContext(ctx, h.docker, "push", "--quiet", tag)) },
		func() (err error) { container, err = h.start(ctx, tag); return err },
		func() error { return container.initialize() },
	}
	for i, work := range works {
		took, err := timed(work)
		if err != nil {
			return 0, err
		}
		sum += took
		if counts && side == "buildkit" {
			h.parts[handParts[i]] = append(h.parts[handParts[i]], took)
		}
	}
	return sum, container.end()
}

// talk is "docker run -i" with a server in it.
type talk struct {
	cmd   *exec.Cmd
	write func(string) error
	lines *bufio.Scanner
	close func() error
}

// hardened runs a container as hard as Moorage makes one.
func hardened(ctx context.Context, docker, tag string) *exec.Cmd {
	return exec.CommandContext(ctx, docker, "run", "--interactive", "--rm", "--init", "--read-only", "--tmpfs", "/tmp",
		"--user", "10001", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none", "--memory", "512m", "--cpus", "1", "--pids-limit", "128", tag)
}

// start starts a container.
func (h *hand) start(ctx context.Context, tag string) (*talk, error) {
	cmd := hardened(ctx, h.docker, tag)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	return &talk{
		cmd: cmd, lines: bufio.NewScanner(out), close: in.Close,
		write: func(s string) error { _, err := in.Write([]byte(s + "\n")); return err },
	}, cmd.Start()
}

func (t *talk) initialize() error {
	for _, message := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"hand","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`,
	} {
		if err := t.write(message); err != nil {
			return err
		}
	}
	for t.lines.Scan() {
		if strings.Contains(t.lines.Text(), `"tools":[`) {
			return nil
		}
	}
	return errors.New("the server ended without an answer")
}

func (t *talk) end() error { return errors.Join(t.close(), t.cmd.Wait()) }
