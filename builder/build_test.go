package builder

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moorage"
)

// base is the beginning of every Dockerfile that runs something.
const base = "FROM scratch\nCOPY tool /bin/tool\n"

// unique makes a Dockerfile whose steps no earlier run has cached.
func unique() string { return fmt.Sprintf("ENV RUN_AT=%d\n", time.Now().UnixNano()) }

func buildTree(t *testing.T, e *Engine, files map[string]string, config moorage.BuildConfig) (moorage.Image, *record, error) {
	t.Helper()
	if _, ok := files["tool"]; !ok {
		files["tool"] = "the tool"
	}
	progress := newRecord()
	img, err := e.Build(t.Context(), Build{
		Root: tree(t, files), Config: config, Ref: imageRef(t, e),
		Labels: map[string]string{"moorage.test": t.Name()},
	}, progress)
	return img, progress, err
}

var ownDockerfile = moorage.BuildConfig{Dockerfile: "Dockerfile", Context: "."}

func TestABuildIsStepsWithOutputAndAnImage(t *testing.T) {
	e := newEngine(t, Options{})
	img, progress, err := buildTree(t, e, map[string]string{
		"Dockerfile": "# syntax=docker/dockerfile:1\n" + base + unique() + `RUN ["/bin/tool", "say", "hello"]` + "\n" +
			`RUN ["/bin/tool", "part"]` + "\nCMD [\"/bin/tool\"]\n",
	}, ownDockerfile)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	if !strings.HasPrefix(img.ID, "sha256:") || img.Size == 0 || img.Ref == "" {
		t.Errorf("image %+v", img)
	}
	said := progress.step(t, "say")
	if out := said.output.String(); !strings.Contains(out, "hello\n") || !strings.Contains(out, "hello on stderr\n") {
		t.Errorf("output %q", out)
	}
	if said.status != moorage.StepDone {
		t.Errorf("status %s", said.status)
	}
	if t.Failed() {
		t.Log(progress.all())
	}
	if part := progress.step(t, "part"); !strings.Contains(part.output.String(), "first half, second half\n") {
		t.Errorf("output %q", part.output.String())
	}
	if check := progress.step(t, "Check Dockerfile"); !strings.Contains(check.output.String(), "# syntax=docker/dockerfile:1") {
		t.Errorf("the ignored syntax line is not mentioned: %q", check.output.String())
	}
	for i, s := range progress.steps {
		if s.status != moorage.StepDone {
			t.Errorf("step %q is %s", s.name, s.status)
		}
		if i > 1 && s.started.Before(progress.steps[i-1].started) {
			t.Errorf("step %q started before the one above it", s.name)
		}
	}
	found, err := e.docker.ImageInspect(t.Context(), img.ID)
	if err != nil {
		t.Fatal(err)
	}
	if found.Config.Labels["moorage.test"] != t.Name() {
		t.Errorf("labels %v", found.Config.Labels)
	}
}

func TestTheSecondBuildIsCached(t *testing.T) {
	e := newEngine(t, Options{})
	files := map[string]string{"Dockerfile": base + unique() + `RUN ["/bin/tool", "say", "` + t.Name() + `"]` + "\n"}
	if _, progress, err := buildTree(t, e, files, ownDockerfile); err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	_, progress, err := buildTree(t, e, files, ownDockerfile)
	if err != nil {
		t.Fatal(err)
	}
	if s := progress.step(t, `"say"`); !s.cached {
		t.Error("the step was not cached")
	}
	again := ownDockerfile
	again.NoCache = true
	_, progress, err = buildTree(t, e, files, again)
	if err != nil {
		t.Fatal(err)
	}
	if s := progress.step(t, `"say"`); s.cached || !strings.Contains(s.output.String(), t.Name()) {
		t.Error("the step was cached though the build was to use no cache")
	}
}

func TestAChangeThatKeepsTheSizeIsBuilt(t *testing.T) {
	e := newEngine(t, Options{})
	for _, word := range []string{"one", "two"} {
		_, progress, err := buildTree(t, e, map[string]string{
			"Dockerfile": base + unique() + `RUN ["/bin/tool", "say", "` + word + `"]` + "\n",
		}, ownDockerfile)
		if err != nil {
			t.Fatal(err)
		}
		if s := progress.step(t, `"say"`); !strings.HasPrefix(s.output.String(), word) {
			t.Errorf("built another Dockerfile: %q, want %q", s.output.String(), word)
		}
	}
}

func TestAFailingStepIsNamedWithItsFirstErrorLine(t *testing.T) {
	e := newEngine(t, Options{})
	_, progress, err := buildTree(t, e, map[string]string{
		"Dockerfile": base + `RUN ["/bin/tool", "fail"]` + "\n",
	}, ownDockerfile)
	wantError(t, err, moorage.Invalid, `RUN ["/bin/tool", "fail"]”: error: cannot find module 'left-pad'`)
	if s := progress.step(t, `"fail"`); s.status != moorage.StepFailed {
		t.Errorf("status %s", s.status)
	}
}

func TestWhatADockerfileMayNotDo(t *testing.T) {
	e := newEngine(t, Options{})
	for name, c := range map[string]struct {
		dockerfile string
		code       moorage.Code
		message    string
	}{
		"privileged step":        {base + `RUN --security=insecure ["/bin/tool"]`, moorage.Forbidden, "Line 3 of the Dockerfile asks for --security=insecure"},
		"host network":           {base + `RUN --network=host ["/bin/tool"]`, moorage.Forbidden, "--network=host"},
		"unknown instruction":    {"FROM scratch\nRUNN x\n", moorage.Invalid, "unknown instruction: RUNN"},
		"nothing in it":          {"\n", moorage.Invalid, "The Dockerfile cannot be read"},
		"file from the loopback": {"FROM scratch\nARG host=127.0.0.1\nADD http://${host}:1/x /x\n", moorage.Forbidden, "adds a file from 127.0.0.1"},
		"file from metadata":     {"FROM scratch\nADD http://169.254.169.254/latest /x\n", moorage.Forbidden, "not on the public internet"},
		"repository of the host": {"FROM scratch\nADD git://localhost/x.git /x\n", moorage.Forbidden, "adds a Git repository"},
		"repository over ssh":    {"FROM scratch\nADD git@127.0.0.1:x/y.git /x\n", moorage.Forbidden, "adds a Git repository"},
		"missing source":         {"FROM scratch\nCOPY nowhere /x\n", moorage.Invalid, "COPY nowhere /x"},
		"image that is not here": {"FROM nowhere.invalid/none:1\n", moorage.Unavailable, "The image nowhere.invalid/none:1, which the Dockerfile builds on, could not be pulled."},
	} {
		t.Run(name, func(t *testing.T) {
			_, progress, err := buildTree(t, e, map[string]string{"Dockerfile": c.dockerfile}, ownDockerfile)
			wantError(t, err, c.code, c.message)
			if t.Failed() {
				t.Log(progress.all())
			}
		})
	}
}

func TestAGeneratedDockerfileIsBuilt(t *testing.T) {
	e := newEngine(t, Options{})
	_, progress, err := buildTree(t, e, map[string]string{}, moorage.BuildConfig{Context: ".", Generated: base})
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.all())
	}
	progress.step(t, "Check the generated Dockerfile")
}

func TestACacheMountIsTheServersOwn(t *testing.T) {
	e := newEngine(t, Options{})
	build := func(ref string) recordedStep {
		t.Helper()
		progress := newRecord()
		_, err := e.Build(t.Context(), Build{Ref: ref, Config: ownDockerfile, Root: tree(t, map[string]string{
			"tool": "the tool", "Dockerfile": base + unique() + `RUN --mount=type=cache,target=/cache ["/bin/tool", "add", "/cache/file"]` + "\n",
		})}, progress)
		if err != nil {
			t.Fatalf("%v\n%s", err, progress.all())
		}
		return progress.step(t, `"add"`)
	}
	server := fmt.Sprintf("cache-%d", time.Now().UnixNano())
	for i, c := range []struct{ slug, want string }{{server, "lines: 1"}, {server, "lines: 2"}, {server + "-other", "lines: 1"}} {
		ref := ImageRef(c.slug, moorage.NewDeploymentID(time.Now()))
		t.Cleanup(func() {
			if err := e.RemoveImage(context.Background(), moorage.Image{Ref: ref}); err != nil {
				t.Error(err)
			}
		})
		if s := build(ref); !strings.Contains(s.output.String(), c.want) {
			t.Errorf("build %d of %s says %q, want %q", i, c.slug, s.output.String(), c.want)
		}
	}
}

func TestABuildThatTakesTooLongIsStopped(t *testing.T) {
	e := newEngine(t, Options{})
	progress := newRecord()
	_, err := e.Build(t.Context(), Build{
		Root:   tree(t, map[string]string{"tool": "the tool", "Dockerfile": base + `RUN ["/bin/tool", "wait"]` + "\n"}),
		Config: ownDockerfile, Ref: imageRef(t, e), Timeout: 2 * time.Second,
	}, progress)
	wantError(t, err, moorage.Limited, "The build took longer than 2s")
}

func TestACancelledBuildEndsItsProcess(t *testing.T) {
	e := newEngine(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	progress := newRecord()
	done := make(chan error, 1)
	go func() {
		_, err := e.Build(ctx, Build{
			Root:   tree(t, map[string]string{"tool": "the tool", "Dockerfile": base + `RUN ["/bin/tool", "wait"]` + "\n"}),
			Config: ownDockerfile, Ref: imageRef(t, e),
		}, progress)
		done <- err
	}()
	for !strings.Contains(progress.all(), "waiting\n") {
		select {
		case <-progress.wrote:
		case err := <-done:
			t.Fatalf("the build ended first: %v\n%s", err, progress.all())
		}
	}
	if !toolRuns(t) {
		t.Fatal("the process of the step is not seen: this test would prove nothing")
	}
	cancel()
	if err := <-done; err == nil || ctx.Err() == nil {
		t.Fatalf("the build ended with %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); toolRuns(t); {
		if time.Now().After(deadline) {
			t.Fatal("the process of the step outlives its build")
		}
	}
	if s := progress.step(t, `"wait"`); s.status != moorage.StepCancelled {
		t.Errorf("status %s", s.status)
	}
}

// toolRuns looks for a "/bin/tool wait" among the machine's processes.
func toolRuns(t *testing.T) bool {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		if line, err := os.ReadFile(file); err == nil && string(line) == "/bin/tool\x00wait\x00" {
			return true
		}
	}
	return false
}
