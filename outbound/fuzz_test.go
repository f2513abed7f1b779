package outbound

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzCheck: an address that may be called is one that every reader reads
// alike: a public IP address as netip prints it, or an ASCII name.
func FuzzCheck(f *testing.F) {
	for _, seed := range append([]string{"https://a.example/x", "https://1.1.1.1", "https://[2606:4700::1111]:8443/"}, odd...) {
		f.Add(strings.ReplaceAll(strings.Replace(seed, "http://", "https://", 1), "PORT", "443"))
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.Parse(address)
		if err != nil || (Rules{}).Check(u) != nil {
			return
		}
		host := u.Hostname()
		ip, err := netip.ParseAddr(host)
		switch {
		case u.Scheme != "https" || u.User != nil || u.Opaque != "" || host == "":
			t.Errorf("%q is called", address)
		case err == nil && (!Public(ip) || ip.Zone() != ""):
			t.Errorf("%q is called", address)
		case err != nil && (strings.ContainsAny(host, "%:@/\\ ") || strings.Trim(host, "0123456789.") == "" || strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e || r <= ' ' })):
			t.Errorf("%q is called", address)
		}
	})
}
