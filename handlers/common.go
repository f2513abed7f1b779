package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/auth/oauth"
	"moorage/handlers/api"
	"moorage/views/parts"
)

// guard answers whether a person may use what belongs to somebody, and what
// they are told when they may not.
type guard struct {
	auth    *auth.Auth
	clients accessTokens
	base    *url.URL
	log     *slog.Logger
}

// accessTokens says who an MCP client calls for, that a person has let in.
type accessTokens interface {
	Caller(ctx context.Context, token, resource string) (moorage.Caller, error)
}

// admit lets a request through to a route's handler, with its person, or not.
func (g guard) admit(p auth.Permission) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			a, err := g.who(c, p)
			if errors.Is(err, auth.ErrSignedIn) && c.Request().Method == http.MethodGet {
				return see(c, localPath(c.QueryParam("next")))
			}
			if err != nil {
				return err
			}
			c.Set(callerKey, a)
			c.Set(permissionKey, p)
			c.SetRequest(c.Request().WithContext(moorage.WithActor(c.Request().Context(), actor(c, a))))
			return next(c)
		}
	}
}

// who is behind a request. What is no good at an endpoint is told where to get
// what is (RFC 9728, section 5.1).
func (g guard) who(c echo.Context, p auth.Permission) (a moorage.Caller, err error) {
	if p != auth.Endpoint {
		return g.auth.Authorise(c.Request(), p)
	}
	scheme, token, sent := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && oauth.IsAccess(token) {
		a, err = g.clients.Caller(c.Request().Context(), token, endpoint(g.base, c.Param("slug")))
	} else {
		a, err = g.auth.Authorise(c.Request(), p)
	}
	if moorage.ErrorCode(err) == moorage.Unauthenticated && !c.Response().Committed {
		metadata := g.base.JoinPath(resourcePath, c.Param("slug"))
		if c.Param("slug") == "" && c.Request().URL.RawQuery == oauth.SmallForm {
			metadata.RawQuery = oauth.SmallForm
		}
		challenge := fmt.Sprintf("Bearer resource_metadata=%q, scope=%q", metadata, oauth.Scope)
		if sent {
			challenge += `, error="invalid_token"`
		}
		c.Response().Header().Set(api.HeaderChallenge, challenge)
	}
	return a, err
}

const permissionKey = "permission"

// actor is who the audit log says that did what this request does.
func actor(c echo.Context, by moorage.Caller) moorage.Actor {
	return moorage.Actor{Means: by.Means, UserID: by.User.ID, Login: by.User.Login, IP: c.RealIP(), RequestID: requestID(c)}
}

// stillMay asks again, for requests that last: a session may have ended since,
// or a role been taken. An open page alone keeps no session alive.
func (g guard) stillMay(c echo.Context) bool {
	var now moorage.Caller
	var err error
	switch p, _ := c.Get(permissionKey).(auth.Permission); p {
	case auth.Bearer, auth.Endpoint:
		now, err = g.who(c, p)
	default:
		now.User, err = g.auth.StillSignedIn(c.Request())
	}
	return err == nil && now.User.ID == user(c).ID && now.User.Role == user(c).Role
}

// again asks who sent a request, as things are when it is asked: for what lasts
// longer than the request.
func (g guard) again(c echo.Context) func(context.Context) (moorage.Caller, error) {
	p, _ := c.Get(permissionKey).(auth.Permission)
	r := c.Request().Clone(context.WithoutCancel(c.Request().Context()))
	r.Body = nil // it is read, and its connection may go
	return func(ctx context.Context) (a moorage.Caller, err error) {
		r := r.WithContext(ctx)
		if p == auth.Bearer {
			return g.auth.Authorise(r, p)
		}
		a.User, err = g.auth.StillSignedIn(r)
		return a, err
	}
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

const maxPageNumber = 1_000_000

func pageNumber(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 || n > maxPageNumber {
		return 1
	}
	return n
}

// pager links the neighbours of a page of pageSize rows.
func pager(c echo.Context, page, total int) parts.Pager {
	first, last := (page-1)*pageSize+1, min(page*pageSize, total)
	var p parts.Pager
	if page > 1 {
		p.PreviousURL = withPage(c, page-1)
	}
	if last < total {
		p.NextURL = withPage(c, page+1)
	}
	if total > pageSize {
		p.Summary = fmt.Sprintf("%d–%d of %d", first, last, total)
	}
	return p
}

func withPage(c echo.Context, page int) string {
	q := c.Request().URL.Query()
	q.Set("page", strconv.Itoa(page))
	return c.Request().URL.Path + "?" + q.Encode()
}

// localPath returns p when it is a path of this site, else "/": where a person
// is sent after sign-in is never another site's choice.
func localPath(p string) string {
	u, err := url.Parse(p)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.Contains(p, `\`) {
		return "/"
	}
	return p
}

func loginPath(next string) string {
	if next = localPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// clip cuts s to at most n characters.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n])
}
