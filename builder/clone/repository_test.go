package clone

import (
	"bytes"
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

	"moorage"
)

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

// run clones and returns what was said on the way.
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
