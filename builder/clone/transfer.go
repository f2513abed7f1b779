package clone

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"moorage"
	"moorage/outbound"
)

var (
	errSlow = moorage.Errorf(moorage.Unavailable, "The Git host sends too slowly, so the clone was stopped.").
		Try("Try again later, or check the Git host.")
	errRedirect = moorage.Errorf(moorage.Invalid, "The Git host sends us to another host, which is not followed.").
			Try("Use the address that the repository has now.")
)

// transfer is an HTTP client for one clone: it calls public addresses, or the
// configured GitHub, follows redirects on the same host only, and stops when
// the limits are reached. The reason is the cause of the context that it
// cancels, because a Git library need not hand a reader's error on.
func transfer(u *url.URL, req Request, cancel context.CancelCauseFunc) *http.Client {
	client := outbound.NewClient(outbound.Rules{
		AnyAddress: req.AllowLocal || isGitHub(u, req.GitHubURL),
		PlainHTTP:  u.Scheme == "http", // checkURL allowed it
		SameHost:   true,
		Redirects:  5,
		Wait:       req.Limits.Window,
		Time:       -1, // the clone has a wall time,
		Bytes:      -1, // and the meter counts
	})
	allowed := client.CheckRedirect
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		err := allowed(next, via)
		if err != nil {
			cancel(errRedirect)
		}
		return err
	}
	client.Transport = &meter{base: client.Transport, limits: req.Limits, cancel: cancel}
	return client
}

// meter counts what all responses of one clone bring.
type meter struct {
	base   http.RoundTripper
	limits Limits
	cancel context.CancelCauseFunc
	total  atomic.Int64
}

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := m.base.RoundTrip(req)
	if err != nil {
		if errors.Is(err, outbound.ErrNotPublic) {
			m.cancel(errPrivate)
		}
		return nil, err
	}
	resp.Body = &meteredBody{ReadCloser: resp.Body, meter: m}
	return resp, nil
}

// meteredBody stops a body that is too long, or too slow: only the time spent
// waiting for bytes counts, so that our own work on them is not held against
// the host.
type meteredBody struct {
	io.ReadCloser
	meter  *meter
	waited time.Duration // in this window
	got    int64         // in this window
}

func (b *meteredBody) Read(p []byte) (int, error) {
	m := b.meter
	began := time.Now()
	alarm := time.AfterFunc(m.limits.Window, func() { m.cancel(errSlow) })
	n, err := b.ReadCloser.Read(p)
	alarm.Stop()
	b.waited += time.Since(began)
	b.got += int64(n)

	if total := m.total.Add(int64(n)); total > m.limits.Transfer {
		tooMuch := tooBig("what the Git host sends", "more", bytesText(m.limits.Transfer))
		m.cancel(tooMuch)
		return n, tooMuch
	}
	if b.waited >= m.limits.Window {
		if b.got < int64(m.limits.Window.Seconds()*float64(m.limits.Rate)) {
			m.cancel(errSlow)
			return n, errSlow
		}
		b.waited, b.got = 0, 0
	}
	return n, err
}
