package githubtest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// bodyCap bounds what a git client may send, in bytes.
const bodyCap = 64 << 20

func (s *Server) gitDir(r *repository) string {
	return filepath.Join(s.dir, strings.ToLower(r.owner), strings.ToLower(r.name)+".git")
}

// initGit makes the bare repository. As on GitHub, any commit may be asked for
// by its hash, and trees may be left out of a clone.
func (s *Server) initGit(r *repository) error {
	dir := s.gitDir(r)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", r.fullName(), err)
	}
	files := map[string]string{
		"HEAD":   "ref: refs/heads/" + r.DefaultBranch + "\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = false\n[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n",
	}
	for _, folder := range []string{"objects", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return fmt.Errorf("make the folder of %s: %w", r.fullName(), err)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("write %s of %s: %w", name, r.fullName(), err)
		}
	}
	return nil
}

// Commit adds a commit to a branch, which begins here if it is new, and returns
// its hash. Files that are not named stay as they were; "" as content removes one.
func (s *Server) Commit(owner, name, branch, message string, files map[string]string) string {
	hash, err := s.commit(owner, name, branch, message, files)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	return hash
}

func (s *Server) commit(owner, name, branch, message string, files map[string]string) (string, error) {
	r, err := s.find(owner, name)
	if err != nil {
		return "", err
	}
	ref := "refs/heads/" + branch
	var in bytes.Buffer
	fmt.Fprintf(&in, "commit %s\ncommitter Octo Cat <octocat@example.com> %d +0000\n", ref, s.now().Unix())
	fmt.Fprintf(&in, "data %d\n%s\n", len(message), message)
	if parent := s.resolve(r, ref); parent != "" {
		fmt.Fprintf(&in, "from %s\n", parent)
	} else if parent := s.resolve(r, "HEAD"); parent != "" {
		fmt.Fprintf(&in, "from %s\n", parent)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if content := files[path]; content == "" {
			fmt.Fprintf(&in, "D %s\n", path)
		} else {
			fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", path, len(content), content)
		}
	}
	if _, err := s.runGit(s.gitDir(r), &in, "fast-import", "--quiet"); err != nil {
		return "", err
	}
	return s.resolve(r, ref), nil
}

// Tag names a commit: a hash or a branch.
func (s *Server) Tag(owner, name, tag, commit string) {
	r, err := s.find(owner, name)
	if err == nil {
		_, err = s.runGit(s.gitDir(r), nil, "update-ref", "refs/tags/"+tag, commit)
	}
	if err != nil {
		panic("githubtest: " + err.Error())
	}
}

// resolve returns the commit that a ref points to, or "".
func (s *Server) resolve(r *repository, ref string) string {
	out, err := s.runGit(s.gitDir(r), nil, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// runGit runs git in dir with nothing of this machine's configuration.
func (s *Server) runGit(dir string, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := exec.Command(s.git, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, s.gitEnv(), stdin
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, stderr.Bytes())
	}
	return out, nil
}

func (s *Server) gitEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}
}

// serveGit handles GET /{owner}/{name}/info/refs and POST …/git-upload-pack
// with git's own program. Whoever may not see a repository is asked who they are, and then
// told that there is none.
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request) {
	repo, err := s.find(r.PathValue("owner"), strings.TrimSuffix(r.PathValue("name"), ".git"))
	t, bad := s.holder(r)
	switch {
	case bad != nil, t == nil && (err != nil || repo.Private):
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Repository not found.", http.StatusUnauthorized)
		return
	case err != nil || !s.mayRead(t, repo):
		http.Error(w, "Repository not found.", http.StatusNotFound)
		return
	}
	// CGI has no chunked bodies, which git sends when they are long.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyCap))
	if err != nil {
		http.Error(w, "The request is too long.", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	prefix := "/" + r.PathValue("owner") + "/" + r.PathValue("name")
	handler := cgi.Handler{
		Path: s.backend,
		Root: prefix,
		Dir:  s.dir,
		Env: append(s.gitEnv(),
			"GIT_PROJECT_ROOT="+s.gitDir(repo), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=",
		),
		Stderr: io.Discard,
	}
	handler.ServeHTTP(w, r)
}
