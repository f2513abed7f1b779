package builder

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"moorage"
	"moorage/builder/clone"
)

// toolFolder holds the one static program that test images are made of.
var toolFolder string

// TestMain is also the clone worker, as main is in the real binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == clone.WorkerArgument {
		os.Exit(CloneWorker(context.Background(), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "moorage-builder-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "tool"), "./testdata/tool")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the tool: %v\n%s", err, out)
		return 1
	}
	toolFolder = dir
	return m.Run()
}

func newEngine(t *testing.T, o Options) *Engine {
	t.Helper()
	if os.Getenv("DOCKER_HOST") == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// tree writes files into a folder, "tool" being the tool, and opens it.
func tree(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	writeFiles(t, dir, files)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data, mode := []byte(content), os.FileMode(0o644)
		if content == "the tool" {
			var err error
			if data, err = os.ReadFile(filepath.Join(toolFolder, "tool")); err != nil {
				t.Fatal(err)
			}
			mode = 0o755
		}
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// imageRef names an image of this test and sees to its removal.
func imageRef(t *testing.T, e *Engine) string {
	t.Helper()
	ref := ImageRef(moorage.SlugFrom("test-"+t.Name()), moorage.NewDeploymentID(time.Now()))
	t.Cleanup(func() {
		if err := e.RemoveImage(context.Background(), moorage.Image{Ref: ref}); err != nil {
			t.Error(err)
		}
	})
	return ref
}

// wantError checks the two sentences of an error for a person.
func wantError(t *testing.T, err error, code moorage.Code, message string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", message)
	}
	if got := moorage.ErrorCode(err); got != code {
		t.Errorf("code %q, want %q (%v)", got, code, err)
	}
	if got := moorage.ErrorMessage(err); !strings.Contains(got, message) {
		t.Errorf("message %q, want %q in it (%v)", got, message, err)
	}
	if moorage.ErrorNext(err) == "" {
		t.Errorf("nothing to try next: %v", err)
	}
}

// record is a Progress that remembers.
type record struct {
	mu    sync.Mutex
	steps []*recordedStep
	wrote chan struct{} // rung at each Write
}

type recordedStep struct {
	name    string
	status  moorage.StepStatus
	cached  bool
	started time.Time
	output  bytes.Buffer
}

func newRecord() *record { return &record{wrote: make(chan struct{}, 1)} }

func (r *record) Begin(name string, at time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, &recordedStep{name: name, started: at, status: moorage.StepRunning})
	return len(r.steps)
}

func (r *record) End(step int, status moorage.StepStatus, cached bool, _ time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps[step-1].status, r.steps[step-1].cached = status, cached
}

func (r *record) Write(step int, _ moorage.Stream, _ time.Time, chunk []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps[step-1].output.Write(chunk)
	select {
	case r.wrote <- struct{}{}:
	default:
	}
}

// step finds one by a part of its name.
func (r *record) step(t *testing.T, part string) recordedStep {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.steps {
		if strings.Contains(s.name, part) {
			return recordedStep{name: s.name, status: s.status, cached: s.cached, started: s.started, output: *bytes.NewBufferString(s.output.String())}
		}
	}
	t.Fatalf("no step %q in:\n%s", part, r.text())
	return recordedStep{}
}

// all is everything that was written.
func (r *record) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text()
}

func (r *record) text() string {
	var b strings.Builder
	for i, s := range r.steps {
		fmt.Fprintf(&b, "#%d %s [%s cached=%v]\n%s\n", i+1, s.name, s.status, s.cached, s.output.String())
	}
	return b.String()
}
