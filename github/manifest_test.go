package github_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"moorage"
	"moorage/github"
)

func TestAManifestBecomesAnAppOnce(t *testing.T) {
	hub, client := connect(t, github.Options{})
	manifest, err := json.Marshal(github.NewManifest("http://127.0.0.1:8080/", "Moorage of octocat"))
	if err != nil {
		t.Fatal(err)
	}
	page := post(t, client.ManifestURL("", "the-state"), url.Values{"manifest": {string(manifest)}})
	if !strings.Contains(read(t, page), "Moorage of octocat") {
		t.Fatalf("GitHub answers %s", page.Status)
	}
	back := post(t, hub.URL+"/settings/apps/create", url.Values{"manifest": {string(manifest)}, "state": {"the-state"}})
	to, err := back.Location()
	if err != nil {
		t.Fatal(err)
	}
	if got := to.Scheme + "://" + to.Host + to.Path; got != "http://127.0.0.1:8080/setup/github/callback" || to.Query().Get("state") != "the-state" {
		t.Errorf("GitHub sends the browser to %s", to)
	}
	app, err := client.ConvertManifest(t.Context(), to.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if app.Slug != "moorage-of-octocat" || app.ClientID == "" || app.ClientSecret == "" || app.PEM == "" || app.ID == 0 {
		t.Errorf("the App is %s", app)
	}
	for _, printed := range []string{fmt.Sprint(app), fmt.Sprintf("%+v", app), fmt.Sprintf("%#v", app)} {
		if strings.Contains(printed, app.ClientSecret) {
			t.Errorf("%q shows the secret", printed)
		}
	}
	if _, err := client.ConvertManifest(t.Context(), to.Query().Get("code")); moorage.ErrorCode(err) != moorage.Invalid {
		t.Errorf("the code was good twice: %v", err)
	}
}

func TestAManifestAsksForNoMoreThanGitHubCanUse(t *testing.T) {
	const reading = `"default_permissions":{"contents":"read","metadata":"read"},"default_events":[]}`
	for base, want := range map[string]string{
		"https://moorage.example": `"default_permissions":{"contents":"read","deployments":"write","metadata":"read","statuses":"write"},"default_events":["push"],` +
			`"hook_attributes":{"url":"https://moorage.example/webhooks/github","active":true}}`,
		"http://127.0.0.1:8080":     reading,
		"https://127.0.0.1":         reading,
		"https://[::1]:8443":        reading,
		"https://localhost":         reading,
		"https://192.168.1.2":       reading,
		"https://moorage.localhost": reading,
		"http://moorage.example":    reading,
	} {
		got, err := json.Marshal(github.NewManifest(base+"/", "Moorage"))
		if err != nil {
			t.Fatal(err)
		}
		want = fmt.Sprintf(`{"name":"Moorage","url":"%[1]s","redirect_url":"%[1]s/setup/github/callback","callback_urls":["%[1]s/auth/github/callback"],"public":false,`, base) + want
		if string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestOnlyAnAppThatGitHubCanReachHasAWebhook(t *testing.T) {
	hub, client := connect(t, github.Options{})
	for base, has := range map[string]bool{"https://moorage.example": true, "http://127.0.0.1:8080": false} {
		manifest, err := json.Marshal(github.NewManifest(base, "moorage"))
		if err != nil {
			t.Fatal(err)
		}
		back := post(t, hub.URL+"/settings/apps/create", url.Values{"manifest": {string(manifest)}, "state": {"s"}})
		to, err := back.Location()
		if err != nil {
			t.Fatal(err)
		}
		if app, err := client.ConvertManifest(t.Context(), to.Query().Get("code")); err != nil || (app.WebhookSecret != "") != has {
			t.Errorf("%s: a secret of %d characters, %v", base, len(app.WebhookSecret), err)
		}
	}
}

func TestLinksLeadToGitHub(t *testing.T) {
	client, err := github.New(github.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		client.AccessURL("moorage", "Iv1.abc"):    "https://github.com/apps/moorage/installations/new",
		client.AccessURL("", "Ov23x"):             "https://github.com/settings/connections/applications/Ov23x",
		client.ManifestURL("", "a b"):             "https://github.com/settings/apps/new?state=a+b",
		client.ManifestURL("acme", "s"):           "https://github.com/organizations/acme/settings/apps/new?state=s",
		client.InstallURL("../../settings/admin"): "https://github.com/apps/..%2F..%2Fsettings%2Fadmin/installations/new",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAURLThatIsNoneIsRefused(t *testing.T) {
	for _, bad := range []string{"github.com", "ftp://github.com", "https://", "::"} {
		if _, err := github.New(github.Options{WebURL: bad}); moorage.ErrorCode(err) != moorage.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// post sends a form as a browser does, and does not follow.
func post(t *testing.T, address string, form url.Values) *http.Response {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
