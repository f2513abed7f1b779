package main

import (
	"fmt"
	"net/url"
	"strings"
)

// origins are written as browsers write them (RFC 6454, section 6.2): there is no
// pattern that means several.
func origins(v string) ([]string, error) {
	all := list(v)
	for _, o := range all {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || o != strings.ToLower(u.Scheme+"://"+u.Host) || strings.Contains(o, "*") {
			return nil, fmt.Errorf("%q is not an origin such as https://app.example.com", o)
		}
	}
	return all, nil
}
