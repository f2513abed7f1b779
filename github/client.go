package github

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v92/github"
	"golang.org/x/sync/singleflight"

	"moorage"
)

// Where github.com itself answers.
const (
	DefaultWebURL = "https://github.com"
	DefaultAPIURL = "https://api.github.com"
)

// Options say which GitHub is asked. The zero value is github.com.
type Options struct {
	WebURL    string            // MOORAGE_GITHUB_URL
	APIURL    string            // MOORAGE_GITHUB_API_URL; of GitHub Enterprise: https://host/api/v3
	Timeout   time.Duration     // of one request, its body included; default 10 s
	Transport http.RoundTripper // default http.DefaultTransport
	Now       func() time.Time  // default time.Now
}

// Client asks GitHub. It may be used by many people at the same time.
type Client struct {
	web     string // without a slash at its end
	api     string // likewise
	timeout time.Duration
	http    *http.Client
	now     func() time.Time

	loads        singleflight.Group // one load of a list at a time, however many wait for it
	repositories *cache[[]moorage.Repository]
	holdings     *cache[[]string]
}

// New makes a client. It fails when a URL is none.
func New(o Options) (*Client, error) {
	c := &Client{
		web:     strings.TrimRight(cmp.Or(o.WebURL, DefaultWebURL), "/"),
		api:     strings.TrimRight(cmp.Or(o.APIURL, DefaultAPIURL), "/"),
		timeout: cmp.Or(o.Timeout, 10*time.Second),
		now:     o.Now,
	}
	for _, s := range []string{c.web, c.api} {
		if u, err := url.Parse(s); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return nil, moorage.Errorf(moorage.Invalid, "The URL of GitHub, %q, is none.", s).Because(err)
		}
	}
	if c.now == nil {
		c.now = time.Now
	}
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	c.http = &http.Client{
		Transport:     capped{transport},
		CheckRedirect: sameHostOnly,
		Timeout:       c.timeout,
	}
	c.repositories = newCache[[]moorage.Repository](c.now)
	c.holdings = newCache[[]string](c.now)
	return c, nil
}

// as returns an API client that speaks for the owner of token; with "" it
// speaks for nobody.
func (c *Client) as(token string) (*gh.Client, error) {
	base := c.api + "/"
	options := []gh.ClientOptionsFunc{
		gh.WithHTTPClient(c.http),
		gh.WithURLs(&base, &base),
		gh.WithUserAgent("moorage"),
	}
	if token != "" {
		options = append(options, gh.WithAuthToken(token))
	}
	client, err := gh.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("make a GitHub client: %w", err)
	}
	return client, nil
}
