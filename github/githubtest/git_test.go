package githubtest_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"moorage/github/githubtest"
)

// clone runs the real git, with token in the way that git sends it, and returns what it says.
func clone(t *testing.T, address, token string) (dir, said string, err error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "clone")
	if token != "" {
		address = strings.Replace(address, "http://", "http://x-access-token:"+token+"@", 1)
	}
	cmd := exec.Command("git", "clone", "--quiet", "--depth=1", address, dir)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	return dir, string(out), err
}

func TestGitClonesWhatTheTokenMaySee(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{})
	hub.AddUser("octocat", 1, "acme")
	hub.AddUser("stranger", 2)
	files := map[string]string{"Dockerfile": "FROM scratch\n", "src/main.go": "package main\n"}
	hub.AddRepository("acme", "open", files, githubtest.Repository{})
	hub.AddRepository("acme", "closed", files, githubtest.Repository{Private: true})
	revoked := hub.Token("octocat")
	hub.Revoke("octocat")
	for _, tt := range []struct {
		name, repo, token string
		ok                bool
	}{
		{"public, nobody", "open", "", true},
		{"public, somebody", "open", hub.Token("stranger"), true},
		{"private, nobody", "closed", "", false},
		{"private, a member", "closed", hub.Token("octocat"), true},
		{"private, a stranger", "closed", hub.Token("stranger"), false},
		{"private, revoked", "closed", revoked, false},
		{"private, an App that is not installed", "closed", hub.AppToken("octocat"), false},
		{"absent", "absent", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, said, err := clone(t, hub.CloneURL("acme", tt.repo), tt.token)
			if (err == nil) != tt.ok {
				t.Fatalf("%v: %s", err, said)
			}
			if !tt.ok {
				return
			}
			for path, want := range files {
				if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(got) != want {
					t.Errorf("%s holds %q, %v", path, got, err)
				}
			}
		})
	}
}

func TestACommitIsFetchedByItsHash(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{})
	hub.AddRepository("acme", "weather", map[string]string{"a": "1", "b": "1"}, githubtest.Repository{})
	first := hub.Commit("acme", "weather", "main", "Second", map[string]string{"a": "2", "b": ""})
	hub.Commit("acme", "weather", "main", "Third", map[string]string{"a": "3"})
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "--quiet"}, {"fetch", "--quiet", "--depth=1", hub.CloneURL("acme", "weather"), first}, {"checkout", "--quiet", "FETCH_HEAD"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", args[0], err, out)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(got) != "2" {
		t.Errorf("a holds %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "b")); err == nil {
		t.Error("b is still there")
	}
}

func TestGitTakesABearerToken(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{})
	hub.AddUser("octocat", 1)
	hub.AddRepository("octocat", "closed", map[string]string{"a": "1"}, githubtest.Repository{Private: true})
	for header, want := range map[string]int{
		"Bearer " + hub.Token("octocat"): http.StatusOK,
		"token " + hub.Token("octocat"):  http.StatusOK,
		"Bearer gho_none":                http.StatusUnauthorized,
		"":                               http.StatusUnauthorized,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, hub.CloneURL("octocat", "closed")+"/info/refs?service=git-upload-pack", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: %d, want %d", header, resp.StatusCode, want)
		}
	}
}

func TestAPushIsRefused(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{})
	hub.AddUser("octocat", 1)
	hub.AddRepository("octocat", "weather", map[string]string{"a": "1"}, githubtest.Repository{})
	dir, said, err := clone(t, hub.CloneURL("octocat", "weather"), hub.Token("octocat"))
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	push := exec.Command("git", "push", "--quiet", "origin", "HEAD:refs/heads/other")
	push.Dir = dir
	if out, err := push.CombinedOutput(); err == nil {
		t.Errorf("a push went through: %s", out)
	}
}
