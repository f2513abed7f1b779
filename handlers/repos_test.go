package handlers

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/github/githubtest"
)

// picker is a site with ada signed in over GitHub, who sees n repositories.
func picker(t *testing.T, n int) (*site, *visitor) {
	t.Helper()
	s := newSite(t)
	for i := range n {
		s.hub.AddRepository("acme", fmt.Sprintf("repo-%03d", i), nil, githubtest.Repository{
			PushedAt: s.clock().Add(-time.Duration(i) * time.Hour), Private: i%2 == 0, Description: fmt.Sprintf("Number %d", i),
		})
	}
	s.reachable()
	must(t, s.db.AddAccessRule(t.Context(), moorage.AccessRule{Kind: moorage.AccessUser, Name: "ada", CreatedBy: s.admin.ID, CreatedAt: s.clock()}))
	v := s.visitor()
	if status, body, _ := v.signIn("ada"); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, short(body))
	}
	return s, v
}

var repoLink = regexp.MustCompile(`href="/repos/acme/(repo-\d+)"`)

func listed(body string) []string {
	var names []string
	for _, m := range repoLink.FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestThePickerShowsAllPagesNewestFirst(t *testing.T) {
	_, v := picker(t, 120)
	var all []string
	for path := "/repos"; path != ""; {
		status, body, _ := v.visit("GET", path, nil)
		if status != 200 || !strings.Contains(body, "120 repositories") {
			t.Fatalf("%d %s", status, short(body))
		}
		all = append(all, listed(body)...)
		next := regexp.MustCompile(`"(/repos\?[^"]*page=\d+[^"]*)"`).FindStringSubmatch(body)
		if path = ""; next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if len(all) != 120 || all[0] != "repo-000" || all[119] != "repo-119" {
		t.Errorf("%d: %v", len(all), all)
	}
	for query, want := range map[string]int{"q=repo-01": 10, "q=NUMBER+7": 11, "owner=acme": 50, "owner=nobody": 0, "q=nothing": 0} {
		if _, body, _ := v.visit("GET", "/repos?"+query, nil); len(listed(body)) != want {
			t.Errorf("%s lists %d, want %d", query, len(listed(body)), want)
		}
	}
}

func TestWhatWasUsedBeforeIsFirstOfAll(t *testing.T) {
	s, v := picker(t, 120)
	used := s.addServer("old", s.owner)
	used.Source.RepoURL = s.hub.URL + "/acme/Repo-117.git"
	must(t, s.db.UpdateServer(t.Context(), used))
	_, body, _ := v.visit("GET", "/repos", nil)
	if names := listed(body); len(names) != 50 || names[0] != "repo-117" || names[1] != "repo-000" {
		t.Errorf("%v", names)
	}
	_, body, _ = v.visit("GET", "/repos?page=3", nil)
	for _, name := range listed(body) {
		if name == "repo-117" {
			t.Error("it is there twice")
		}
	}
}

func TestThePickerAsksGitHubAgainWhenTold(t *testing.T) {
	s, v := picker(t, 1)
	v.visit("GET", "/repos", nil)
	s.hub.AddRepository("acme", "repo-900", nil, githubtest.Repository{})
	if _, body, _ := v.visit("GET", "/repos", nil); len(listed(body)) != 1 {
		t.Error("GitHub was asked again for nothing")
	}
	if status, _, to := v.visit("POST", "/repos/refresh", map[string][]string{"q": {"repo"}, "owner": {"acme"}}); status != http.StatusSeeOther || to != "/repos?owner=acme&q=repo" {
		t.Errorf("%d to %s", status, to)
	}
	if _, body, _ := v.visit("GET", "/repos", nil); len(listed(body)) != 2 {
		t.Error("it is not refreshed")
	}
	s.hub.Fail(githubtest.Down, "/")
	if status, body, _ := v.visit("POST", "/repos/refresh", nil); status != 200 || !strings.Contains(body, "GitHub has trouble of its own") {
		t.Errorf("%d %s", status, short(body))
	}
	if _, body, _ := v.visit("GET", "/repos", nil); len(listed(body)) != 2 {
		t.Error("a failed refresh took the list away")
	}
}

func TestEveryTroubleOfGitHubIsSaidWithAWayOn(t *testing.T) {
	for _, tt := range []struct {
		name    string
		trouble func(*site)
		says    []string
	}{
		{"down", func(s *site) { s.hub.Fail(githubtest.Down, "/") }, []string{"GitHub has trouble of its own", "deploy any Git URL", "Try again"}},
		{"half an answer", func(s *site) { s.hub.Fail(githubtest.HalfBody, "/") }, []string{"broke off or cannot be read", "Try again"}},
		{"limited", func(s *site) { s.hub.Fail(githubtest.Limited, "/") }, []string{"no more requests of yours until", "Try again"}},
		{"slow down", func(s *site) { s.hub.Fail(githubtest.Secondary, "/") }, []string{"asks us to slow down", "60 seconds"}},
		{"revoked", func(s *site) { s.hub.Revoke("ada") }, []string{"GitHub no longer accepts your sign-in.", "Sign in with GitHub", "/auth/github?next=%2Frepos"}},
		{"not connected", func(s *site) { must(s.t, s.auth.Disconnect(s.t.Context())) }, []string{"This Moorage is not connected to GitHub yet."}},
		{"gone", func(s *site) { s.hub.Close() }, []string{"GitHub cannot be reached", "Try again"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, v := picker(t, 1)
			tt.trouble(s)
			status, body, _ := v.visit("GET", "/repos", nil)
			if status != 200 || !strings.Contains(body, `name="url"`) {
				t.Errorf("%d: no way around: %s", status, short(body))
			}
			for _, text := range tt.says {
				if !strings.Contains(body, text) {
					t.Errorf("%q is not said: %s", text, body)
				}
			}
			if status, body, _ := v.visit("GET", "/repos/acme/repo-000?wait=1", nil); status != 200 || tt.name != "not connected" && !strings.Contains(body, "Choose another repository") {
				t.Errorf("its plan answers %d %s", status, short(body))
			}
		})
	}
}

func TestWhoHasNoGitHubIsToldHowToGetOne(t *testing.T) {
	s := newSite(t)
	exchange{URL: "/repos", As: browser(s.owner), ExpectedStatus: 200, ExpectedContent: []string{"Your account is not connected with GitHub yet.", "Sign in with GitHub", `name="url"`}}.test(t, s)
	must(t, s.auth.Disconnect(t.Context()))
	exchange{Name: "an admin", URL: "/repos", As: browser(s.admin), ExpectedStatus: 200, ExpectedContent: []string{"Connect GitHub", "/admin/github"}}.test(t, s)
	exchange{Name: "a member", URL: "/repos", As: browser(s.owner), ExpectedStatus: 200, Absent: []string{"/admin/github"}}.test(t, s)
}

func TestAPlanOfGitHubOffersItsBranches(t *testing.T) {
	s, v := picker(t, 0)
	s.planner.plan = weatherPlan
	s.hub.AddRepository("acme", "repo-001", map[string]string{"Dockerfile": "FROM scratch\n"}, githubtest.Repository{DefaultBranch: "trunk", Private: true})
	s.hub.Commit("acme", "repo-001", "rain", "Rain", map[string]string{"x": "y"})
	status, body, _ := v.visit("GET", "/repos/acme/repo-001?wait=1", nil)
	for _, text := range []string{"trunk", "default branch", "rain", "Builds deep/Dockerfile"} {
		if status != 200 || !strings.Contains(body, text) {
			t.Errorf("%d lacks %s: %s", status, text, short(body))
		}
	}
	if s.planner.asked.Ref != "trunk" || s.planner.asked.RepoURL != s.hub.URL+"/acme/repo-001.git" {
		t.Errorf("planned %+v", s.planner.asked)
	}
	if _, body, _ := v.visit("GET", "/repos/acme/repo-001/holds", nil); !strings.Contains(body, "Dockerfile") {
		t.Error(short(body))
	}
}
