package deploy_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"moorage"
	"moorage/builder"
	"moorage/deploy"
	"moorage/runner"
	"moorage/runtime/docker"
)

// The tests below have a real engine build and run a real server.

// compile makes a static program of testdata/server: images are made from
// nothing else.
func compile(t *testing.T) []byte {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./testdata/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compile the server: %v\n%s", err, out)
	}
	content, err := os.ReadFile(program)
	must(t, err)
	return content
}

// newEngineRig makes a pipeline on the engine of the test run, which deploys the
// Dockerfile with the program beside it.
func newEngineRig(t *testing.T, dockerfile string) *rig {
	t.Helper()
	return newSourceRig(t, fstest.MapFS{"Dockerfile": {Data: []byte(dockerfile)}, "server": {Data: compile(t)}})
}

// newSourceRig is newEngineRig with another source.
func newSourceRig(t *testing.T, source fs.FS) *rig {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	engine, err := builder.New(builder.Options{
		DockerHost: host, TempDir: t.TempDir(),
		Examples: func(string) (fs.FS, error) { return source, nil },
	})
	must(t, err)
	t.Cleanup(func() { must(t, engine.Close()) })
	containers, err := docker.New(host, "deploy-"+string(moorage.NewInstanceID(time.Now())))
	must(t, err)
	t.Cleanup(func() { must(t, containers.Close()) })
	r := newRig(t, func(o *deploy.Options) {
		o.Builder, o.Runtime, o.Prober = engine, containers, runner.Prober{Version: "test"}
	})
	r.server.Source = moorage.Source{Origin: moorage.OriginExample, RepoURL: "example:greeter"}
	r.configure(stdio())
	t.Cleanup(func() {
		kept, err := r.db.KeptImages(r.ctx, r.server.ID)
		must(t, err)
		for _, d := range kept {
			must(t, engine.RemoveImage(r.ctx, d.Image))
		}
	})
	return r
}

const greeterDockerfile = "FROM scratch\nCOPY --chmod=755 server /server\nENTRYPOINT [\"/server\"]\n"

func TestARealServerIsBuiltProbedAndLive(t *testing.T) {
	r := newEngineRig(t, greeterDockerfile)
	r.variable("GREETER_KEY", "open-sesame-42", true)
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusLive)
	tools, err := r.db.Tools(r.ctx, r.server.ID)
	must(t, err)
	if len(tools) != 1 || tools[0].Name != "greet" || d.ServerInfo.Name != "greeter" {
		t.Errorf("it is %+v with the tools %+v", d.ServerInfo, tools)
	}
	text := r.text(d.ID)
	if !strings.Contains(text, "greeting with ***") || strings.Contains(text, "sesame") {
		t.Errorf("the log says:\n%s", text)
	}
	r.stepsEnded(d.ID)
}

func TestARealServerThatLacksAKeyIsToldWhich(t *testing.T) {
	r := newEngineRig(t, greeterDockerfile)
	r.run()
	d := r.deploy()
	r.wants(d, moorage.StatusFailed)
	if d.Error != "The server needs the variable GREETER_KEY, which is not set." {
		t.Errorf("it says %q %q", d.Error, d.ErrorNext)
	}
	if !strings.Contains(r.text(d.ID), "fatal: GREETER_KEY is not set") {
		t.Errorf("the log lacks its words:\n%s", r.text(d.ID))
	}
}

func TestARealBuildIsCancelled(t *testing.T) {
	r := newEngineRig(t, "FROM scratch\nCOPY --chmod=755 server /server\nRUN [\"/server\", \"linger\"]\n")
	r.run()
	id := r.enqueue()
	r.prints(id, "this will take a while")
	must(t, r.pipeline.Cancel(r.ctx, id))
	r.wants(r.settled(id), moorage.StatusCancelled)
	r.stepsEnded(id)
}

// prints waits until the log holds words.
func (r *rig) prints(id moorage.DeploymentID, words string) {
	r.t.Helper()
	bell, stop := r.db.Watch(string(id))
	defer stop()
	for !strings.Contains(r.text(id), words) {
		if d, err := r.db.Deployment(r.ctx, id); err != nil || d.Status.Settled() {
			r.t.Fatalf("the deployment ended: %v %s", err, d.Error)
		}
		r.hear(bell)
	}
}
