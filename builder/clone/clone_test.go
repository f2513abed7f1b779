package clone

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"moorage"
)

// TestMain is also the worker, as main is in the real binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == WorkerArgument {
		os.Exit(Worker(context.Background(), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestABranchATagAndACommitAreCloned(t *testing.T) {
	r := newRepository(t)
	first := r.commitFiles("main", map[string]string{"file": "one"})
	r.git(nil, "tag", "-a", "-m", "a release", "v1", first)
	second := r.commitFiles("feature/x", map[string]string{"file": "two"})
	third := r.commitFiles("feature/x", map[string]string{"file": "three"})
	server := r.serve("")
	for ref, want := range map[string]struct{ hash, ref, content string }{
		"": {first, "main", "one"}, "main": {first, "main", "one"}, "v1": {first, "v1", "one"}, "refs/heads/main": {first, "main", "one"},
		"feature/x": {third, "feature/x", "three"}, second: {second, "", "two"}, third: {third, "", "three"},
	} {
		req := request(t, server)
		req.Ref = ref
		commit, _, err := run(t, req)
		if err != nil {
			t.Errorf("%q: %v", ref, err)
			continue
		}
		if commit.Hash != want.hash || commit.Ref != want.ref || commit.Message != "Add files" || commit.Author != "Ada" {
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

func TestTheWorkerRefusesWhatIsNoRequest(t *testing.T) {
	if code := Worker(t.Context(), strings.NewReader("not JSON"), &bytes.Buffer{}, &bytes.Buffer{}); code != 2 {
		t.Errorf("exit code %d", code)
	}
}

func TestACheckRunsAChildAndAsksItForNothing(t *testing.T) {
	if err := Check(t.Context(), t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := Check(t.Context(), "/nonexistent"); err == nil {
		t.Error("a child ran in a folder that is not there")
	}
}
