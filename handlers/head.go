package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
)

// asGet lets a route of GET answer HEAD with the same headers (RFC 9110, 9.3.2):
// the server leaves the body out. A stream would have no end, so it ends when its
// headers are out; and no socket is opened.
func asGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithCancel(c.Request().Context())
		defer cancel()
		r := c.Request().Clone(ctx) // the server looks at the method of its own
		r.Method = http.MethodGet
		r.Header.Del("Upgrade")
		c.SetRequest(r)
		c.Response().Writer = headWriter{c.Response().Writer, cancel}
		return next(c)
	}
}

// headWriter ends the request of whoever streams.
type headWriter struct {
	http.ResponseWriter
	end context.CancelFunc
}

// FlushError is http.ResponseController's Flush.
func (w headWriter) FlushError() error {
	defer w.end()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
