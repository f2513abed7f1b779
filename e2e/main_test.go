package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What TestMain builds.
var (
	moorageBinary string
	millBinary    []byte // goes into repositories
)

func TestMain(m *testing.M) {
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		status = 1
	}
	os.Exit(status)
}

func buildAndRun(m *testing.M) (int, error) {
	if os.Getenv("DOCKER_HOST") == "" {
		return 0, errors.New("DOCKER_HOST is not set: run make test")
	}
	dir, err := os.MkdirTemp("", "moorage-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	moorageBinary = filepath.Join(dir, "moorage")
	if err := goBuild(moorageBinary, "moorage/cmd/moorage"); err != nil {
		return 0, err
	}
	mill := filepath.Join(dir, "mill")
	if err := goBuild(mill, "moorage/e2e/testdata/mill"); err != nil {
		return 0, err
	}
	if millBinary, err = os.ReadFile(mill); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// goBuild builds a static program for the engine's Linux, as make build does.
func goBuild(to, from string) error {
	cmd := exec.Command("go", "build", "-tags", "grpcnotrace,timetzdata", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", from, err, out)
	}
	return nil
}
