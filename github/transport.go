package github

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// bodyCap bounds one answer of GitHub, in bytes: a recursive tree of 100,000
// entries, the largest that GitHub sends, is about 7 MB.
const bodyCap = 8 << 20

var errTooLarge = errors.New("the answer is larger than 8 MiB")

// capped is a transport whose answers end with an error past bodyCap.
type capped struct{ next http.RoundTripper }

func (t capped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &cappedBody{body: resp.Body, left: bodyCap}
	return resp, nil
}

type cappedBody struct {
	body io.ReadCloser
	left int
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.body.Read(p)
	b.left -= n
	return n, err
}

func (b *cappedBody) Close() error { return b.body.Close() }

// sameHostOnly follows the redirects of renamed repositories. The token is put
// on every request, so a redirect to another host would hand it over.
func sameHostOnly(r *http.Request, via []*http.Request) error {
	switch {
	case len(via) > 3:
		return errors.New("more than three redirects")
	case r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme:
		return fmt.Errorf("a redirect to another host, %s", r.URL.Host)
	}
	return nil
}
