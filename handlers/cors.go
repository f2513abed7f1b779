package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// pages are the origins of other sites whose pages may be MCP clients. They call
// what any client calls, with what any client has: no cookie is read there, and
// none is asked for (Fetch, section 3.3).
type pages []string

// Headers of MCP over HTTP that a page may send, lower case as browsers ask for
// them. Those of a tool's parameters may have any name behind their first part.
var pageHeaders = []string{
	"accept", "authorization", "content-type", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id",
}

const pageParam = "mcp-param-"

// ofClients reports whether a path is one that MCP clients call: the endpoints, and
// where they sign people in. Consent is asked of a person, on a page of ours.
func ofClients(path string) bool {
	return path == strings.TrimSuffix(mcpPath, "/") || strings.HasPrefix(path, mcpPath) || strings.HasPrefix(path, wellKnown+"oauth-") || oauthPaths[path]
}

// may reports whether a request is one of a page that may be a client.
func (p pages) may(r *http.Request) bool {
	return ofClients(r.URL.Path) && slices.Contains(p, r.Header.Get("Origin"))
}

// answer lets pages read what they are answered, and tells browsers so that ask
// beforehand.
func (p pages) answer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, h := c.Request(), c.Response().Header()
		if len(p) > 0 && ofClients(r.URL.Path) {
			h.Add("Vary", "Origin")
		}
		if !p.may(r) {
			return next(c)
		}
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate, Retry-After")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			return next(c)
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", strings.Join(allowedHeaders(r), ", "))
		h.Set("Access-Control-Max-Age", "600")
		return c.NoContent(http.StatusNoContent)
	}
}

// allowedHeaders are those that a page may send, of those that it asks for.
func allowedHeaders(r *http.Request) []string {
	var allowed []string
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(pageHeaders, name) || strings.HasPrefix(name, pageParam) && headerName(name) {
			allowed = append(allowed, name)
		}
	}
	return allowed
}

// headerName reports whether a name may be one of a header (RFC 9110, section 5.6.2).
func headerName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
