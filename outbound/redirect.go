package outbound

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"moorage"
)

// ErrRedirect is the cause of the error of a redirect that is not followed.
var ErrRedirect = errors.New("a redirect that is not followed")

// kept are the headers that another host may see. What is not listed may be a
// credential, under whatever name.
var kept = map[string]bool{"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Range": true, "User-Agent": true}

// checkRedirect is for http.Client, which has written the next request by now
// and shows it before it is sent. Its address is checked when it is.
func (r Rules) checkRedirect(next *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	switch {
	case len(via) > r.Redirects:
		return notFollowed("The host sends us from one address to the next, and again.")
	case last.Scheme == "https" && next.URL.Scheme != "https":
		return notFollowed("The host sends us from https:// to an address that is not.")
	}
	moved := !sameOrigin(next.URL, first)
	for _, before := range via {
		moved = moved || !sameOrigin(before.URL, first) // and back: what was dropped stays dropped
	}
	if !moved {
		return nil
	}
	if r.SameHost || next.Body != nil {
		return notFollowed("The host sends us to another host.")
	}
	for name := range next.Header {
		if !kept[name] {
			next.Header.Del(name)
		}
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

func notFollowed(message string) error {
	return moorage.Errorf(moorage.Invalid, "%s", message).Try("Use the address where this is now.").Because(ErrRedirect)
}
