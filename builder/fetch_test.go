package builder

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
)

func fetch(t *testing.T, e *Engine, src moorage.Source) (dir string, _ moorage.Commit, said string, _ error) {
	t.Helper()
	dir = t.TempDir()
	progress := newRecord()
	commit, err := e.Fetch(t.Context(), Fetch{Source: src, Dir: dir}, progress.Begin("Clone", time.Now()), progress)
	return dir, commit, progress.all(), err
}

func TestFetchClonesAndSaysWhich(t *testing.T) {
	repo := t.TempDir()
	writeFiles(t, repo, map[string]string{"file": "content"})
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"}, {"add", "."},
		{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "Begin"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = repo
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	temp := t.TempDir()
	e := newEngine(t, Options{AllowLocal: true, TempDir: temp})
	dir, commit, said, err := fetch(t, e, moorage.Source{RepoURL: "file://" + repo})
	if err != nil {
		t.Fatal(err)
	}
	if commit.Message != "Begin" || commit.Author != "Ada" || !strings.Contains(said, commit.Hash) {
		t.Errorf("%+v\n%s", commit, said)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAnExampleIsASource(t *testing.T) {
	files := fstest.MapFS{"Dockerfile": {Data: []byte("FROM scratch\n")}, "dist/server": {Data: []byte("program")}}
	e := newEngine(t, Options{Examples: func(name string) (fs.FS, error) {
		if name != "hello" {
			return nil, fs.ErrNotExist
		}
		return files, nil
	}})
	source := moorage.Source{Origin: moorage.OriginExample, RepoURL: "example:hello"}
	dir, first, _, err := fetch(t, e, source)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "dist", "server")); err != nil || string(content) != "program" {
		t.Errorf("%q, %v", content, err)
	}
	if len(first.Hash) != 40 || first.Message != "The example that Moorage carries" || first.Author != "Moorage" {
		t.Errorf("%+v", first)
	}
	if _, again, _, err := fetch(t, e, source); err != nil || again != first {
		t.Errorf("%+v, %v", again, err)
	}
	files["dist/server"].Data = []byte("another program")
	if _, other, _, err := fetch(t, e, source); err != nil || other.Hash == first.Hash {
		t.Errorf("%+v, %v", other, err)
	}
	_, _, _, err = fetch(t, e, moorage.Source{RepoURL: "example:none"})
	wantError(t, err, moorage.NotFound, "carries no example called “none”")
}
