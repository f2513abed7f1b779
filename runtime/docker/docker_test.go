package docker

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"moorage"
	"moorage/runtime"
	"moorage/runtime/runtimetest"
)

func TestDockerKeepsTheContract(t *testing.T) {
	guest := importGuest(t)
	home := rand.Text()
	runtimetest.Run(t, runtimetest.Subject{
		Image: guest,
		Open:  func(t *testing.T) runtime.Runtime { return open(t, home) },
	})
}

// open returns a runtime for the engine of the tests.
func open(t *testing.T, home string) *Docker {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	d, err := New(host, home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// importGuest makes an image that holds the guest alone. Changes are lines of
// a Dockerfile that decide how it runs.
func importGuest(t *testing.T, changes ...string) string {
	t.Helper()
	program, err := buildGuest()
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	header := &tar.Header{Name: "guest", Mode: 0o755, Size: int64(len(program))}
	if err := w.WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ref := "moorage-test/guest:" + rand.Text()
	engine := open(t, "images").engine
	options := image.ImportOptions{Changes: append([]string{`ENTRYPOINT ["/guest"]`}, changes...)}
	progress, err := engine.ImageImport(t.Context(), image.ImportSource{Source: &layer, SourceName: "-"}, ref, options)
	if err != nil {
		t.Fatal(err)
	}
	defer progress.Close()
	if _, err := new(bytes.Buffer).ReadFrom(progress); err != nil {
		t.Fatal(err)
	}
	removeImageAfter(t, engine, ref)
	return ref
}

func removeImageAfter(t *testing.T, engine *client.Client, ref string) {
	t.Cleanup(func() {
		ctx, cancel := settled(t.Context())
		defer cancel()
		if _, err := engine.ImageRemove(ctx, ref, image.RemoveOptions{Force: true}); err != nil {
			t.Errorf("remove image: %v", err)
		}
	})
}

// buildGuest compiles the guest once for all tests.
var buildGuest = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "moorage-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "guest")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "../runtimetest/testdata/guest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(program)
})

func TestTheEngineSaysWhereItIs(t *testing.T) {
	h, err := open(t, rand.Text()).Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if h.Version == "" || h.Storage == "" || h.Folder == "" || h.Name == "" || h.System == "" || !h.Linux || !h.Limits || time.Since(h.Clock).Abs() > time.Minute {
		t.Errorf("%+v", h)
	}
	gone, err := New("unix:///nonexistent/engine.sock", "x")
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	if _, err := gone.Host(t.Context()); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("%v", err)
	}
}
