package handlers

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
)

const (
	maxBody = 1 << 20 // bytes of a form
	maxHook = 5 << 20 // bytes of what GitHub sends

	headerCSP         = "Content-Security-Policy"
	headerHTMX        = "HX-Request"      // "true": htmx asks
	headerRequestType = "HX-Request-Type" // "partial": for a part of the page
)

// securityHeaders sets what every answer carries. Pages load nothing from
// elsewhere but avatars, run no inline script or style, and are framed by nobody.
func securityHeaders(base *url.URL, github string) echo.MiddlewareFunc {
	csp := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'", "media-src 'self' data:",
		"img-src 'self' data: https://avatars.githubusercontent.com " + github, "manifest-src 'self'",
		"form-action 'self' " + github, "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'",
	}, "; ")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set(headerCSP, csp)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Cache-Control", "no-store")
			if base.Scheme == "https" {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			return next(c)
		}
	}
}

// watched are the paths that whoever watches the process asks for, by address
// and past every proxy.
var watched = []string{"/healthz", "/readyz", "/metrics"}

// sameHost refuses requests for another host name than ours: a page of an
// attacker whose name was rebound to our address gets nothing. A browser that
// came by another name of this machine is sent to ours, where its cookies are.
// An address cannot be rebound, so watchers may use one.
func sameHost(base *url.URL) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			alias := loopbackHost(base.Hostname()) && loopbackHost(hostname(r.Host)) && portOf(r.Host) == base.Port()
			switch {
			case strings.EqualFold(r.Host, base.Host), slices.Contains(watched, r.URL.Path) && isAddress(hostname(r.Host)):
				return next(c)
			case alias && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
				return c.Redirect(http.StatusTemporaryRedirect, base.Scheme+"://"+base.Host+r.URL.RequestURI())
			case alias:
				return next(c)
			}
			return echo.NewHTTPError(http.StatusMisdirectedRequest).SetInternal(
				moorage.Errorf(moorage.Invalid, "This is %s.", base.Host).Try("Use %s.", base))
		}
	}
}

func isAddress(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost"
}

func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }
func portOf(host string) string   { return (&url.URL{Host: host}).Port() }

func loopbackHost(name string) bool {
	a, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && a.IsLoopback()
}

// crossOrigin refuses unsafe requests that another site's page sent, but those of
// pages that may be clients.
func crossOrigin(base *url.URL, clients pages) echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		panic(err) // base was checked when the configuration was read
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := protection.Check(c.Request()); err != nil && !clients.may(c.Request()) {
				return errCrossSite.Because(err)
			}
			return next(c)
		}
	}
}

// capBody bounds what a request may send.
func capBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, most := c.Request(), int64(maxBody)
		switch {
		case strings.HasPrefix(r.URL.Path, hookPath):
			most = maxHook
		case strings.HasPrefix(r.URL.Path, mcpPath), r.URL.Path == aggregatePath:
			return next(c) // they have caps of their own
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		return next(c)
	}
}

// requestLog gives each request an id and writes one line when it is answered:
// the route's pattern and never its values.
func requestLog(log *slog.Logger, metrics requestMetrics) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start, method := time.Now(), c.Request().Method
			c.Set(requestIDKey, newRequestID())
			c.Response().Header().Set("X-Request-Id", requestID(c))
			if err := next(c); err != nil {
				c.Error(err)
			}
			took, status := time.Since(start), c.Response().Status
			metrics.Request(method, c.Path(), status, took)
			if !strings.HasPrefix(c.Path(), "/static/") {
				log.InfoContext(c.Request().Context(), "Answered", "method", method, "route", c.Path(), "status", status, "took_ms", took.Milliseconds(), "request", requestID(c))
			}
			if broken, _ := c.Get(brokenKey).(bool); broken {
				panic(http.ErrAbortHandler) // the server drops the connection
			}
			return nil
		}
	}
}

// recovered turns a panic into an Internal error with its stack in the log.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

type requestMetrics interface {
	Request(method, route string, status int, took time.Duration)
}

const (
	requestIDKey = "request_id"
	brokenKey    = "broken" // an answer that could not be finished
)

func requestID(c echo.Context) string { id, _ := c.Get(requestIDKey).(string); return id }

func newRequestID() string {
	var b [5]byte
	rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}
