package clone

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"moorage"
)

// checkURL decides whether a source may be cloned at all, before anything is
// dialled.
func checkURL(req Request) (*url.URL, error) {
	u, err := url.Parse(req.URL)
	if err != nil || u.Scheme == "" {
		return nil, moorage.Errorf(moorage.Invalid, "This is not a repository's address.").
			Try("Use its full address, like https://github.com/owner/repository.").Because(err)
	}
	switch {
	case u.User != nil:
		return nil, moorage.Errorf(moorage.Invalid, "A repository's address must not hold a user name or a password.").
			Try("Take what stands before the @ out of it; for a private repository connect GitHub.")
	case u.Scheme == "file" && req.AllowLocal:
		return u, nil
	case u.Scheme == "file":
		return nil, onlyHTTPS(u)
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, moorage.Errorf(moorage.Invalid, "This is not a repository's address.").
			Try("Use its full address, like https://github.com/owner/repository.")
	case u.Scheme == "https", u.Scheme == "http" && (isGitHub(u, req.GitHubURL) || req.AllowLocal):
		return u, nil
	}
	return nil, onlyHTTPS(u)
}

func onlyHTTPS(u *url.URL) error {
	return moorage.Errorf(moorage.Invalid, "Repositories are cloned over https only, not over %s.", u.Scheme).
		Try("Use the repository's https:// address.")
}

// isGitHub reports whether u has the scheme and host of the configured GitHub.
func isGitHub(u *url.URL, github string) bool {
	g, err := url.Parse(github)
	return err == nil && g.Host != "" && strings.EqualFold(g.Host, u.Host) && g.Scheme == u.Scheme
}

// publicDialer dials addresses of the public internet only. The check runs on
// the address that is about to be dialled, so a name that resolves differently
// a second later changes nothing.
func publicDialer(anyAddress bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second}
	if !anyAddress {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			if !PublicAddress(ap.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return d.DialContext
}

var errPrivate = moorage.Errorf(moorage.Forbidden, "The repository's host is not on the public internet.").
	Try("Repositories of a private network are not cloned: use a public address, or name the host as MOORAGE_GITHUB_URL when it is your GitHub.")

// notPublic lists what netip's own predicates do not cover.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // carrier-grade NAT (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // NAT64: an IPv4 address in disguise
	netip.MustParsePrefix("64:ff9b:1::/48"),  // local NAT64
	netip.MustParsePrefix("100::/64"),        // discard
	netip.MustParsePrefix("2001::/23"),       // Teredo and other assignments
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4
	netip.MustParsePrefix("fec0::/10"),       // site-local
}

// PublicAddress reports whether an address belongs to the public internet.
func PublicAddress(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
