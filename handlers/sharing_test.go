package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"moorage"
	"moorage/handlers/api"
)

// share posts a form of the section Sharing, as the owner.
func (s *site) share(path string, form url.Values, status int, content ...string) {
	s.t.Helper()
	exchange{Method: "POST", URL: "/servers/weather/sharing" + path, Body: form, As: browser(s.owner), ExpectedStatus: status, ExpectedContent: content}.test(s.t, s)
}

func TestWhoASharedServerIsForSeesWhatCanBeCalledAndNothingBehind(t *testing.T) {
	s := newSite(t)
	must(t, s.db.SetVariable(t.Context(), s.server.ID, moorage.Variable{Name: "API_KEY", Required: true, UpdatedBy: s.owner.ID}))
	d := s.live(s.server)
	must(t, s.db.CreateInstance(t.Context(), moorage.Instance{ID: "ins_1", ServerID: s.server.ID, DeploymentID: d.ID, ContainerID: "c", Status: moorage.InstanceReady}))
	s.enqueue(s.server) // one is on its way
	behind := []string{"API_KEY", "/servers/weather/redeploy", "/servers/weather/stop", "/servers/weather/deployments", "/servers/weather/variables", "/servers/weather/settings", "/deployments/dep_", "ins_1", "on its way", "Deploying now", "/servers/weather/output"}
	for _, tt := range []struct {
		path  string
		shows []string
	}{
		{"/servers/weather", []string{"The weather", "owned by ada", "forecast", "/mcp/weather"}},
		{"/servers/weather/tools", []string{"owned by ada", "forecast", `data-ticket="/servers/weather/ticket"`}},
		{"/servers", []string{"The weather", "owned by ada"}},
		{"/search?q=weather", []string{"The weather"}},
		{"/", []string{"The weather", "owned by ada"}},
	} {
		exchange{Name: "shared with", URL: tt.path, As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: tt.shows, Absent: behind}.test(t, s)
		exchange{Name: "an admin", URL: tt.path, As: browser(s.admin), ExpectedStatus: ok, ExpectedContent: tt.shows}.test(t, s)
		exchange{Name: "the owner", URL: tt.path, As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"The weather"}, Absent: []string{"owned by ada"}}.test(t, s)
	}
	exchange{Name: "the owner", URL: "/servers/weather", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: behind[:7]}.test(t, s)
	exchange{URL: "/deployments", As: browser(s.guest), ExpectedStatus: ok, Absent: []string{"The weather"}}.test(t, s)
	exchange{Name: "another", URL: "/", As: browser(s.other), ExpectedStatus: ok, Absent: []string{"The weather"}}.test(t, s)
}

func TestAFailureOfASharedServerIsItsOwnersToMend(t *testing.T) {
	s := newSite(t)
	s.live(s.server)
	d := s.enqueue(s.server)
	must(t, s.db.EndDeployment(t.Context(), d.ID, moorage.StatusQueued, moorage.StatusFailed, moorage.Errorf(moorage.Invalid, "A secret was printed.")))
	for _, path := range []string{"/", "/servers", "/servers/weather"} {
		exchange{URL: path, As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: []string{"last deployment"}}.test(t, s)
		exchange{URL: path, As: browser(s.guest), ExpectedStatus: ok, ExpectedContent: []string{"The weather"}, Absent: []string{"last deployment", "A secret"}}.test(t, s)
	}
}

func TestSharingIsChosenOnTheSettingsPage(t *testing.T) {
	s := newSite(t)
	must(t, s.db.UnshareServer(t.Context(), s.server.ID, s.guest.ID))
	must(t, s.db.SetSharing(t.Context(), s.server.ID, moorage.SharingPrivate))
	seen := func(want bool) {
		t.Helper()
		status := map[bool]int{true: ok, false: http.StatusNotFound}[want]
		exchange{URL: "/servers/weather", As: browser(s.guest), ExpectedStatus: status}.test(t, s)
	}
	settings := func(content ...string) {
		t.Helper()
		exchange{URL: "/servers/weather/settings", As: browser(s.owner), ExpectedStatus: ok, ExpectedContent: content}.test(t, s)
	}
	seen(false)
	settings(`value="private" checked`, "Nobody is named yet")
	s.share("/add", url.Values{"login": {" @JOAN "}}, moved)
	seen(true)
	settings(`value="people" checked`, "JOAN", "Share with joan no longer")
	s.share("", url.Values{"sharing": {"private"}}, moved)
	seen(false)
	settings("this list gives nobody anything")
	s.share("", url.Values{"sharing": {"everyone"}}, moved)
	seen(true)
	exchange{URL: "/servers/weather", As: browser(s.other), ExpectedStatus: ok}.test(t, s)
	s.share("", url.Values{"sharing": {"people"}}, moved)
	s.share("/remove", url.Values{"user": {string(s.guest.ID)}}, moved)
	seen(false)
	s.share("/remove", url.Values{"user": {string(s.guest.ID)}}, http.StatusNotFound)
}

func TestASharingThatDoesNotFitIsToldAtItsFieldAndChangesNothing(t *testing.T) {
	s := newSite(t)
	s.session(s.owner)
	before := s.state()
	for _, tt := range []struct {
		path, field, value, says string
	}{
		{"", "sharing", "public", "Choose one of the three."},
		{"", "sharing", "", "Choose one of the three."},
		{"/add", "login", " ", "Give the login that they have at GitHub."},
		{"/add", "login", "nobody-here", "Nobody named nobody-here has signed in to this Moorage yet."},
		{"/add", "login", "<script>", "Nobody named &lt;script&gt; has"},
		{"/add", "login", strings.Repeat("x", 5000), "Nobody named " + strings.Repeat("x", maxLogin) + " has"},
		{"/add", "login", "ADA", "ada owns this server."},
		{"/add", "login", "joan", "joan is in the list already."},
	} {
		s.share(tt.path, url.Values{tt.field: {tt.value}}, http.StatusUnprocessableEntity, tt.says)
	}
	if s.state() != before {
		t.Error("something was stored")
	}
}

func TestTakingSharingBackEndsTheSessionsOfThoseWhoMayCallNoLonger(t *testing.T) {
	s := newSite(t)
	all := []moorage.UserID{s.owner.ID, s.guest.ID, s.other.ID, s.admin.ID}
	for _, tt := range []struct {
		name, path string
		form       url.Values
		stay       []moorage.UserID
	}{
		{"open to all", "", url.Values{"sharing": {"everyone"}}, all},
		{"back to the list", "", url.Values{"sharing": {"people"}}, []moorage.UserID{s.owner.ID, s.guest.ID, s.admin.ID}},
		{"one is taken off it", "/remove", url.Values{"user": {string(s.guest.ID)}}, []moorage.UserID{s.owner.ID, s.admin.ID}},
		{"private", "", url.Values{"sharing": {"private"}}, []moorage.UserID{s.owner.ID, s.admin.ID}},
	} {
		s.runner.open = slices.Clone(all)
		s.share(tt.path, tt.form, moved)
		if !slices.Equal(s.runner.open, tt.stay) {
			t.Errorf("%s: %v have a session, want %v", tt.name, s.runner.open, tt.stay)
		}
	}
}

func TestTakingSharingBackCutsOffTheRequestsThatLast(t *testing.T) {
	s := newSite(t)
	s.gateway.lasts = make(chan struct{})
	page := s.listen()
	begin := func(u moorage.User) chan int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.URL+"/mcp/weather", strings.NewReader("{}"))
		must(t, err)
		s.dress(r, program(u))
		status := make(chan int, 1)
		go func() {
			defer close(status)
			if w, err := http.DefaultClient.Do(r); err == nil {
				w.Body.Close()
				status <- w.StatusCode
			}
		}()
		<-s.gateway.lasts
		return status
	}
	guests, owners := begin(s.guest), begin(s.owner)
	s.share("/remove", url.Values{"user": {string(s.guest.ID)}}, moved)
	if got := <-guests; got != http.StatusForbidden {
		t.Errorf("the request of one who may not any more is answered %d", got)
	}
	select {
	case got := <-owners:
		t.Errorf("the owner's request ended with %d", got)
	default:
	}
	page.CloseClientConnections()
	<-owners
}

func TestListsOfProgramsHoldWhatMayBeCalledOnesOwnFirst(t *testing.T) {
	s := newSite(t)
	for _, slug := range []string{"a-guests", "z-guests"} {
		s.addServer(slug, s.guest)
	}
	must(t, s.db.SetSharing(t.Context(), s.addServer("b-open", s.owner).ID, moorage.SharingEveryone))
	s.addServer("c-private", s.owner)
	for _, tt := range []struct {
		as   moorage.User
		want string
	}{
		{s.guest, "a-guests z-guests b-open weather"},
		{s.owner, "b-open c-private weather"},
		{s.other, "b-open"},
		{s.admin, "a-guests b-open c-private weather z-guests"},
	} {
		for _, limit := range []string{"1", "2", "200"} {
			var slugs []string
			for cursor := ""; ; {
				w := exchange{URL: "/api/servers?limit=" + limit + "&cursor=" + url.QueryEscape(cursor), As: program(tt.as), ExpectedStatus: ok}.test(t, s)
				var page api.ServerList
				must(t, json.Unmarshal(w.Body.Bytes(), &page))
				for _, v := range page.Servers {
					slugs = append(slugs, v.Slug)
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if got := strings.Join(slugs, " "); got != tt.want {
				t.Errorf("%s, %s at a time: %q, want %q", tt.as.Login, limit, got, tt.want)
			}
		}
	}
}
