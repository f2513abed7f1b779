package outbound

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"moorage"
)

// Check decides by its spelling alone whether an address may be called. A host
// is an IP address as netip writes it or an ASCII name; what browsers and C
// libraries also take for an IP address (octal, hex, one number, other digits)
// is refused, because two readers would read two hosts.
func (r Rules) Check(u *url.URL) error {
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Opaque != "":
		return refused("Only https:// addresses can be called.")
	case u.Scheme == "http" && !r.PlainHTTP:
		return refused("Only https:// addresses can be called, not http://.")
	case u.User != nil:
		return refused("An address must not hold a user name or a password.")
	}
	if err := r.checkHost(u.Hostname()); err != nil {
		return err
	}
	return r.checkPort(u.Port())
}

func (r Rules) checkHost(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.Zone() != "":
			return refused("An address must not name a network interface.")
		case !r.AnyAddress && !Public(ip):
			return notPublic(host)
		}
		return nil
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if !validLabel(label) {
			return refused("“%s” is not the name of a host.", clip(host)).Try("Write it in ASCII; an international name begins with xn--.")
		}
	}
	if last := labels[len(labels)-1]; numeric(last) {
		return refused("“%s” is not the name of a host.", clip(host)).Try("Write an IP address as four decimal numbers, or in brackets.")
	}
	return nil
}

// validLabel takes what host names are made of (RFC 1123), and the underscore
// that some hosts have in spite of it.
func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	})
}

// numeric reports what the URL standard calls “ends in a number”: a host whose
// last label is one is an IP address to a browser, or nothing.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(strings.ToLower(label), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func (r Rules) checkPort(port string) error {
	if port == "" {
		return nil
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return refused("“%s” is not a port.", clip(port))
	}
	if len(r.Ports) > 0 && !slices.Contains(r.Ports, n) {
		return refused("Port %d may not be called.", n)
	}
	return nil
}

func clip(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func refused(format string, args ...any) *moorage.Error {
	return moorage.Errorf(moorage.Invalid, format, args...).Try("Use an https:// address of the public internet.")
}
