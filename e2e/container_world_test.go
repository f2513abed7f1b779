package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/docker/go-connections/nat"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"gopkg.in/yaml.v3"

	"moorage/github/githubtest"
	"moorage/runtime"
	"moorage/store"
)

const runsAs = 65532 // the user of the image

// hosted is a Moorage in a container.
type hosted struct {
	*home
	gitHub    string // Git of the fake one, where the container reaches it
	image     string
	network   string // where the container lives, as compose makes one
	port      string // of the machine's loopback, and in the container
	container string // its id
}

// host prepares a data folder and an image. What is left is removed at the end.
func host(t *testing.T) *hosted {
	t.Helper()
	t.Parallel()
	h := &hosted{home: &home{t: t, engine: openEngine(t), github: githubtest.New(t, githubtest.Options{}), data: t.TempDir(), log: &journal{}}}
	t.Cleanup(h.tearDown)
	if h.image = os.Getenv("MOORAGE_IMAGE"); h.image == "" { // make image names the one that it has built
		h.image = h.engine.importMoorage()
	}
	h.network = "moorage-test-" + strings.ToLower(rand.Text())
	if _, err := h.engine.NetworkCreate(t.Context(), h.network, network.CreateOptions{Driver: "bridge"}); err != nil {
		t.Fatalf("create a network: %v", err)
	}
	h.gitHub = h.bringToTheNetwork(h.github.URL)
	_, h.port, _ = strings.Cut(freeAddress(t), ":")
	h.url = "http://127.0.0.1:" + h.port
	t.Cleanup(h.remove)
	return h
}

// importMoorage makes an image of the program as the last stage of the
// Dockerfile makes it, without the stages before.
func (e engine) importMoorage() string {
	e.t.Helper()
	program, err := os.ReadFile(moorageBinary)
	if err != nil {
		e.t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, f := range []tar.Header{
		{Name: "tmp/", Mode: 0o1777, Typeflag: tar.TypeDir},
		{Name: "data/", Mode: 0o700, Uid: runsAs, Gid: runsAs, Typeflag: tar.TypeDir},
		{Name: "usr/local/bin/moorage", Mode: 0o755, Size: int64(len(program))},
	} {
		if err := w.WriteHeader(&f); err != nil {
			e.t.Fatal(err)
		}
	}
	if _, err := w.Write(program); err != nil {
		e.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		e.t.Fatal(err)
	}
	ref := "moorage-test/hosted:" + strings.ToLower(rand.Text())
	said, err := e.ImageImport(e.t.Context(), image.ImportSource{Source: &layer, SourceName: "-"}, ref, image.ImportOptions{Changes: lastStage(e.t)})
	if err != nil {
		e.t.Fatalf("import the image: %v", err)
	}
	defer said.Close()
	if _, err := io.Copy(io.Discard, said); err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended
		defer cancel()
		if _, err := e.ImageRemove(ctx, ref, image.RemoveOptions{Force: true}); err != nil {
			e.t.Errorf("remove the image: %v", err)
		}
	})
	return ref
}

// lastStage reads how the image of the Dockerfile runs.
func lastStage(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, node := range parsed.AST.Children {
		switch strings.ToUpper(node.Value) {
		case "FROM":
			lines = nil
		case "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD", "USER", "WORKDIR", "STOPSIGNAL":
			lines = append(lines, node.Original)
		}
	}
	return lines
}

// composed is what compose.yaml says about how Moorage's container runs.
type composed struct {
	CapAdd      []string          `yaml:"cap_add"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	Sysctls     map[string]string `yaml:"sysctls"`
	ReadOnly    bool              `yaml:"read_only"`
	Tmpfs       []string          `yaml:"tmpfs"`
}

func readCompose(t *testing.T) composed {
	t.Helper()
	b, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]composed }
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services["moorage"]
}

// engineSocket is the path of the engine's socket.
func engineSocket(t *testing.T) string {
	t.Helper()
	path, ok := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	if !ok {
		t.Fatal("DOCKER_HOST names no socket: run make test")
	}
	return path
}

// begin makes the container and reads the link that it prints.
func (h *hosted) begin() {
	h.t.Helper()
	h.create()
	h.goOn()
	link := regexp.MustCompile(`http://[^\s]+/setup\?code=[^\s]+`)
	eventually(h.t, "it prints a link", func() bool {
		h.link = link.FindString(h.printed())
		return h.link != ""
	})
}

// create makes the container, with the settings of compose.yaml.
func (h *hosted) create() {
	h.t.Helper()
	compose := readCompose(h.t)
	port := nat.Port(h.port + "/tcp")
	tmpfs := map[string]string{}
	for _, folder := range compose.Tmpfs {
		tmpfs[folder] = ""
	}
	config := &container.Config{
		Image: h.image, ExposedPorts: nat.PortSet{port: {}},
		Env: []string{"MOORAGE_ADDR=:" + h.port, "MOORAGE_GITHUB_URL=" + h.gitHub, "MOORAGE_GITHUB_API_URL=" + h.gitHub},
	}
	created, err := h.engine.ContainerCreate(h.t.Context(), config, &container.HostConfig{
		Binds:        []string{h.data + ":/data", engineSocket(h.t) + ":/var/run/docker.sock"},
		PortBindings: nat.PortMap{port: {{HostIP: "127.0.0.1", HostPort: h.port}}},
		CapAdd:       compose.CapAdd, CapDrop: compose.CapDrop, SecurityOpt: compose.SecurityOpt,
		NetworkMode: container.NetworkMode(h.network), Sysctls: compose.Sysctls, ReadonlyRootfs: compose.ReadOnly, Tmpfs: tmpfs,
	}, nil, nil, "")
	if err != nil {
		h.t.Fatalf("create the container: %v", err)
	}
	h.container = created.ID
}

// goOn starts the container and waits until the engine says that it is healthy.
func (h *hosted) goOn() {
	h.t.Helper()
	if err := h.engine.ContainerStart(h.t.Context(), h.container, container.StartOptions{}); err != nil {
		h.t.Fatalf("start the container: %v", err)
	}
	within(h.t, 2*patience, "the container is healthy", func() bool {
		state := h.inspect().State
		if !state.Running {
			h.t.Fatalf("The container has ended:\n%s", h.printed())
		}
		return state.Health.Status == container.Healthy
	})
}

func (h *hosted) inspect() container.InspectResponse {
	h.t.Helper()
	found, err := h.engine.ContainerInspect(h.t.Context(), h.container)
	if err != nil {
		h.t.Fatalf("inspect the container: %v", err)
	}
	return found
}

// printed is what the container has printed so far.
func (h *hosted) printed() string { return h.engine.printed(h.container) }

func (e engine) printed(id string) string {
	e.t.Helper()
	logs, err := e.ContainerLogs(e.t.Context(), id, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		e.t.Fatalf("read the log of a container: %v", err)
	}
	defer logs.Close()
	var b bytes.Buffer
	if _, err := stdcopy.StdCopy(&b, &b, logs); err != nil {
		e.t.Fatal(err)
	}
	return b.String()
}

// crash ends the process at once, and with it the container.
func (h *hosted) crash() { h.finish("SIGKILL") }

// ends asks the process to end, and wants it to end well.
func (h *hosted) ends() {
	h.t.Helper()
	if code := h.finish("SIGTERM"); code != 0 {
		h.t.Errorf("the process ended with %d:\n%s", code, h.printed())
	}
}

func (h *hosted) finish(signal string) int64 {
	h.t.Helper()
	ended, failed := h.engine.ContainerWait(h.t.Context(), h.container, container.WaitConditionNotRunning)
	if err := h.engine.ContainerKill(h.t.Context(), h.container, signal); err != nil {
		h.t.Fatalf("end the container: %v", err)
	}
	select {
	case how := <-ended:
		return how.StatusCode
	case err := <-failed:
		h.t.Fatalf("wait for the end: %v", err)
	}
	return 0
}

// replace puts another container in the place of this one, which is no more.
func (h *hosted) replace() {
	h.t.Helper()
	if err := h.engine.ContainerRemove(h.t.Context(), h.container, container.RemoveOptions{Force: true}); err != nil {
		h.t.Fatalf("remove the container: %v", err)
	}
	h.create()
	h.goOn()
}

// remove ends what the story left running; its log is kept for who reads of a failure.
func (h *hosted) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended
	defer cancel()
	defer func() {
		if err := h.engine.NetworkRemove(ctx, h.network); err != nil {
			h.t.Errorf("remove the network: %v", err)
		}
	}()
	if h.container == "" {
		return
	}
	if logs, err := h.engine.ContainerLogs(ctx, h.container, container.LogsOptions{ShowStdout: true, ShowStderr: true}); err == nil {
		stdcopy.StdCopy(h.log, h.log, logs)
		logs.Close()
	}
	if err := h.engine.ContainerRemove(ctx, h.container, container.RemoveOptions{Force: true}); err != nil {
		h.t.Errorf("remove the container: %v", err)
	}
}

// inContainer runs a command beside Moorage, as docker compose exec does, and
// returns what it printed.
func (h *hosted) inContainer(command ...string) string {
	h.t.Helper()
	ctx := h.t.Context()
	made, err := h.engine.ContainerExecCreate(ctx, h.container, container.ExecOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		h.t.Fatal(err)
	}
	wire, err := h.engine.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	defer wire.Close()
	var out, errs bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &errs, wire.Reader); err != nil {
		h.t.Fatal(err)
	}
	ended, err := h.engine.ContainerExecInspect(ctx, made.ID)
	if err != nil || ended.ExitCode != 0 {
		h.t.Fatalf("%v ends with %d, %v: %s", command, ended.ExitCode, err, &errs)
	}
	return out.String()
}

// healthFrom asks for Moorage's health at an address, from another container on
// one of its networks.
func (h *hosted) healthFrom(where, address string) (status int64, said string) {
	h.t.Helper()
	ctx := h.t.Context()
	config := &container.Config{
		Image: h.image, Cmd: []string{"health", "--addr", address + ":" + h.port}, Env: []string{"MOORAGE_URL=" + h.url},
		Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
	}
	created, err := h.engine.ContainerCreate(ctx, config, &container.HostConfig{NetworkMode: container.NetworkMode(where)}, nil, nil, "")
	if err != nil {
		h.t.Fatal(err)
	}
	defer h.engine.ContainerRemove(ctx, created.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
	ended, failed := h.engine.ContainerWait(ctx, created.ID, container.WaitConditionNextExit)
	if err := h.engine.ContainerStart(ctx, created.ID, container.StartOptions{}); err != nil {
		h.t.Fatal(err)
	}
	select {
	case how := <-ended:
		return how.StatusCode, h.engine.printed(created.ID)
	case err := <-failed:
		h.t.Fatalf("wait for the end: %v", err)
	}
	return 0, ""
}

// instances lists the containers of a server, by its deployment's image.
func (h *hosted) instances(slug string) []string {
	h.t.Helper()
	found, err := h.engine.ContainerList(h.t.Context(), container.ListOptions{Filters: labelled(h.id())})
	if err != nil {
		h.t.Fatal(err)
	}
	var ids []string
	for _, c := range found {
		if c.Labels[runtime.LabelServer] == h.serverID(slug) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// bringToTheNetwork makes a service of the machine's loopback reachable for the
// container, at the address that its network has on the machine.
func (h *hosted) bringToTheNetwork(service string) string {
	h.t.Helper()
	to, err := url.Parse(service)
	if err != nil {
		h.t.Fatal(err)
	}
	own, err := h.engine.NetworkInspect(h.t.Context(), h.network, network.InspectOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(own.IPAM.Config[0].Gateway, "0"))
	if err != nil {
		h.t.Fatalf("The engine is on another machine: %v", err)
	}
	server := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}}
	go server.Serve(l)
	h.t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String()
}

func (h *hosted) serverID(slug string) (id string) {
	h.t.Helper()
	h.inside(func(ctx context.Context, db *store.DB) error {
		s, err := db.ServerBySlug(ctx, slug)
		id = string(s.ID)
		return err
	})
	return id
}
