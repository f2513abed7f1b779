// Package api is HTTP for programs: JSON in, JSON out, bearer tokens only.
package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
)

// problem is an error as RFC 9457 has it, with what to do next and the request
// to name when asking for help.
type problem struct {
	Title   string       `json:"title"`
	Status  int          `json:"status"`
	Code    moorage.Code `json:"code"`
	Detail  string       `json:"detail,omitempty"`
	Next    string       `json:"next,omitempty"`
	Request string       `json:"request,omitempty"`
}

// Problem answers with application/problem+json.
func Problem(c echo.Context, status int, err error, request string) error {
	p := problem{Title: http.StatusText(status), Status: status, Code: moorage.ErrorCode(err), Detail: moorage.ErrorMessage(err), Next: moorage.ErrorNext(err), Request: request}
	if status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", body)
}
