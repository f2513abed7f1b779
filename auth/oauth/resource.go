package oauth

import (
	"net/url"
	"strings"

	"moorage"
)

// endpoints is the path of the endpoint of all servers; below it each has its own.
const endpoints = "/mcp"

// SmallForm is the query with which a client asks the endpoint of all servers for
// its small form. It is the same resource: what a token is good for does not
// depend on it.
const SmallForm = "tools=find"

// resource is the URL of the endpoint of a server, or of all with "".
func (s *Server) resource(slug string) string {
	if slug == "" {
		return s.base + endpoints
	}
	return s.base + endpoints + "/" + slug
}

// slugOf returns which server a resource is the endpoint of, "" for that of all
// (RFC 8707, section 2). It need not be there: what a person may call is decided
// when they call. Scheme and host may be in any case, as in every URL.
func (s *Server) slugOf(resource string) (slug string, ok bool) {
	u, err := url.Parse(resource)
	small := err == nil && u.RawQuery == SmallForm
	if small {
		u.RawQuery = ""
	}
	if err != nil || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(resource, "#") {
		return "", false
	}
	u.Host = strings.ToLower(u.Host)
	switch rest, ours := strings.CutPrefix(u.String(), strings.ToLower(s.base)+endpoints); {
	case !ours:
		return "", false
	case rest == "":
		return "", true
	default:
		slug, ok = strings.CutPrefix(rest, "/")
		return slug, ok && !small && moorage.ValidSlug(slug)
	}
}
