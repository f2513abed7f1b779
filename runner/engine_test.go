package runner

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"moorage"
	"moorage/runtime"
	"moorage/runtime/docker"
)

// engine returns a runtime of the tests' engine, for a data folder of its own.
func engine(t *testing.T, home string) *docker.Docker {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	d, err := docker.New(host, home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Programs of the tests, compiled once.
var (
	greeterProgram = sync.OnceValues(func() ([]byte, error) { return compile("../examples/greeter") })
	oddProgram     = sync.OnceValues(func() ([]byte, error) { return compile("./testdata/odd") })
)

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

// imageOf makes an image that holds a program alone.
func imageOf(t *testing.T, program func() ([]byte, error)) string {
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// specOf is how a program of the tests is started.
func specOf(image string, transport moorage.Transport, command ...string) runtime.Spec {
	now := time.Now()
	return runtime.Spec{
		Server: moorage.NewServerID(now), Deployment: moorage.NewDeploymentID(now), Instance: moorage.NewInstanceID(now),
		Image: image,
		Run: moorage.RunConfig{
			Transport: transport, Port: map[moorage.Transport]int{moorage.TransportHTTP: 8080}[transport],
			Command: command, Network: moorage.NetworkNone, Limits: moorage.Limits{MemoryMB: 64},
		},
		Env: map[string]string{},
	}
}

// liveSpecs says what is live, as the database would.
type liveSpecs struct {
	mu    sync.Mutex
	specs map[moorage.ServerID]runtime.Spec
}

// secretName is the variable whose value counts as secret.
const secretName = "API_KEY"

func (l *liveSpecs) LiveSpec(_ context.Context, server moorage.ServerID) (runtime.Spec, []string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	spec, ok := l.specs[server]
	if !ok {
		return spec, nil, moorage.Errorf(moorage.Conflict, "Nothing of this server is live.")
	}
	return spec, []string{spec.Env[secretName]}, nil
}

func (l *liveSpecs) set(spec runtime.Spec) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.specs == nil {
		l.specs = map[moorage.ServerID]runtime.Spec{}
	}
	l.specs[spec.Server] = spec
}

// rows keeps instances, as the database would.
type rows struct {
	mu   sync.Mutex
	rows []moorage.Instance
}

func (r *rows) CreateInstance(_ context.Context, i moorage.Instance) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, i)
	return nil
}

func (r *rows) SetInstanceStatus(_ context.Context, id moorage.InstanceID, status moorage.InstanceStatus) error {
	r.change(id, func(i *moorage.Instance) { i.Status = status })
	return nil
}

func (r *rows) TouchInstance(_ context.Context, id moorage.InstanceID, at time.Time) error {
	r.change(id, func(i *moorage.Instance) { i.LastUsedAt = at })
	return nil
}

func (r *rows) change(id moorage.InstanceID, change func(*moorage.Instance)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.rows {
		if r.rows[n].ID == id {
			change(&r.rows[n])
		}
	}
}

// AllInstances returns those that have not stopped.
func (r *rows) AllInstances(context.Context) ([]moorage.Instance, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.rows), func(i moorage.Instance) bool { return i.Status == moorage.InstanceStopped }), nil
}

// harbour is a runner on the tests' engine with what it leans on.
type harbour struct {
	*Runner
	engine *docker.Docker
	live   *liveSpecs
	rows   *rows
}

func newHarbour(t *testing.T, change func(*Options)) *harbour {
	t.Helper()
	h := &harbour{engine: engine(t, rand.Text()), live: &liveSpecs{}, rows: &rows{}}
	o := Options{Runtime: h.engine, Configured: h.live, Instances: h.rows,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now}
	if change != nil {
		change(&o)
	}
	h.Runner = New(t.Context(), o)
	t.Cleanup(func() {
		must(t, h.Shutdown(context.WithoutCancel(t.Context())))
		checkLeaks(t)
		if left, err := h.engine.List(context.WithoutCancel(t.Context())); err != nil || len(left) > 0 {
			t.Errorf("containers are left: %v, %v", left, err)
		}
		if left, err := h.rows.AllInstances(nil); err != nil || len(left) > 0 {
			t.Errorf("instances are left: %v, %v", left, err)
		}
	})
	return h
}

// deploy makes a program the live deployment of a new server.
func (h *harbour) deploy(image string, transport moorage.Transport, command ...string) runtime.Spec {
	spec := specOf(image, transport, command...)
	spec.Instance = ""
	h.live.set(spec)
	return spec
}

// connect opens a session that has said hello.
func (h *harbour) connect(t *testing.T, server moorage.ServerID, user moorage.UserID) *Session {
	t.Helper()
	s, err := h.Connect(t.Context(), server, user)
	must(t, err)
	t.Cleanup(s.Close)
	hello(t, s)
	return s
}
