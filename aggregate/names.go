package aggregate

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"moorage"
)

const (
	maxName   = 64 // characters that models' APIs take of the name of a tool
	separator = "__"
	hashed    = 10 // digits of the hash in a name that was shortened
)

// names gives what servers offer names that say whose it is, and are nobody
// else's: a slug holds no underscore, so that the first two end it. Those that fit
// have their names before any that must be shortened.
func names(slug string, offers []moorage.Offer) []string {
	given := make([]string, len(offers))
	taken := map[string]bool{}
	for i, o := range offers {
		if name := slug + separator + o.Name; len(name) <= maxName {
			given[i], taken[name] = name, true
		}
	}
	for i, o := range offers {
		for salt := 0; given[i] == ""; salt++ {
			if name := shortened(slug, o.Name, salt); !taken[name] {
				given[i], taken[name] = name, true
			}
		}
	}
	return given
}

// shortened is the beginning of a name and a hash of all of it. A salt above 0
// makes another one.
func shortened(slug, name string, salt int) string {
	seed := name
	if salt > 0 {
		seed += "\x00" + strconv.Itoa(salt)
	}
	sum := sha256.Sum256([]byte(seed))
	keep := maxName - len(slug) - len(separator) - 1 - hashed
	for keep > 0 && !utf8.RuneStart(name[keep]) {
		keep--
	}
	return slug + separator + name[:keep] + "_" + hex.EncodeToString(sum[:])[:hashed]
}

// The URI of a resource is prefixed with whose it is, and taken apart again. One
// of the scheme ui keeps it, since clients know by it that it is an app
// (MCP Apps, ui://).
const (
	uriScheme = "moorage+"
	uiScheme  = "ui://"
)

// outerURI is the URI, or the template of URIs, of a server as clients get it.
func outerURI(slug, uri string) string {
	if rest, ok := strings.CutPrefix(uri, uiScheme); ok {
		return uiScheme + slug + "/" + rest
	}
	return uriScheme + slug + ":" + uri
}

// innerURI is whose a URI is, and what the server itself calls it.
func innerURI(uri string) (slug, inner string, ok bool) {
	if rest, ui := strings.CutPrefix(uri, uiScheme); ui {
		slug, inner, ok = strings.Cut(rest, "/")
		return slug, uiScheme + inner, ok
	}
	rest, ok := strings.CutPrefix(uri, uriScheme)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ":")
}
