package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"moorage"
	"moorage/builder/clone"
	"moorage/secrets"
	"moorage/store"
)

// TestMain lets the test binary be a Moorage, or its clone worker: what needs
// two processes starts itself again.
func TestMain(m *testing.M) {
	if os.Getenv("MOORAGE_TEST_PROCESS") != "" || len(os.Args) > 1 && os.Args[1] == clone.WorkerArgument {
		main()
		return
	}
	os.Exit(m.Run())
}

// output may be written and read at the same time.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
	up chan struct{} // rings when something was written
}

func newOutput() *output { return &output{up: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.up <- struct{}{}:
	default:
	}
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// moorageProcess is another process.
type moorageProcess struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *output
	stderr *output
	ended  chan struct{}
}

// start starts a Moorage over a data folder, whose engine does not answer.
func start(t *testing.T, data string, args ...string) *moorageProcess {
	t.Helper()
	return startWith(t, data, nil, args...)
}

// startWith starts it with more in its environment.
func startWith(t *testing.T, data string, env []string, args ...string) *moorageProcess {
	t.Helper()
	p := &moorageProcess{t: t, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	p.cmd.Env = []string{"MOORAGE_TEST_PROCESS=1", "MOORAGE_DATA=" + data, "MOORAGE_ADDR=127.0.0.1:0", "DOCKER_HOST=unix://" + filepath.Join(t.TempDir(), "no-engine.sock"), "HOME=" + t.TempDir()}
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	must(t, p.cmd.Start())
	go func() {
		p.cmd.Wait() // its status is read when it ended
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// says waits until the process printed what the pattern finds.
func (p *moorageProcess) says(pattern string) []string {
	p.t.Helper()
	for re := regexp.MustCompile(pattern); ; {
		if m := re.FindStringSubmatch(p.stdout.String()); m != nil {
			return m
		}
		select {
		case <-p.stdout.up:
		case <-p.ended:
			p.t.Fatalf("it ended: %s%s", p.stdout, p.stderr)
		}
	}
}

func (p *moorageProcess) exit() int {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestASecondProcessOnTheSameDataIsToldWhoHoldsIt(t *testing.T) {
	data := t.TempDir()
	first := start(t, data, "serve")
	first.says(`/setup\?code=`)
	second := start(t, data, "serve")
	if status := second.exit(); status != exitTempFail {
		t.Errorf("exit status %d, want %d", status, exitTempFail)
	}
	for _, want := range []string{"the data folder is in use", fmt.Sprintf("process %d, since ", first.cmd.Process.Pid), data, "MOORAGE_DATA"} {
		if !strings.Contains(second.stderr.String(), want) {
			t.Errorf("%q is not said: %s", want, second.stderr)
		}
	}
	must(t, first.cmd.Process.Kill())
	<-first.ended
	start(t, data, "serve").says(`/setup\?code=`) // what died holds nothing
}

func TestServeWithoutAnEngineIsUpAndSaysSo(t *testing.T) {
	p := start(t, t.TempDir(), "serve")
	link := p.says(`(http://127\.0\.0\.1:\d+)/setup\?code=([A-Za-z0-9_-]{22})\n`)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/healthz":               {200, "ok"},
		"/readyz":                {503, "engine: Docker does not answer at "},
		"/login":                 {200, "not connected to GitHub yet"},
		"/setup?code=" + link[2]: {200, link[2]},
	} {
		status, body := get(t, link[1]+path)
		if status != want.status || !strings.Contains(body, want.says) {
			t.Errorf("%s answers %d %.300s", path, status, body)
		}
	}
	if strings.Contains(p.stderr.String(), link[2]) {
		t.Error("the log holds the code of the setup link")
	}
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	serving := start(t, t.TempDir(), "serve")
	at := serving.says(`http://(127\.0\.0\.1:\d+)/`)[1]
	asked := start(t, t.TempDir(), "health", "-addr", at)
	if status := asked.exit(); status != 1 || !strings.Contains(asked.stdout.String(), "database: ok\nengine: Docker does not answer") {
		t.Errorf("exit status %d: %s%s", status, asked.stdout, asked.stderr)
	}
	must(t, serving.cmd.Process.Kill())
	<-serving.ended
	asked = start(t, t.TempDir(), "health", "-addr", at)
	if status := asked.exit(); status != 1 || !strings.Contains(asked.stderr.String(), "connection refused") {
		t.Errorf("exit status %d: %s%s", status, asked.stdout, asked.stderr)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	res, err := (&http.Client{}).Do(r)
	must(t, err)
	defer res.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(res.Body)
	must(t, err)
	return res.StatusCode, b.String()
}

func TestItStopsGracefullyWithAnOpenStream(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "serve")
	base := p.says(`(http://127\.0\.0\.1:\d+)/setup\?code=`)[1]
	a, id := seed(t, data)
	must(t, a.db.Close())
	made := start(t, data, "token", "create", "-name", "test")
	if made.exit() != 0 {
		t.Fatal(made.stderr)
	}
	token := strings.TrimSpace(made.stdout.String())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+logPath(id), nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "text/event-stream")
	res, err := (&http.Client{}).Do(r)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	var rest bytes.Buffer
	if _, err := rest.ReadFrom(res.Body); err != nil { // the stream ends, it does not break
		t.Errorf("%v after %s", err, &rest)
	}
	if status := p.exit(); status != 0 || !strings.Contains(p.stderr.String(), `"msg":"Stopped"`) {
		t.Errorf("exit status %d: %s", status, p.stderr)
	}
}

// seed puts a queued deployment into a data folder. Its server never gets a
// worker: another deployment of it is running.
func seed(t *testing.T, data string) (*app, moorage.DeploymentID) {
	t.Helper()
	config, err := readConfig(terminal(), "serve", []string{"--data", data})
	must(t, err)
	a, err := openExisting(t.Context(), config)
	must(t, err)
	u, err := a.auth.Operator(t.Context())
	must(t, err)
	now := time.Now()
	s := moorage.Server{
		ID: moorage.NewServerID(now), Slug: "weather", Name: "local/weather", OwnerID: u.ID, Status: moorage.ServerNew,
		Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://example.com/a/b"},
		Config: moorage.Config{Run: moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone}},
	}
	must(t, a.db.CreateServer(t.Context(), s))
	var id moorage.DeploymentID
	for range 2 {
		id = moorage.NewDeploymentID(now)
		_, err = a.db.CreateDeployment(t.Context(), moorage.Deployment{ID: id, ServerID: s.ID, Status: moorage.StatusQueued, Source: s.Source, Config: s.Config, Trigger: moorage.TriggerUser, CreatedBy: u.ID, CreatedAt: now, UpdatedAt: now})
		must(t, err)
		if _, err := a.db.ClaimDeployment(t.Context()); err != nil && moorage.ErrorCode(err) != moorage.NotFound {
			t.Fatal(err)
		}
	}
	return a, id
}

func TestAMasterKeyThatOthersCanReadIsRefused(t *testing.T) {
	data := t.TempDir()
	key := filepath.Join(data, "master.key")
	_, err := secrets.OpenBox(key)
	must(t, err)
	must(t, os.Chmod(key, 0o644))
	p := start(t, data, "serve")
	if p.exit() != 1 || !strings.Contains(p.stderr.String(), "master key") || !strings.Contains(p.stderr.String(), "chmod") {
		t.Errorf("%d %s", p.exit(), p.stderr)
	}
}

func TestExitStatuses(t *testing.T) {
	empty := t.TempDir()
	id := string(moorage.NewDeploymentID(time.Now()))
	for _, tt := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, exitUsage, "Usage: moorage <command>"},
		{[]string{"-h"}, 0, "Usage: moorage <command>"},
		{[]string{"help"}, 0, "setup-link"},
		{[]string{"help", "-h"}, 0, "Usage: moorage help [<command>]"},
		{[]string{"help", "token"}, exitUsage, "Did you mean moorage token create?"},
		{[]string{"frobnicate"}, exitUsage, "there is no command \"frobnicate\".\nmoorage help"},
		{[]string{"lgos"}, exitUsage, "Did you mean moorage logs?"},
		{[]string{"version"}, 0, "moorage "},
		{[]string{"version", "now"}, exitUsage, "takes no arguments"},
		{[]string{"serve", "-h"}, 0, "MOORAGE_ADDR"},
		{[]string{"serve", "-nope"}, exitUsage, "flag provided but not defined: -nope\nmoorage serve -h"},
		{[]string{"serve", "now"}, exitUsage, "takes no arguments"},
		{[]string{"serve", "-addr", "8080", "-build-timeout", "soon"}, 1, "MOORAGE_BUILD_TIMEOUT"},
		{[]string{"token"}, exitUsage, "token create"},
		{[]string{"token", "create", "now"}, exitUsage, "takes no arguments"},
		{[]string{"token", "create"}, exitUsage, "--name"},
		{[]string{"token", "create", "--name", "x", "--user", "ada", "--operator"}, exitUsage, "two people"},
		{[]string{"token", "create", "--name", "x", "--expires", "-1h", "--operator"}, exitUsage, "--expires"},
		{[]string{"token", "create", "--name", "x", "--scope", "a/b/c", "--operator"}, exitUsage, "Write it like weather/* or */get_*."},
		{[]string{"token", "create", "-name", "x", "-data", empty}, 1, "There is no Moorage in " + empty},
		{[]string{"setup-link", "-data", empty}, 1, "Name its data folder with --data or MOORAGE_DATA, or start it first with moorage serve."},
		{[]string{"logs"}, exitUsage, "moorage logs wants <deployment>: moorage logs <deployment> [flags]"},
		{[]string{"logs", id, id}, exitUsage, "and not also"},
		{[]string{"logs", "dep_x"}, exitUsage, "is not the id of a deployment"},
		{[]string{"logs", id}, exitUsage, "MOORAGE_TOKEN is not set"},
	} {
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), tt.args, environment("MOORAGE_DATA", empty), nil, &stdout, &stderr)
		got := 0
		if err != nil {
			got = exitStatus(err)
			fmt.Fprint(&stderr, err)
		}
		said := &stderr
		if got == 0 {
			said = &stdout
		}
		if got != tt.status || !strings.Contains(said.String(), tt.says) {
			t.Errorf("%q: exit status %d, want %d; says %s%s", tt.args, got, tt.status, &stdout, &stderr)
		}
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("a wrong folder is no longer empty: %v, %v", left, err)
	}
	if exitStatus(errors.Join(context.Canceled, errHeld)) != exitTempFail {
		t.Error("a held folder has no status of its own")
	}
}

func TestSetupLinksAndTokensAreMadeBesideARunningMoorage(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "serve")
	base := p.says(`(http://127\.0\.0\.1:\d+)/setup\?code=`)[1]
	link := start(t, data, "setup-link", "-url", base)
	if link.exit() != 0 {
		t.Fatal(link.stderr)
	}
	if status, _ := get(t, strings.TrimSpace(link.stdout.String())); status != 200 {
		t.Errorf("%s answers %d", link.stdout, status)
	}
	token := start(t, data, "token", "create", "-name", "ci", "-expires", "24h", "-scope", "weather/* */get_*")
	if token.exit() != 0 || !regexp.MustCompile(`^moor_[a-z2-7]+\n$`).MatchString(token.stdout.String()) {
		t.Errorf("%s%s", token.stdout, token.stderr)
	}
	for range 2 { // the operator is made once
		if token := start(t, data, "token", "create", "--operator", "--name", "ci"); token.exit() != 0 || token.stderr.String() != "" {
			t.Errorf("%s%s", token.stdout, token.stderr)
		}
	}
	if stranger := start(t, data, "token", "create", "-name", "ci", "-user", "nobody"); stranger.exit() != 1 {
		t.Errorf("%s%s", stranger.stdout, stranger.stderr)
	}
}

func TestATokenOfTheOperatorNeedsNoBrowserAndNoDataFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new")
	made := start(t, data, "token", "create", "--operator", "--name", "ci")
	if made.exit() != 0 || made.stderr.String() != "A new data folder was begun in "+data+".\n" {
		t.Fatalf("%s%s", made.stdout, made.stderr)
	}
	token, rest, _ := strings.Cut(made.stdout.String(), "\n")
	if rest != "" {
		t.Errorf("more than the token stands on stdout: %q", rest)
	}
	p := start(t, data, "serve")
	base := p.says(`Moorage runs at (http://127\.0\.0\.1:\d+)`)[1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+deploymentPath(moorage.NewDeploymentID(time.Now())), nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := (&http.Client{}).Do(req)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound { // there is none; without the token it would be 401
		t.Errorf("the token is answered with %s", res.Status)
	}
}

func TestTheOperatorIsMadeOnceHoweverManyAsk(t *testing.T) {
	data := t.TempDir()
	start(t, data, "serve").says(`/setup\?code=`)
	var asking []*moorageProcess
	for n := range 6 {
		asking = append(asking, start(t, data, "token", "create", "--operator", "--name", fmt.Sprint("ci", n)))
	}
	for _, p := range asking {
		if p.exit() != 0 {
			t.Errorf("%s%s", p.stdout, p.stderr)
		}
	}
	db, err := store.OpenToRead(data, time.Now)
	must(t, err)
	defer db.Close()
	if all, err := db.Users(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("there are %d operators, %v", len(all), err)
	}
}
