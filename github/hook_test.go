package github_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"moorage"
	"moorage/github"
	"moorage/github/githubtest"
)

// heard is the body of the last push that GitHub delivered to nobody.
func heard(t *testing.T, hub *githubtest.Server) moorage.Push {
	t.Helper()
	all := hub.Deliveries()
	p, err := github.Hook{}.ParsePush(all[len(all)-1].Body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPushIsReadAsGitHubTellsIt(t *testing.T) {
	hub, _ := connect(t, github.Options{})
	hub.AddRepository("acme", "weather", map[string]string{"a": "1", "b": "1", "c": "1"}, githubtest.Repository{DefaultBranch: "trunk"})
	hub.AddHook("acme", "weather", "http://127.0.0.1:1", "")
	commit := hub.Push("acme", "weather", "trunk", "Change\n\n[skip deploy]", map[string]string{"a": "2", "b": "", "d/e": "1"})
	p := heard(t, hub)
	want := moorage.Push{
		RepositoryID: hub.RepositoryID("acme", "weather"), Repository: "acme/weather", CloneURL: hub.CloneURL("acme", "weather"), DefaultBranch: "trunk",
		Ref: "refs/heads/trunk", Commit: commit, Message: "Change\n\n[skip deploy]", By: "octocat", Paths: []string{"d/e", "a", "b"}, Complete: true,
	}
	if fmt.Sprint(p) != fmt.Sprint(want) || p.Branch() != "trunk" {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	hub.Push("acme", "weather", "new", "New", map[string]string{"x": "1"})
	if p := heard(t, hub); p.Complete || p.Branch() != "new" {
		t.Errorf("a new branch: %+v", p)
	}
	hub.ForcePush("acme", "weather", "trunk", commit)
	if p := heard(t, hub); p.Complete || p.Commit != commit {
		t.Errorf("by force: %+v", p)
	}
	hub.PushTag("acme", "weather", "v1", commit)
	if p := heard(t, hub); p.Branch() != "" || p.Ref != "refs/tags/v1" {
		t.Errorf("a tag: %+v", p)
	}
	hub.DeleteBranch("acme", "weather", "new")
	if p := heard(t, hub); p.Commit != "" || p.Branch() != "new" {
		t.Errorf("a deletion: %+v", p)
	}
}

func TestManyCommitsMayNotSayAllThatChanged(t *testing.T) {
	body := seed(t)
	for n, want := range map[int]bool{1: true, 19: true, 20: false, 2048: false} {
		var p map[string]any
		if err := json.Unmarshal(body, &p); err != nil {
			t.Fatal(err)
		}
		commits := p["commits"].([]any)
		for len(commits) < n {
			commits = append(commits, commits[0])
		}
		p["commits"] = commits
		many, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if push, err := (github.Hook{}).ParsePush(many); err != nil || push.Complete != want {
			t.Errorf("%d commits: complete %v, %v", n, push.Complete, err)
		}
	}
}

func seed(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/push.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWhatIsNoPushIsRefused(t *testing.T) {
	good := string(seed(t))
	for _, bad := range []string{
		"", "null", "[]", "{}", `{"ref":7}`, "payload=%7B%7D", good + "x",
		strings.Replace(good, `"id": 186853002`, `"id": -1`, 1),
		strings.Replace(good, `"id": 186853002`, `"id": "1"`, 1),
		strings.Replace(good, `"acme/weather"`, `"../../weather"`, 1),
		strings.Replace(good, `"https://github.com/acme/weather.git"`, `"https://ada:pw@github.com/acme/weather.git"`, 1),
		strings.Replace(good, `"https://github.com/acme/weather.git"`, `"file:///etc"`, 1),
		strings.Replace(good, `"refs/heads/main"`, `"main"`, 1),
		strings.Replace(good, `"refs/heads/main"`, `"refs/heads/\u001b[31m"`, 1),
		strings.Replace(good, `"after": "6113`, `"after": "--up`, 1),
	} {
		if p, err := (github.Hook{}).ParsePush([]byte(bad)); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%.60s: %+v, %v", bad, p, err)
		}
	}
}

// FuzzParsePush holds that a push which is taken has a shape that the rest can
// rely on, whatever was sent.
func FuzzParsePush(f *testing.F) {
	body := seed(f)
	f.Add(body)
	f.Add([]byte(strings.Replace(string(body), `"message": "`, `"message": "x`+strings.Repeat("é", 3000), -1))) // cut within a letter
	for _, change := range [][2]string{
		{`"deleted": false`, `"deleted": true`}, {`"forced": false`, `"forced": true`}, {"refs/heads/main", "refs/tags/v1"},
		{`"head_commit": {`, `"head_commit": null, "x": {`}, {`"login": "ada"`, `"login": "<script>"`}, {`"fork": false`, `"fork": true`},
	} {
		f.Add([]byte(strings.Replace(string(body), change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := github.Hook{}.ParsePush(body)
		if err != nil {
			if moorage.ErrorCode(err) != moorage.Invalid || moorage.ErrorNext(err) == "" {
				t.Errorf("refused as %v", err)
			}
			return
		}
		if p.RepositoryID <= 0 || strings.Count(p.Repository, "/") != 1 || !strings.HasPrefix(p.Ref, "refs/") || len(p.Ref) > 1024 || len(p.Message) > 4096 || !utf8.ValidString(p.Message) || len(p.Paths) > 10_000 {
			t.Errorf("taken: %+v", p)
		}
		if n := len(p.Commit); n != 0 && n != 40 && n != 64 || strings.ContainsAny(p.By, "<> /") || strings.ContainsAny(p.Ref+p.CloneURL+p.DefaultBranch, "\x00\n\x1b") {
			t.Errorf("taken: %+v", p)
		}
	})
}
