package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
)

// health answers whoever watches the process.
type health struct {
	guard
	checks  []Check
	metrics http.Handler
}

// Check is one thing that must work before Moorage can.
type Check struct {
	Name string
	Ping func(ctx context.Context) error
}

const checkTimeout = 3 * time.Second

// Healthz handles "GET /healthz": the process runs.
func (h health) Healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// Readyz handles "GET /readyz": everything that Moorage leans on answers.
func (h health) Readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), checkTimeout)
	defer cancel()
	status := http.StatusOK
	var b strings.Builder
	for _, check := range h.checks {
		says := "ok"
		if err := check.Ping(ctx); err != nil {
			status, says = http.StatusServiceUnavailable, moorage.ErrorMessage(err)
		}
		b.WriteString(check.Name + ": " + says + "\n")
	}
	return c.String(status, b.String())
}

// Metrics handles "GET /metrics": for a scraper on this machine, and elsewhere
// for one with the API token of an admin.
func (h health) Metrics(c echo.Context) error {
	if !direct(c.Request()) {
		a, err := h.auth.Authorise(c.Request(), auth.Bearer)
		if err != nil {
			return err
		}
		if a.User.Role != moorage.RoleAdmin || len(a.Scope) > 0 { // a scope is of servers
			return moorage.Errorf(moorage.Forbidden, "Only admins read the metrics.").Try("Use a token of an admin's that has no scope.")
		}
	}
	h.metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}

// direct reports whether a request comes from this machine and through no proxy.
func direct(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return loopbackHost(hostname(r.RemoteAddr))
}
