package github

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"moorage"
)

// Manifest describes the GitHub App of one Moorage. As JSON, in the form field
// "manifest", the browser posts it to ManifestURL.
// See https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.
type Manifest struct {
	Name         string            `json:"name"`
	URL          string            `json:"url"`
	RedirectURL  string            `json:"redirect_url"`  // gets the code for ConvertManifest
	CallbackURLs []string          `json:"callback_urls"` // of the sign-in
	Public       bool              `json:"public"`
	Permissions  map[string]string `json:"default_permissions"`
	Events       []string          `json:"default_events"`
	Hook         *ManifestHook     `json:"hook_attributes,omitempty"`
}

// ManifestHook is the webhook of a GitHub App.
type ManifestHook struct {
	URL    string `json:"url"`
	Active bool   `json:"active"`
}

// NewManifest describes an App that reads code and signs people in. When GitHub
// can reach the base URL, it also hears of pushes and writes back how their
// deployments went. GitHub refuses a manifest with a webhook that it cannot
// reach, as those of many Moorages would be.
func NewManifest(baseURL, name string) Manifest {
	base := strings.TrimRight(baseURL, "/")
	m := Manifest{
		Name:         name,
		URL:          base,
		RedirectURL:  base + "/setup/github/callback",
		CallbackURLs: []string{base + "/auth/github/callback"},
		Permissions:  map[string]string{"contents": "read", "metadata": "read"},
		Events:       []string{},
	}
	if Reachable(base) {
		m.Hook = &ManifestHook{URL: base + "/webhooks/github", Active: true}
		m.Events = append(m.Events, "push")
		m.Permissions["statuses"], m.Permissions["deployments"] = "write", "write"
	}
	return m
}

// Reachable reports whether GitHub may be able to send something to a base URL:
// it is https, and no name or address of this machine or of a private network.
func Reachable(baseURL string) bool {
	u, err := url.Parse(baseURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost") {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsUnspecified() && !ip.IsLinkLocalUnicast()
}

// ManifestURL is where the browser posts a manifest to: for the person's own
// account, or for an organisation. The state comes back with the code.
func (c *Client) ManifestURL(organisation, state string) string {
	path := "/settings/apps/new"
	if organisation != "" {
		path = "/organizations/" + url.PathEscape(organisation) + path
	}
	return c.web + path + "?" + url.Values{"state": {state}}.Encode()
}

// App is a GitHub App that was made from a manifest. It holds secrets: print
// none of it.
type App struct {
	ID            int64
	Slug          string
	ClientID      string
	ClientSecret  string
	WebhookSecret string
	PEM           string
	HTMLURL       string
}

// String keeps the secrets out of logs.
func (a App) String() string { return "GitHub App " + a.Slug }

// GoString keeps them out of %#v.
func (a App) GoString() string { return a.String() }

var codePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// ConvertManifest trades the code that GitHub sent back for the App. A code is
// good once, for an hour.
func (c *Client) ConvertManifest(ctx context.Context, code string) (App, error) {
	if !codePattern.MatchString(code) {
		return App{}, badManifestCode()
	}
	client, err := c.as("")
	if err != nil {
		return App{}, err
	}
	a, _, err := client.Apps.CompleteAppManifest(ctx, code)
	if err != nil {
		err = c.explain("convert a manifest", err)
		if moorage.ErrorCode(err) == moorage.NotFound {
			return App{}, badManifestCode().Because(err)
		}
		return App{}, err
	}
	return App{
		ID:            a.GetID(),
		Slug:          a.GetSlug(),
		ClientID:      a.GetClientID(),
		ClientSecret:  a.GetClientSecret(),
		WebhookSecret: a.GetWebhookSecret(),
		PEM:           a.GetPEM(),
		HTMLURL:       a.GetHTMLURL(),
	}, nil
}

func badManifestCode() *moorage.Error {
	return moorage.Errorf(moorage.Invalid, "GitHub does not know this code any more.").
		Try("Create the GitHub App again: a code is good once, for an hour.")
}
