package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"moorage"
	"moorage/github/githubtest"
	"moorage/store"
)

// home is one Moorage: a data folder, and the process that serves it.
type home struct {
	t      *testing.T
	engine engine
	github *githubtest.Server
	data   string
	env    []string

	url    string // the same after a restart
	link   string // of the setup; "" when there is an operator already
	log    *journal
	cmd    *exec.Cmd
	exited chan struct{}
}

// start runs "moorage serve" on a new data folder, with a fake GitHub, until
// the test ends. What it leaves in the engine is removed then. Stories share
// nothing but the engine, so they run side by side.
func start(t *testing.T, env ...string) *home {
	t.Helper()
	return startIn(t, t.TempDir(), env...)
}

// startIn is start with a data folder of the test's choice.
func startIn(t *testing.T, data string, env ...string) *home {
	t.Helper()
	t.Parallel()
	h := &home{
		t: t, engine: openEngine(t), github: githubtest.New(t, githubtest.Options{}),
		data: data, env: env, log: &journal{},
	}
	t.Cleanup(h.tearDown)
	h.serve("127.0.0.1:0")
	return h
}

// environment is that of every moorage command on this data folder.
func (h *home) environment(more ...string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.data, "DOCKER_HOST=" + os.Getenv("DOCKER_HOST"),
		"MOORAGE_DATA=" + h.data, "MOORAGE_GITHUB_URL=" + h.github.URL, "MOORAGE_GITHUB_API_URL=" + h.github.APIURL,
	}
	return append(append(env, h.env...), more...)
}

var linkPattern = regexp.MustCompile(`http://[^\s]+`)

// serve starts the process and waits until it says where it is.
func (h *home) serve(addr string) {
	h.t.Helper()
	links := h.launch(addr)
	select {
	case link := <-links:
		h.greeted(link)
	case <-h.exited:
		h.t.Fatalf("moorage serve ended: %s\n%s", h.cmd.ProcessState, h.log)
	case <-time.After(patience):
		h.t.Fatalf("moorage serve says nothing\n%s", h.log)
	}
	eventually(h.t, "moorage answers /healthz", func() bool { return h.status("/healthz") == http.StatusOK })
}

// launch starts the process, with more in its environment. The link that it
// prints comes through the channel.
func (h *home) launch(addr string, more ...string) <-chan string {
	h.t.Helper()
	h.cmd = exec.Command(moorageBinary, "serve")
	h.cmd.Env = h.environment(append(more, "MOORAGE_ADDR="+addr)...)
	h.cmd.Stderr = h.log
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.exited = make(chan struct{})
	links := make(chan string, 1)
	go func(cmd *exec.Cmd, exited chan struct{}) {
		defer close(exited)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(h.log, lines.Text())
			if link := linkPattern.FindString(lines.Text()); link != "" {
				select {
				case links <- link:
				default:
				}
			}
		}
		cmd.Wait() // how it ended is in ProcessState
	}(h.cmd, h.exited)
	return links
}

func (h *home) greeted(link string) {
	base, rest, _ := strings.Cut(strings.TrimPrefix(link, "http://"), "/")
	h.url, h.link = "http://"+base, ""
	if strings.HasPrefix(rest, "setup?code=") {
		h.link = link
	}
}

// kill ends the process as a crash does.
func (h *home) kill() { h.end(syscall.SIGKILL) }

// stop asks the process to end, and wants it to end well.
func (h *home) stop() {
	h.t.Helper()
	h.end(syscall.SIGTERM)
	if !h.cmd.ProcessState.Success() {
		h.t.Errorf("moorage serve ended with %s", h.cmd.ProcessState)
	}
}

func (h *home) end(s syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	select {
	case <-h.exited:
	case <-time.After(patience):
		h.t.Fatalf("moorage serve does not end by %s", s)
	}
}

// restart serves the same data folder at the same address.
func (h *home) restart() {
	h.t.Helper()
	h.serve(strings.TrimPrefix(h.url, "http://"))
}

// tearDown ends the process if it runs, and sweeps up after it.
func (h *home) tearDown() {
	if h.cmd != nil && h.cmd.Process != nil {
		h.cmd.Process.Kill() // it may have ended
		<-h.exited
	}
	if h.t.Failed() {
		h.t.Logf("The log of moorage serve:\n%s", h.log)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended
	defer cancel()
	db, err := store.Open(ctx, h.data, time.Now)
	if err != nil {
		h.t.Errorf("open the database: %v", err)
		return
	}
	defer db.Close()
	id, _, err := db.Setting(ctx, "home")
	if err != nil {
		h.t.Errorf("read the id of the data folder: %v", err)
		return
	}
	all, err := db.Deployments(ctx, moorage.DeploymentFilter{})
	if err != nil {
		h.t.Errorf("list the deployments: %v", err)
	}
	var ids []string
	for _, d := range all {
		ids = append(ids, string(d.ID))
	}
	h.engine.sweep(id, ids)
}

// inside opens the database beside the process.
func (h *home) inside(look func(ctx context.Context, db *store.DB) error) {
	h.t.Helper()
	db, err := store.Open(h.t.Context(), h.data, time.Now)
	if err == nil {
		err = errors.Join(look(h.t.Context(), db), db.Close())
	}
	if err != nil {
		h.t.Fatalf("look into the database: %v", err)
	}
}

// id is the label of everything in the engine that belongs to the data folder.
func (h *home) id() (id string) {
	h.t.Helper()
	h.inside(func(ctx context.Context, db *store.DB) (err error) {
		id, _, err = db.Setting(ctx, "home")
		return err
	})
	return id
}

// deployment reads one from the database.
func (h *home) deployment(id string) (d moorage.Deployment) {
	h.t.Helper()
	h.inside(func(ctx context.Context, db *store.DB) (err error) {
		d, err = db.Deployment(ctx, moorage.DeploymentID(id))
		return err
	})
	return d
}

// nothingRuns waits until no container of the data folder is left.
func (h *home) nothingRuns() {
	h.t.Helper()
	id := h.id()
	eventually(h.t, "no container of this Moorage is left", func() bool { return len(h.engine.containers(id)) == 0 })
}

// moorage runs another command of the binary on the same data folder.
func (h *home) moorage(env []string, args ...string) (stdout, stderr string, status int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, moorageBinary, args...)
	cmd.Env = h.environment(env...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if failed := cmd.Run(); failed != nil && cmd.ProcessState == nil {
		h.t.Fatal(failed)
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// token makes an API token of the operator, or of a person.
func (h *home) token(more ...string) string {
	h.t.Helper()
	out, stderr, status := h.moorage(nil, append([]string{"token", "create", "-name", "test"}, more...)...)
	if status != 0 {
		h.t.Fatalf("moorage token create: exit status %d: %s", status, stderr)
	}
	return strings.TrimSpace(out)
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// journal is what a process printed so far.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
