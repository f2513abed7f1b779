package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// dockerWithBuildKit finds a docker command that can build with BuildKit: one with
// the buildx plugin, or one of before version 23, which has it inside.
func dockerWithBuildKit(ctx context.Context) (string, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		docker := filepath.Join(dir, "docker")
		if exec.CommandContext(ctx, docker, "buildx", "version").Run() == nil {
			return docker, nil
		}
		version, err := exec.CommandContext(ctx, docker, "version", "--format", "{{.Client.Version}}").Output()
		if err == nil && (strings.HasPrefix(string(version), "20.") || strings.HasPrefix(string(version), "19.")) {
			return docker, nil
		}
	}
	return "", errors.New("no docker command here builds with BuildKit: install the buildx plugin, or docker.io of before version 23")
}
