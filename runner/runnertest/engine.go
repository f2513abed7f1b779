// Package runnertest is what tests of running servers lean on: the tests' own
// engine, images that hold one program alone, and the answers that the database
// would give. It is for tests only.
package runnertest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"moorage/runtime/docker"
)

// Engine returns a runtime of the tests' engine, for a data folder of its own.
func Engine(t testing.TB, home string) *docker.Docker {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	d, err := docker.New(host, home)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// Program compiles the program in a folder once, for the engine's Linux.
func Program(source string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) { return compile(source) })
}

func compile(source string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "moorage-runner-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "server")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(program)
}

// Image makes an image that holds a program alone.
func Image(t testing.TB, program func() ([]byte, error)) string {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	must(t, w.WriteHeader(&tar.Header{Name: "server", Mode: 0o755, Size: int64(len(binary))}))
	_, err = w.Write(binary)
	must(t, err)
	must(t, w.Close())

	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	must(t, err)
	ref := "moorage-test/runner:" + rand.Text()
	progress, err := api.ImageImport(t.Context(), image.ImportSource{Source: &layer, SourceName: "-"}, ref,
		image.ImportOptions{Changes: []string{`ENTRYPOINT ["/server"]`, "USER 65534:65534"}})
	must(t, err)
	defer progress.Close()
	_, err = io.Copy(io.Discard, progress)
	must(t, err)
	t.Cleanup(func() {
		if _, err := api.ImageRemove(context.WithoutCancel(t.Context()), ref, image.RemoveOptions{Force: true}); err != nil {
			t.Errorf("remove image: %v", err)
		}
		api.Close()
	})
	return ref
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
