package oauth

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	redirectCap  = 2000 // bytes of one
	redirectsCap = 20   // of one client
)

// appSchemes are the schemes without a dot under which known clients are called
// back. All others have to be a name reversed, com.example.app, as RFC 8252,
// section 7.1, asks for: a scheme without a dot may be a handler of the system.
var appSchemes = []string{"cursor", "vscode", "vscode-insiders", "vscodium", "windsurf", "zed"}

var (
	reversedName = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)
	hostName     = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
)

// validRedirect reports whether codes may be sent to an address: https, this
// machine by http, or an app by its own scheme. What is let through stands in a
// content security policy, too, so nothing in its host or scheme can end a directive.
func validRedirect(s string) bool {
	if len(s) > redirectCap || strings.Contains(s, "#") || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "https":
		return validHost(u)
	case "http":
		return loopback(u)
	}
	return (u.Host != "" || u.Path != "") && (slices.Contains(appSchemes, u.Scheme) || reversedName.MatchString(u.Scheme))
}

func validHost(u *url.URL) bool {
	_, err := netip.ParseAddr(u.Hostname())
	return err == nil && !strings.Contains(u.Host, "%") || hostName.MatchString(u.Hostname())
}

// loopback reports whether u is http on this machine.
func loopback(u *url.URL) bool {
	return u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())
}

// registered reports whether a redirect is one of a client's: exactly, or but
// for the port on this machine, which a program gets only when it listens
// (RFC 8252, section 7.3).
func registered(redirects []string, asked string) bool {
	return slices.ContainsFunc(redirects, func(r string) bool { return r == asked || portless(r) == portless(asked) })
}

// portless is a redirect without the port if it leads to this machine, else as it is.
func portless(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || !loopback(u) {
		return redirect
	}
	u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	return u.String()
}

// Source is a redirect's origin as a content security policy names it. The
// grammar of policies has no IPv6 addresses, so for one its scheme stands.
func Source(redirect string) string {
	u, err := url.Parse(redirect)
	switch {
	case err != nil:
		return "'none'"
	case u.Scheme != "http" && u.Scheme != "https", strings.HasPrefix(u.Host, "["):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// Place is where a redirect leads to, for a person: a host with its port, or the
// scheme of an app. Local tells that it is the machine of their browser.
func Place(redirect string) (name string, local bool) {
	u, err := url.Parse(redirect)
	switch {
	case err != nil:
		return "", false
	case u.Scheme != "http" && u.Scheme != "https":
		return u.Scheme + ":", true
	}
	return u.Host, loopback(u)
}

// with adds parameters to the query of a redirect (RFC 6749, section 4.1.2).
func with(redirect string, q url.Values) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return redirect // validRedirect has parsed it
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += q.Encode()
	return u.String()
}
