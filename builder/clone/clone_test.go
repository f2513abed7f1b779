package clone

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
)

// TestMain is also the worker, as main is in the real binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == WorkerArgument {
		os.Exit(Worker(context.Background(), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// repository is a bare one that a test fills.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	r := &repository{t: t, dir: filepath.Join(t.TempDir(), "repo.git")}
	r.git(nil, "init", "--quiet", "--bare", "--initial-branch=main", r.dir)
	r.git(nil, "-C", r.dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	return r
}

// git runs the real one and returns what it printed.
func (r *repository) git(stdin []byte, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_DIR="+r.dir, "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func (r *repository) blob(content []byte) string {
	return r.git(content, "hash-object", "-w", "--stdin")
}

// tree writes one from lines such as "100644 blob <hash>\tname"; unlike git
// itself it takes any name and any mode.
func (r *repository) tree(entries ...string) string {
	var raw bytes.Buffer
	for _, e := range entries {
		head, name, _ := strings.Cut(e, "\t")
		fields := strings.Fields(head)
		fmt.Fprintf(&raw, "%s %s\x00", strings.TrimLeft(fields[0], "0"), name)
		for i := 0; i < 40; i += 2 {
			var b byte
			fmt.Sscanf(fields[2][i:i+2], "%02x", &b)
			raw.WriteByte(b)
		}
	}
	return r.git(raw.Bytes(), "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
}

// commit makes tree the tip of a branch.
func (r *repository) commit(branch, tree, message string) string {
	hash := r.git(nil, "commit-tree", "-m", message, tree)
	r.git(nil, "update-ref", "refs/heads/"+branch, hash)
	return hash
}

// commitFiles makes a commit of plain files.
func (r *repository) commitFiles(branch string, files map[string]string) string {
	var entries []string
	for name, content := range files {
		entries = append(entries, "100644 blob "+r.blob([]byte(content))+"\t"+name)
	}
	slices.SortFunc(entries, func(a, b string) int {
		return strings.Compare(a[strings.IndexByte(a, '\t'):], b[strings.IndexByte(b, '\t'):])
	})
	return r.commit(branch, r.tree(entries...), "Add files\n\nThe rest of the message.")
}

// serve gives the repository out over smart HTTP by the real git http-backend;
// with a token, only to those who send it.
func (r *repository) serve(token string) *httptest.Server {
	r.t.Helper()
	execPath := r.git(nil, "--exec-path")
	backend := &cgi.Handler{
		Path: filepath.Join(execPath, "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		user, password, _ := req.BasicAuth()
		if token != "" && (user != "x-access-token" || password != token) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "sign in", http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, req)
	}))
	r.t.Cleanup(server.Close)
	return server
}

// request asks for the repository at a server that plays GitHub.
func request(t *testing.T, server *httptest.Server) Request {
	return Request{URL: server.URL + "/repo.git", GitHubURL: server.URL, Dir: t.TempDir(), GitDir: t.TempDir()}
}

// clone runs and returns what was said on the way.
func run(t *testing.T, req Request) (moorage.Commit, string, error) {
	t.Helper()
	var progress bytes.Buffer
	commit, err := Run(t.Context(), req, &progress)
	return commit, progress.String(), err
}

func wantError(t *testing.T, err error, code moorage.Code, message string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", message)
	}
	if moorage.ErrorCode(err) != code || !strings.Contains(moorage.ErrorMessage(err), message) || moorage.ErrorNext(err) == "" {
		t.Errorf("got %s %q %q, want %s %q (%v)", moorage.ErrorCode(err), moorage.ErrorMessage(err), moorage.ErrorNext(err), code, message, err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestABranchATagAndACommitAreCloned(t *testing.T) {
	r := newRepository(t)
	first := r.commitFiles("main", map[string]string{"file": "one"})
	r.git(nil, "tag", "-a", "-m", "a release", "v1", first)
	second := r.commitFiles("feature/x", map[string]string{"file": "two"})
	third := r.commitFiles("feature/x", map[string]string{"file": "three"})
	server := r.serve("")
	for ref, want := range map[string]struct{ hash, content string }{
		"": {first, "one"}, "main": {first, "one"}, "v1": {first, "one"}, "refs/heads/main": {first, "one"},
		"feature/x": {third, "three"}, second: {second, "two"}, third: {third, "three"},
	} {
		req := request(t, server)
		req.Ref = ref
		commit, _, err := run(t, req)
		if err != nil {
			t.Errorf("%q: %v", ref, err)
			continue
		}
		if commit.Hash != want.hash || commit.Message != "Add files" || commit.Author != "Ada" {
			t.Errorf("%q: commit %+v, want %s", ref, commit, want.hash)
		}
		if got := read(t, req.Dir, "file"); got != want.content {
			t.Errorf("%q: content %q, want %q", ref, got, want.content)
		}
	}
	req := request(t, server)
	req.Ref = "no-such-branch"
	_, _, err := run(t, req)
	wantError(t, err, moorage.NotFound, "no branch or tag “no-such-branch”")
	req.Ref = strings.Repeat("1", 40)
	_, _, err = run(t, req)
	wantError(t, err, moorage.NotFound, "no commit 1111")
}

func TestAPrivateRepositoryNeedsTheToken(t *testing.T) {
	r := newRepository(t)
	r.commitFiles("main", map[string]string{"file": "private"})
	server := r.serve("the-right-token")
	req := request(t, server)
	_, _, err := run(t, req)
	wantError(t, err, moorage.NotFound, "was not found, or it is private")

	req.Token = "a-wrong-token"
	_, said, err := run(t, req)
	wantError(t, err, moorage.Forbidden, "did not accept your sign-in")
	if strings.Contains(err.Error()+said, req.Token) {
		t.Errorf("the token is in %q", err.Error()+said)
	}

	req.Token = "the-right-token"
	if _, _, err := run(t, req); err != nil {
		t.Fatal(err)
	}
	if read(t, req.Dir, "file") != "private" {
		t.Error("another file came")
	}
}

func TestARepositoryThatIsNotThereOrEmptySaysSo(t *testing.T) {
	r := newRepository(t)
	server := r.serve("")
	_, _, err := run(t, request(t, server))
	wantError(t, err, moorage.Invalid, "The repository is empty")
	req := request(t, server)
	req.URL = server.URL + "/another.git"
	_, _, err = run(t, req)
	wantError(t, err, moorage.NotFound, "was not found, or it is private")
}

func TestALocalRepositoryIsReadWhenThatIsAllowed(t *testing.T) {
	r := newRepository(t)
	hash := r.commitFiles("main", map[string]string{"file": "local"})
	req := Request{URL: "file://" + r.dir, Dir: t.TempDir(), GitDir: t.TempDir(), AllowLocal: true}
	commit, _, err := run(t, req)
	if err != nil || commit.Hash != hash || read(t, req.Dir, "file") != "local" {
		t.Errorf("%+v, %v", commit, err)
	}
	req.AllowLocal = false
	_, _, err = run(t, req)
	wantError(t, err, moorage.Invalid, "https only")
}

func TestAddressesThatAreNotCloned(t *testing.T) {
	r := newRepository(t)
	r.commitFiles("main", map[string]string{"file": "x"})
	server := r.serve("")
	for url, want := range map[string]struct {
		code    moorage.Code
		message string
	}{
		"https://token@github.com/a/b":                  {moorage.Invalid, "must not hold a user name"},
		"ssh://git@github.com/a/b":                      {moorage.Invalid, "must not hold a user name"},
		"http://example.com/a/b":                        {moorage.Invalid, "https only, not over http"},
		"ext::sh -c touch% /tmp/x":                      {moorage.Invalid, "not a repository's address"},
		"git://example.com/a/b":                         {moorage.Invalid, "https only, not over git"},
		"--upload-pack=x":                               {moorage.Invalid, "not a repository's address"},
		"https://github.com/a/b?x=y":                    {moorage.Invalid, "not a repository's address"},
		strings.Replace(server.URL, "http", "https", 1): {moorage.Forbidden, "not on the public internet"},
		"https://[::ffff:127.0.0.1]/a/b":                {moorage.Forbidden, "not on the public internet"},
		"https://169.254.169.254/a/b":                   {moorage.Forbidden, "not on the public internet"},
		"https://localhost/a/b":                         {moorage.Forbidden, "not on the public internet"},
	} {
		_, _, err := run(t, Request{URL: url, GitHubURL: "https://github.com", Dir: t.TempDir(), GitDir: t.TempDir()})
		t.Run(url, func(t *testing.T) { wantError(t, err, want.code, want.message) })
	}
}

func TestARedirectToAnotherHostIsNotFollowed(t *testing.T) {
	r := newRepository(t)
	r.commitFiles("main", map[string]string{"file": "x"})
	target := r.serve("")
	server := httptest.NewServer(http.RedirectHandler(target.URL+"/repo.git/info/refs?service=git-upload-pack", http.StatusFound))
	defer server.Close()
	_, _, err := run(t, request(t, server))
	wantError(t, err, moorage.Invalid, "another host")
}

func TestALinkAModeAndAFileAreWrittenAsTheyAre(t *testing.T) {
	r := newRepository(t)
	blob := r.blob([]byte("#!/bin/tool"))
	sub := r.tree("100755 blob "+blob+"\trun", "120000 blob "+r.blob([]byte("../file"))+"\tup")
	r.commit("main", r.tree("100644 blob "+blob+"\tfile", "120000 blob "+r.blob([]byte("sub/run"))+"\tlink", "040000 tree "+sub+"\tsub"), "x")
	req := request(t, r.serve(""))
	if _, _, err := run(t, req); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"file": 0o644, "sub/run": 0o755} {
		if info, err := os.Lstat(filepath.Join(req.Dir, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s is %v, %v", name, info, err)
		}
	}
	for name, target := range map[string]string{"link": "sub/run", "sub/up": "../file"} {
		if got, err := os.Readlink(filepath.Join(req.Dir, name)); err != nil || got != target {
			t.Errorf("%s leads to %q, %v", name, got, err)
		}
	}
}

func TestWhatAHostileTreeBringsIsLeftOut(t *testing.T) {
	r := newRepository(t)
	blob := r.blob([]byte("x"))
	hooks := r.tree("100755 blob " + blob + "\tpost-checkout")
	link := func(target, name string) string { return "120000 blob " + r.blob([]byte(target)) + "\t" + name }
	deep := r.tree(link("../..", "top")) // the root, seen from a/b
	a := r.tree("040000 tree " + deep + "\tb")
	r.commit("main", r.tree(
		"040000 tree "+hooks+"\t.GIT", "040000 tree "+hooks+"\t.git", link("/etc", "absolute"), "040000 tree "+a+"\ta",
		link("a/b/top/../..", "chain"), link(".git/config", "config"), "100644 blob "+blob+"\tfile",
		"040000 tree "+hooks+"\tgit~1", link("loop", "loop"), "160000 commit "+strings.Repeat("1", 40)+"\tmodule", link("../x", "up"),
	), "x")
	req := request(t, r.serve(""))
	_, said, err := run(t, req)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	err = filepath.WalkDir(req.Dir, func(p string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(p, req.Dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"", "/a", "/a/b", "/a/b/top", "/file"}; !slices.Equal(names, want) {
		t.Errorf("written: %q, want %q", names, want)
	}
	for _, name := range []string{".GIT", ".git", "absolute", "chain", "config", "git~1", "loop", "module", "up"} {
		if !strings.Contains(said, name+" is left out") {
			t.Errorf("nothing is said about %s in %q", name, said)
		}
	}
}

func TestNamesThatMeanAPathAreRefused(t *testing.T) {
	for _, name := range []string{"..", ".", "a/b", "../x", `a\b`, "a\nb", strings.Repeat("n", 300)} {
		r := newRepository(t)
		r.commit("main", r.tree("100644 blob "+r.blob([]byte("x"))+"\t"+name), "x")
		req := request(t, r.serve(""))
		if _, _, err := run(t, req); err == nil {
			t.Errorf("%q was written", name)
		}
		if entries, err := os.ReadDir(req.Dir); err != nil || len(entries) > 0 {
			t.Errorf("%q left %v, %v", name, entries, err)
		}
	}
}

func TestATreeBombIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	r := newRepository(t)
	entry := "100644 blob " + r.blob([]byte("x"))
	for range 10 {
		var entries []string
		for i := range 10 {
			entries = append(entries, fmt.Sprintf("%s\tf%d", entry, i))
		}
		entry = "040000 tree " + r.tree(entries...)
	}
	r.commit("main", strings.Fields(entry)[2], "ten billion files")
	req := request(t, r.serve(""))
	_, _, err := run(t, req)
	wantError(t, err, moorage.Limited, "the number of its files is 11111111111")
	if entries, err := os.ReadDir(req.Dir); err != nil || len(entries) > 0 {
		t.Errorf("written: %v, %v", entries, err)
	}
}

func TestEachLimitIsNamedWithItsFigure(t *testing.T) {
	r := newRepository(t)
	noise := make([]byte, 300<<10)
	rand.Read(noise)
	deep := "100644 blob " + r.blob(noise) + "\tnoise"
	for range 5 {
		deep = "040000 tree " + r.tree(deep) + "\td"
	}
	r.commit("main", r.tree("100644 blob "+r.blob([]byte("x"))+"\ta", deep), "x")
	server := r.serve("")
	for message, limits := range map[string]Limits{
		"the number of its files is 8, and at most 3 is allowed":           {Files: 3},
		"the size of its files is 300.0 KiB, and at most 100.0 KiB":        {TreeBytes: 100 << 10},
		"its file “noise” is 300.0 KiB, and at most 200.0 KiB":             {FileBytes: 200 << 10},
		"the depth of its folders is more, and at most 4 is allowed":       {Depth: 4},
		"what the Git host sends is more, and at most 50.0 KiB is allowed": {Transfer: 50 << 10},
	} {
		req := request(t, server)
		req.Limits = limits
		_, _, err := run(t, req)
		wantError(t, err, moorage.Limited, message)
	}
}

// stall answers the first bytes and then nothing until the client is gone.
func stall(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprint(w, "001e# service=git-upload-pack\n")
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server
}

func TestAHostThatDripsIsGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprint(w, "001e# service=git-upload-pack\n0000fff0")
		for tick := time.Tick(10 * time.Millisecond); ; {
			select {
			case <-req.Context().Done():
				return
			case <-tick:
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
			}
		}
	}))
	defer server.Close()
	for _, s := range []*httptest.Server{server, stall(t)} {
		req := request(t, s)
		req.Limits = Limits{Window: 500 * time.Millisecond, Rate: 10 << 10}
		_, _, err := run(t, req)
		wantError(t, err, moorage.Unavailable, "sends too slowly")
	}
}

func TestTheWallTimeEndsTheChild(t *testing.T) {
	req := request(t, stall(t))
	req.Limits = Limits{Wall: 500 * time.Millisecond}
	_, _, err := run(t, req)
	wantError(t, err, moorage.Limited, "The clone took longer than 500ms")
}

func TestCancellingEndsTheChild(t *testing.T) {
	began := make(chan struct{}, 1)
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began <- struct{}{}
		<-req.Context().Done() // the connection ends with the process
		close(gone)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := Run(ctx, request(t, server), &bytes.Buffer{})
		done <- err
	}()
	<-began
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled clone succeeded")
	}
	<-gone
}

func TestMemoryIsLimited(t *testing.T) {
	r := newRepository(t)
	r.commit("main", r.tree("100644 blob "+r.blob(make([]byte, 300<<20))+"\tzeros"), "a bomb that inflates a thousandfold")
	req := request(t, r.serve(""))
	req.Limits = Limits{Memory: 100 << 20, FileBytes: 1 << 30, TreeBytes: 1 << 30}
	_, said, err := run(t, req)
	if err == nil {
		t.Fatal("a file of 300 MiB was written")
	}
	wantError(t, err, moorage.Limited, "needs more memory")
	if len(said) > 4096 || strings.Contains(said, "goroutine ") {
		t.Errorf("the dying child said %q", said)
	}
}

func TestTheWorkerRefusesWhatIsNoRequest(t *testing.T) {
	if code := Worker(t.Context(), strings.NewReader("not JSON"), &bytes.Buffer{}, &bytes.Buffer{}); code != 2 {
		t.Errorf("exit code %d", code)
	}
}
