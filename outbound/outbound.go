// Package outbound is the one door through which Moorage itself calls an
// address that somebody else chose: a repository to clone, a file that a
// Dockerfile adds. Whoever writes such an address aims at what this machine can
// reach, so it reaches the public internet and nothing else. A name is resolved
// once, and what was found is checked and then dialled, so that a name server
// has no second answer to give; redirects are followed by the same rules, and
// take nothing along that was meant for the first host. Proxies that the
// environment names are not used: they would dial for us, unchecked.
//
// What the operator configures (GitHub, the registry, the container engine)
// does not come here, and neither do our own instances.
package outbound

import (
	"cmp"
	"net/http"
	"time"
)

// Rules bound what may be reached, and what that may cost. The zero value is
// the strictest: https, public addresses, three redirects, one minute, 5 MiB.
type Rules struct {
	AnyAddress bool          // addresses that are not public, too: for a host that the operator named
	PlainHTTP  bool          // http:// as well as https://
	SameHost   bool          // redirects stay on the host that was asked
	Ports      []int         // that may be dialled; none: any
	Redirects  int           // followed at most; default 3
	Wait       time.Duration // for the headers of an answer; default 30 s
	Time       time.Duration // for a whole exchange, its body included; default one minute; negative: the context's
	Bytes      int64         // of a body, as it is read; default 5 MiB; negative: the caller counts
	Resolver   Resolver      // default: the system's
}

// NewClient makes an HTTP client that keeps the rules. It has no cookies and
// sends no credentials but those of a request.
func NewClient(r Rules) *http.Client {
	r.Redirects = cmp.Or(r.Redirects, 3)
	r.Wait = cmp.Or(r.Wait, 30*time.Second)
	r.Time = cmp.Or(r.Time, time.Minute)
	r.Bytes = cmp.Or(r.Bytes, 5<<20)
	return &http.Client{
		Transport: &gate{rules: r, base: &http.Transport{
			DialContext:            NewDialer(r).DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  r.Wait,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true, // what is counted is what came
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: r.checkRedirect,
		Timeout:       max(r.Time, 0),
	}
}

// gate checks each request, the redirected ones included, and counts each answer.
type gate struct {
	rules Rules
	base  *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.rules.Check(req.URL); err != nil {
		if req.Body != nil {
			req.Body.Close() // a RoundTripper owes this in any case
		}
		return nil, err
	}
	resp, err := g.base.RoundTrip(req)
	if err != nil || g.rules.Bytes < 0 {
		return resp, err
	}
	if resp.ContentLength > g.rules.Bytes {
		resp.Body.Close()
		return nil, tooBig(g.rules.Bytes)
	}
	resp.Body = &countedBody{ReadCloser: resp.Body, left: g.rules.Bytes, most: g.rules.Bytes}
	return resp, nil
}

// CloseIdleConnections lets http.Client reach the connections that are kept.
func (g *gate) CloseIdleConnections() { g.base.CloseIdleConnections() }
