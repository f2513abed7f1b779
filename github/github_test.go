package github_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/github"
	"moorage/github/githubtest"
)

// connect starts a fake GitHub that knows octocat of acme, and a client for it.
func connect(t *testing.T, o github.Options) (*githubtest.Server, *github.Client) {
	t.Helper()
	hub := githubtest.New(t, githubtest.Options{})
	hub.AddUser("octocat", 1, "acme")
	o.WebURL, o.APIURL = hub.URL, hub.APIURL
	client, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return hub, client
}

func TestRepositoriesAreAllPagesNewestPushFirst(t *testing.T) {
	hub, client := connect(t, github.Options{})
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 250 {
		owner := []string{"octocat", "acme"}[i%2]
		hub.AddRepository(owner, fmt.Sprintf("repo-%03d", i), nil, githubtest.Repository{
			PushedAt: began.Add(time.Duration((i*97)%250) * time.Hour),
			Private:  i%3 == 0,
		})
	}
	hub.AddRepository("stranger", "secret", nil, githubtest.Repository{Private: true})
	list, err := client.Repositories(t.Context(), hub.Token("octocat"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 250 {
		t.Fatalf("%d repositories, want 250", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b moorage.Repository) int { return b.PushedAt.Compare(a.PushedAt) }) {
		t.Error("the newest push is not first")
	}
	if got := len(hub.Requests()); got != 3 {
		t.Errorf("%d requests, want one for each of 3 pages", got)
	}
}

func TestRepositoriesAreCachedForAMinuteAndRefreshed(t *testing.T) {
	now := time.Now()
	hub, client := connect(t, github.Options{Now: func() time.Time { return now }})
	token := hub.Token("octocat")
	hub.AddRepository("octocat", "one", nil, githubtest.Repository{})
	count := func(load func(context.Context, string) ([]moorage.Repository, error), want int) {
		t.Helper()
		list, err := load(t.Context(), token)
		if err != nil || len(list) != want {
			t.Fatalf("%d repositories, %v; want %d", len(list), err, want)
		}
	}
	count(client.Repositories, 1)
	hub.AddRepository("octocat", "two", nil, githubtest.Repository{})
	count(client.Repositories, 1)
	count(client.Refresh, 2)
	hub.AddRepository("octocat", "three", nil, githubtest.Repository{})
	now = now.Add(59 * time.Second)
	count(client.Repositories, 2)
	now = now.Add(time.Second)
	count(client.Repositories, 3)

	hub.AddUser("hubot", 2)
	if list, err := client.Repositories(t.Context(), hub.Token("hubot")); err != nil || len(list) != 0 {
		t.Errorf("hubot sees %d repositories of octocat, %v", len(list), err)
	}
}

func TestAnAppTokenSeesWhatTheAppIsInstalledFor(t *testing.T) {
	hub, client := connect(t, github.Options{})
	for i := range 120 {
		hub.AddRepository("acme", fmt.Sprintf("repo-%d", i), nil, githubtest.Repository{Private: true})
	}
	hub.AddRepository("octocat", "dotfiles", nil, githubtest.Repository{})
	token := hub.AppToken("octocat")
	if list, err := client.Repositories(t.Context(), token); err != nil || len(list) != 0 {
		t.Fatalf("%d repositories before the App is installed, %v", len(list), err)
	}
	hub.Install("acme")
	list, err := client.Refresh(t.Context(), token)
	if err != nil || len(list) != 120 {
		t.Fatalf("%d repositories, %v; want 120", len(list), err)
	}
	if i := slices.IndexFunc(list, func(r moorage.Repository) bool { return r.Owner != "acme" }); i >= 0 {
		t.Errorf("the list holds %s", list[i].FullName())
	}
}

func TestRepositoryHasWhatThePickerShows(t *testing.T) {
	hub, client := connect(t, github.Options{})
	pushed := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	hub.AddRepository("acme", "weather", nil, githubtest.Repository{
		Description: "Says if it rains", Language: "Go", DefaultBranch: "trunk", Private: true, PushedAt: pushed,
	})
	got, err := client.Repository(t.Context(), hub.Token("octocat"), "acme", "weather")
	if err != nil {
		t.Fatal(err)
	}
	want := moorage.Repository{
		ID: got.ID, Owner: "acme", Name: "weather", Description: "Says if it rains", Language: "Go", Private: true,
		DefaultBranch: "trunk", PushedAt: pushed,
		CloneURL: hub.CloneURL("acme", "weather"), HTMLURL: hub.URL + "/acme/weather",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestNamesThatAreNoneNeverReachGitHub(t *testing.T) {
	hub, client := connect(t, github.Options{})
	for _, name := range [][2]string{{"..", "user"}, {"a/b", "c"}, {"acme", ".."}, {"acme", "x?y"}, {"", "x"}, {"acme", "x%2fy"}} {
		if _, err := client.Repository(t.Context(), hub.Token("octocat"), name[0], name[1]); moorage.ErrorCode(err) != moorage.NotFound {
			t.Errorf("%q: %v, want NotFound", name, err)
		}
	}
	if got := hub.Requests(); len(got) != 0 {
		t.Errorf("asked for %q", got)
	}
}

func TestRefsBeginWithTheDefaultBranch(t *testing.T) {
	hub, client := connect(t, github.Options{})
	hub.AddRepository("octocat", "weather", map[string]string{"README.md": "hi"}, githubtest.Repository{DefaultBranch: "trunk"})
	tip := hub.Commit("octocat", "weather", "feature/rain", "Rain", map[string]string{"rain": "yes"})
	for i := range 130 {
		hub.Commit("octocat", "weather", fmt.Sprintf("a-%03d", i), "x", map[string]string{"x": fmt.Sprint(i)})
	}
	hub.Tag("octocat", "weather", "v1.0.0", tip)
	refs, err := client.Refs(t.Context(), hub.Token("octocat"), "octocat", "weather")
	if err != nil {
		t.Fatal(err)
	}
	if len(refs) != 133 || refs[0].Name != "trunk" {
		t.Fatalf("%d refs, the first is %q", len(refs), refs[0].Name)
	}
	for _, want := range []moorage.Ref{{Name: "feature/rain", Commit: tip}, {Name: "v1.0.0", Tag: true, Commit: tip}} {
		if !slices.Contains(refs, want) {
			t.Errorf("no %+v", want)
		}
	}
}

func TestAnEmptyRepositoryHasNoRefsAndHoldsNothing(t *testing.T) {
	hub, client := connect(t, github.Options{})
	hub.AddRepository("octocat", "empty", nil, githubtest.Repository{})
	token := hub.Token("octocat")
	if refs, err := client.Refs(t.Context(), token, "octocat", "empty"); err != nil || len(refs) != 0 {
		t.Errorf("refs %v, %v", refs, err)
	}
	if held, err := client.Holds(t.Context(), token, "octocat", "empty", ""); err != nil || len(held) != 0 {
		t.Errorf("holds %v, %v", held, err)
	}
}

func TestHoldsFindsWhatCanBeDeployed(t *testing.T) {
	files := map[string]string{
		"package.json": "{}", "Dockerfile": "FROM scratch\n", "smithery.yaml": "runtime: container\n", "README.md": "hi",
		"weather/Dockerfile": "FROM scratch\n", "a/b/Dockerfile": "FROM scratch\n", "weather/main.go": "package main\n", "api/go.mod": "module api\n",
	}
	root := []string{"smithery.yaml", "Dockerfile", "package.json"}
	whole := append(slices.Clone(root), "api/go.mod", "weather/Dockerfile")
	for _, tt := range []struct {
		name      string
		truncated bool
		ref       string
		want      []string
	}{
		{"the default branch", false, "", whole},
		{"a branch with a slash", false, "feature/rain", append(slices.Clone(whole[:3]), "api/go.mod", "rain/Dockerfile", "weather/Dockerfile")},
		{"a tree too large for one answer", true, "", root},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hub, client := connect(t, github.Options{})
			hub.AddRepository("octocat", "weather", files, githubtest.Repository{Truncated: tt.truncated})
			hub.Commit("octocat", "weather", "feature/rain", "Rain", map[string]string{"rain/Dockerfile": "FROM scratch\n"})
			got, err := client.Holds(t.Context(), hub.Token("octocat"), "octocat", "weather", tt.ref)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("holds %q, %v\nwant  %q", got, err, tt.want)
			}
		})
	}
}

func TestViewerAndOrganisations(t *testing.T) {
	hub, client := connect(t, github.Options{})
	var orgs []string
	for i := range 101 {
		orgs = append(orgs, fmt.Sprintf("org-%d", i))
	}
	hub.AddUser("joiner", 7, orgs...)
	token := hub.Token("joiner")
	who, err := client.Viewer(t.Context(), token)
	if err != nil || who.ID != 7 || who.Login != "joiner" || who.Name != "Joiner" || !strings.HasPrefix(who.AvatarURL, "https://") {
		t.Errorf("viewer %+v, %v", who, err)
	}
	if got, err := client.Organisations(t.Context(), token); err != nil || !slices.Equal(got, orgs) {
		t.Errorf("%d organisations, %v", len(got), err)
	}
}

func TestEveryFailureSaysWhatHappenedAndWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		spoil   func(*githubtest.Server)
		code    moorage.Code
		message string
		next    string
	}{
		{"slow", fail(githubtest.Slow), moorage.Unavailable, "did not answer within", "Try again"},
		{"5xx", fail(githubtest.Down), moorage.Unavailable, "answers 503", "in a minute"},
		{"half a body", fail(githubtest.HalfBody), moorage.Unavailable, "broke off", "Try again"},
		{"a body without end", fail(githubtest.HugeBody), moorage.Unavailable, "cannot be read", "Try again"},
		{"the primary limit", fail(githubtest.Limited), moorage.Limited, "until ", "Wait until then"},
		{"the secondary limit", fail(githubtest.Secondary), moorage.Limited, "slow down", "60 seconds"},
		{"a revoked token", func(s *githubtest.Server) { s.Revoke("octocat") }, moorage.Unauthenticated, "no longer accepts", "Sign in again"},
		{"refused", (*githubtest.Server).Close, moorage.Unavailable, "cannot be reached", "network"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := github.Options{}
			if tt.name == "slow" {
				o.Timeout = 100 * time.Millisecond
			}
			hub, client := connect(t, o)
			hub.AddRepository("octocat", "weather", nil, githubtest.Repository{})
			token := hub.Token("octocat")
			tt.spoil(hub)
			_, err := client.Repositories(t.Context(), token)
			if moorage.ErrorCode(err) != tt.code || !strings.Contains(moorage.ErrorMessage(err), tt.message) || !strings.Contains(moorage.ErrorNext(err), tt.next) {
				t.Errorf("%s: %q %q", moorage.ErrorCode(err), moorage.ErrorMessage(err), moorage.ErrorNext(err))
			}
			if strings.Contains(err.Error(), token) {
				t.Error("the error holds the token")
			}
			if got := errors.Is(err, moorage.ErrTokenRevoked); got != (tt.code == moorage.Unauthenticated) {
				t.Errorf("is ErrTokenRevoked: %t", got)
			}
		})
	}
}

func fail(kind githubtest.Fault) func(*githubtest.Server) {
	return func(s *githubtest.Server) { s.Fail(kind, "/") }
}

func TestAFailedRefreshLeavesTheCache(t *testing.T) {
	hub, client := connect(t, github.Options{})
	hub.AddRepository("octocat", "weather", nil, githubtest.Repository{})
	token := hub.Token("octocat")
	if _, err := client.Repositories(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	hub.Fail(githubtest.Down, "/user/repos")
	if _, err := client.Refresh(t.Context(), token); moorage.ErrorCode(err) != moorage.Unavailable {
		t.Errorf("refresh: %v", err)
	}
	if list, err := client.Repositories(t.Context(), token); err != nil || len(list) != 1 {
		t.Errorf("%d repositories, %v", len(list), err)
	}
}

func TestAnOrganisationsRestrictionsHaveAWayOn(t *testing.T) {
	hub, client := connect(t, github.Options{})
	hub.AddRepository("acme", "sso", nil, githubtest.Repository{SSO: true})
	hub.AddRepository("acme", "restricted", nil, githubtest.Repository{Restricted: true})
	for name, next := range map[string]string{"sso": hub.URL + "/orgs/acme/sso", "restricted": "configure access on GitHub"} {
		_, err := client.Repository(t.Context(), hub.Token("octocat"), "acme", name)
		if moorage.ErrorCode(err) != moorage.Forbidden || !strings.Contains(moorage.ErrorNext(err), next) {
			t.Errorf("%s: %v, next %q", name, err, moorage.ErrorNext(err))
		}
	}
	if _, err := client.Repository(t.Context(), hub.Token("octocat"), "acme", "absent"); moorage.ErrorCode(err) != moorage.NotFound {
		t.Errorf("absent: %v", err)
	}
}

func TestWhoLeavesIsToldNothing(t *testing.T) {
	hub, client := connect(t, github.Options{})
	hub.Fail(githubtest.Slow, "/")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := client.Repositories(ctx, hub.Token("octocat")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func TestGitHubIsAskedForItsTimeByNobody(t *testing.T) {
	_, client := connect(t, github.Options{})
	clock, err := client.Ping(t.Context())
	if err != nil || time.Since(clock).Abs() > time.Minute {
		t.Errorf("%s, %v", clock, err)
	}
}
