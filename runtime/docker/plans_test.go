package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moorage"
	"moorage/builder/detect"
	"moorage/deploy"
)

// TestNoPlanReachesTheHost goes the whole way: from what a repository says and
// what a person puts into a form or sends as JSON, by what is stored, to what
// the engine is asked to run.
func TestNoPlanReachesTheHost(t *testing.T) {
	d, err := New("", "home")
	if err != nil {
		t.Fatal(err)
	}
	plans := hostilePlans(t)
	ran := 0
	for seed := range uint64(100_000) {
		g := generator{rand.New(rand.NewPCG(seed, 2))}
		given := g.stored(t, plans[g.IntN(len(plans))])
		spec, values, err := deploy.Live{Database: given, Box: given}.LiveSpec(t.Context(), given.server.ID)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		spec.Instance = "ins_1"
		if check(spec) != nil {
			continue // Start goes no further
		}
		ran++
		img := g.image()
		config, host := d.harden(spec, img)
		fault := obeys(spec, img, config, host)
		for _, secret := range values {
			if strings.Contains(fmt.Sprint(config.Labels, config.Cmd, config.Image, host), secret) {
				fault = "a secret value is outside the environment"
			}
		}
		if fault != "" {
			t.Fatalf("seed %d: %s\nspec %+v\nimage %+v", seed, fault, spec, img.Config)
		}
	}
	if ran < 25_000 {
		t.Errorf("only %d of 100,000 came to the engine: this test proves too little", ran)
	}
}

// hostilePlans are what is made of repositories that ask for what no server gets.
func hostilePlans(t *testing.T) []moorage.Plan {
	t.Helper()
	var plans []moorage.Plan
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 3))}
		dir := t.TempDir()
		for name, content := range g.repository() {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := detect.Plan(t.Context(), root, "", detect.BaseImages{})
		root.Close()
		if err == nil {
			plans = append(plans, plan)
		}
	}
	if len(plans) < 100 {
		t.Fatalf("only %d of 300 repositories were planned", len(plans))
	}
	return plans
}

func (g generator) repository() map[string]string {
	quoted := func() string { return fmt.Sprintf("%q", g.word()) }
	files := map[string]string{
		"Dockerfile":   fmt.Sprintf("FROM scratch\nUSER %q\nVOLUME [%s, \"/\"]\nEXPOSE %d\nENV A=%s\nCMD [%s]\n", "root", quoted(), g.IntN(70000), quoted(), quoted()),
		"package.json": `{"name":"x","bin":` + quoted() + `,"scripts":{"start":` + quoted() + `},"dependencies":{"@modelcontextprotocol/sdk":"1"}}`,
	}
	host := "privileged: true\nbinds: [\"/:/host\"]\ncapAdd: [ALL]\nnetworkMode: host\n"
	moorageYAML := fmt.Sprintf("build:\n  dockerfile: Dockerfile\nrun:\n  transport: %s\n  port: %d\n  command: [%s]\n  network: %s\n",
		[]string{"stdio", "http", "sse", quoted()}[g.IntN(4)], g.IntN(70000), quoted(), []string{"internet", "none", "host", quoted()}[g.IntN(4)])
	smithery := fmt.Sprintf("runtime: container\nstartCommand:\n  type: %s\n  commandFunction: |\n    (config) => ({command: %s, args: [%s], env: {A: %s}})\n",
		[]string{"stdio", "http", "sse", quoted()}[g.IntN(4)], quoted(), quoted(), quoted())
	switch g.IntN(4) {
	case 0:
		files["moorage.yaml"] = moorageYAML
	case 1:
		files["moorage.yaml"] = moorageYAML + host
	case 2:
		files["smithery.yaml"] = smithery + host
	}
	return files
}

// stored is a database that holds one server, as a person has left it.
type stored struct {
	server     moorage.Server
	deployment moorage.Deployment
	variables  []moorage.Variable
}

func (s stored) Server(context.Context, moorage.ServerID) (moorage.Server, error) {
	return s.server, nil
}

func (s stored) Variables(context.Context, moorage.ServerID) ([]moorage.Variable, error) {
	return s.variables, nil
}

func (s stored) Deployment(context.Context, moorage.DeploymentID) (moorage.Deployment, error) {
	return s.deployment, nil
}

func (stored) Open(sealed []byte, _ string) ([]byte, error) { return sealed, nil }

// stored changes a plan as a person would who wants what they must not have.
// The configuration passes through JSON, as it does on its way through the
// database, with fields in it that the engine's own would have.
func (g generator) stored(t *testing.T, plan moorage.Plan) stored {
	t.Helper()
	config, wild := plan.Config, g.spec().Run
	if g.IntN(2) == 0 {
		config.Run.Command = wild.Command
	}
	if g.IntN(2) == 0 {
		config.Run.RunAsRoot, config.Run.WritableRoot = wild.RunAsRoot, wild.WritableRoot
	}
	if g.IntN(4) == 0 {
		config.Run.Transport, config.Run.Port, config.Run.Path, config.Run.Network = wild.Transport, wild.Port, wild.Path, wild.Network
	}
	if cpus := wild.Limits.CPUs; g.IntN(2) == 0 && cpus > -2 && cpus < 1e301 { // JSON has no others
		config.Run.Limits = wild.Limits
	}
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), `"run":{`,
		`"run":{"privileged":true,"Privileged":true,"HostConfig":{"Privileged":true,"Binds":["/:/host"]},"capAdd":["ALL"],"pidMode":"host",`, 1)
	s := stored{server: moorage.Server{ID: "srv_1", LiveDeploymentID: "dep_1"}, deployment: moorage.Deployment{ID: "dep_1"}}
	s.deployment.Image.ID = "sha256:" + strings.Repeat("ab", 32)
	if err := json.Unmarshal([]byte(text), &s.deployment.Config); err != nil {
		t.Fatal(err)
	}
	for i := range g.IntN(4) {
		s.variables = append(s.variables,
			moorage.Variable{Name: fmt.Sprintf("A%d", i), Value: g.word()},
			moorage.Variable{Name: fmt.Sprintf("B%d", i), Secret: true, Sealed: fmt.Appendf(nil, "secret-%d-%d", g.Uint64(), i)})
	}
	if g.IntN(16) == 0 {
		s.variables = append(s.variables, moorage.Variable{Name: g.word(), Value: g.word()})
	}
	return s
}
