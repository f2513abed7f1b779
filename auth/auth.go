package auth

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"moorage"
)

// Options configure an Auth.
type Options struct {
	BaseURL      string                     // MOORAGE_URL; https, or http on this machine
	GitHubURL    string                     // default https://github.com
	GitHubAPIURL string                     // default https://api.github.com
	Connection   Connection                 // from the environment; it wins over the stored one
	Admins       []string                   // GitHub logins or numeric ids
	ClientIP     func(*http.Request) string // default: the peer's address
	Log          *slog.Logger               // default slog.Default()
	Now          func() time.Time           // default time.Now
}

// Auth answers for everyone who comes in. It may be used concurrently.
type Auth struct {
	db     database
	seal   sealer
	github organisations
	log    *slog.Logger
	now    func() time.Time

	base       string // without a slash at its end
	secure     bool   // the browser comes by https
	web, api   string
	configured Connection
	admins     map[string]bool // logins in lower case, and ids
	clientIP   func(*http.Request) string
	http       *http.Client

	attempts *attempts
	enter    sync.Mutex         // held while a person is found or made
	renewals singleflight.Group // a refresh token is good once
}

// organisations is the one question that only github answers.
type organisations interface {
	Organisations(ctx context.Context, token string) ([]string, error)
}

// sealer encrypts what is at rest; row binds a value to its place.
type sealer interface {
	Seal(plain []byte, row string) ([]byte, error)
	Open(sealed []byte, row string) ([]byte, error)
}

// New makes an Auth. It refuses a base URL that would send cookies over an
// open network.
func New(db database, seal sealer, github organisations, o Options) (*Auth, error) {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, moorage.Errorf(moorage.Invalid, "MOORAGE_URL is no URL: %q.", o.BaseURL).Because(err)
	}
	if base.Scheme == "http" && !isLoopback(base.Hostname()) {
		return nil, moorage.Errorf(moorage.Invalid, "MOORAGE_URL is http: on a network everyone could read the sign-ins.").
			Try("Put a proxy with https in front, or use http://127.0.0.1.")
	}
	a := &Auth{
		db: db, seal: seal, github: github,
		log:        cmp.Or(o.Log, slog.Default()),
		now:        o.Now,
		base:       base.String(),
		secure:     base.Scheme == "https",
		web:        strings.TrimRight(cmp.Or(o.GitHubURL, "https://github.com"), "/"),
		api:        strings.TrimRight(cmp.Or(o.GitHubAPIURL, "https://api.github.com"), "/"),
		configured: o.Connection,
		admins:     make(map[string]bool),
		clientIP:   o.ClientIP,
		http:       &http.Client{Timeout: exchangeTimeout},
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.clientIP == nil {
		a.clientIP = peer
	}
	for _, name := range o.Admins {
		a.admins[strings.ToLower(strings.TrimSpace(name))] = true
	}
	a.attempts = newAttempts(a.now)
	return a, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
