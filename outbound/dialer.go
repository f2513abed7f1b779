package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"moorage"
)

const (
	dialTime = 10 * time.Second // for one address
	mostTold = 4                // addresses of one name that are tried
)

// ErrNotPublic is the cause of the error of an address that is not public.
var ErrNotPublic = errors.New("not an address of the public internet")

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Dialer makes connections that keep the rules.
type Dialer struct {
	rules   Rules
	connect func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewDialer makes a Dialer. Of the rules it keeps those about addresses and ports.
func NewDialer(r Rules) *Dialer {
	if r.Resolver == nil {
		r.Resolver = net.DefaultResolver
	}
	return &Dialer{rules: r, connect: (&net.Dialer{Timeout: dialTime}).DialContext}
}

// DialContext resolves the host once and connects to an address that was found
// and is allowed; a name never reaches the system's own dialler.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if err := errors.Join(d.rules.checkHost(host), d.rules.checkPort(port)); err != nil {
		return nil, err
	}
	allowed, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, ip := range allowed {
		conn, err := d.connect(ctx, network, netip.AddrPortFrom(ip, uint16(number)).String())
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// resolve returns the addresses of a host that may be dialled, at least one.
func (d *Dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	found := make([]netip.Addr, 1)
	var err error
	if found[0], err = netip.ParseAddr(host); err != nil {
		if found, err = d.rules.Resolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, moorage.Errorf(moorage.Unavailable, "The host %s cannot be found.", clip(host)).
				Try("Check the address.").Because(err)
		}
	}
	var allowed []netip.Addr
	for _, ip := range found {
		if ip = ip.Unmap(); (d.rules.AnyAddress || Public(ip)) && len(allowed) < mostTold {
			allowed = append(allowed, ip)
		}
	}
	if len(allowed) == 0 {
		return nil, notPublic(host)
	}
	return allowed, nil
}

func notPublic(host string) *moorage.Error {
	return moorage.Errorf(moorage.Forbidden, "%s is not on the public internet.", clip(host)).
		Try("Use an address that everybody can reach.").Because(ErrNotPublic)
}
