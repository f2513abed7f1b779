package deploy_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
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

// The tests below have a real engine build and run a real server: this test
// binary, which is one when it is asked to.
const (
	asServer = "serve-mcp"
	asBuild  = "never-end"
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == asServer:
		os.Exit(serve())
	case len(os.Args) > 1 && os.Args[1] == asBuild:
		fmt.Println("this will take a while")
		select {}
	}
	os.Exit(m.Run())
}

// serve answers MCP on stdin and stdout, as little of it as a probe needs.
func serve() int {
	if os.Getenv("GREETER_KEY") == "" {
		fmt.Fprintln(os.Stderr, "fatal: GREETER_KEY is not set")
		return 1
	}
	fmt.Fprintln(os.Stderr, "greeting with", os.Getenv("GREETER_KEY"))
	results := map[string]string{
		"initialize": `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"greeter","version":"1"}}`,
		"tools/list": `{"tools":[{"name":"greet","inputSchema":{"type":"object"}}]}`,
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var call struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal(in.Bytes(), &call) != nil || call.ID == nil {
			continue
		}
		if result, ok := results[call.Method]; ok {
			fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", call.ID, result)
		} else {
			fmt.Printf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`+"\n", call.ID)
		}
	}
	return 0
}

// newEngineRig makes a pipeline on the engine of the test run, which deploys the
// Dockerfile with this test binary beside it.
func newEngineRig(t *testing.T, dockerfile string) *rig {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		t.Fatal("DOCKER_HOST is not set: run make test")
	}
	self, err := os.Executable()
	must(t, err)
	program, err := os.ReadFile(self)
	must(t, err)
	source := fstest.MapFS{
		"Dockerfile": {Data: []byte(dockerfile)},
		"server":     {Data: program},
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

const greeterDockerfile = "FROM scratch\nCOPY --chmod=755 server /server\nENTRYPOINT [\"/server\", \"" + asServer + "\"]\n"

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
	r := newEngineRig(t, "FROM scratch\nCOPY --chmod=755 server /server\nRUN [\"/server\", \""+asBuild+"\"]\n")
	r.run()
	id := r.enqueue()
	bell, stop := r.db.Watch(string(id))
	defer stop()
	for !strings.Contains(r.text(id), "this will take a while") {
		r.hear(bell)
	}
	must(t, r.pipeline.Cancel(r.ctx, id))
	r.wants(r.settled(id), moorage.StatusCancelled)
	r.stepsEnded(id)
}
