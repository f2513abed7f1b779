package handlers

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth/oauth"
)

const (
	wellKnown    = "/.well-known/"
	resourcePath = wellKnown + "oauth-protected-resource/mcp" // and the slug, if any (RFC 9728, section 3.1)
)

// oauthPaths are the addresses of the authorization server that clients call.
var oauthPaths = map[string]bool{"/oauth/token": true, "/oauth/register": true, "/oauth/revoke": true}

// oauthEndpoints is the authorization server for clients. They prove themselves by
// what they send; no cookie is read here. What a page of another site sends is
// refused before it gets here, unless that site is named.
type oauthEndpoints struct {
	server *oauth.Server
}

// Server handles "GET /.well-known/oauth-authorization-server" (RFC 8414).
func (h oauthEndpoints) Server(c echo.Context) error {
	return c.JSON(http.StatusOK, h.server.Metadata())
}

// Resource handles "GET /.well-known/oauth-protected-resource/mcp/:slug" and the
// same without a slug (RFC 9728). A client compares the resource with the URL that
// it was given, to the letter (section 3.3).
func (h oauthEndpoints) Resource(c echo.Context) error {
	m, err := h.server.ResourceMetadata(c.Param("slug"))
	if err != nil {
		return err
	}
	if c.Param("slug") == "" && c.Request().URL.RawQuery == oauth.SmallForm {
		m.Resource += "?" + oauth.SmallForm
	}
	return c.JSON(http.StatusOK, m)
}

// Register handles "POST /oauth/register" (RFC 7591).
func (h oauthEndpoints) Register(c echo.Context) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	got, err := h.server.Register(c.Request().Context(), c.RealIP(), body)
	if err != nil {
		return refused(c, err)
	}
	return c.JSON(http.StatusCreated, got)
}

// Token handles "POST /oauth/token" (RFC 6749, section 3.2).
func (h oauthEndpoints) Token(c echo.Context) error {
	form, who, err := h.read(c)
	if err != nil {
		return refused(c, err)
	}
	got, err := h.server.Token(c.Request().Context(), c.RealIP(), who, form)
	if err != nil {
		return refused(c, err)
	}
	return c.JSON(http.StatusOK, got)
}

// Revoke handles "POST /oauth/revoke" (RFC 7009).
func (h oauthEndpoints) Revoke(c echo.Context) error {
	form, who, err := h.read(c)
	if err == nil {
		err = h.server.Revoke(c.Request().Context(), c.RealIP(), who, form)
	}
	if err != nil {
		return refused(c, err)
	}
	return c.NoContent(http.StatusOK)
}

// read takes what a client posted, from the body alone: a secret in a URL would
// stand in logs.
func (h oauthEndpoints) read(c echo.Context) (url.Values, oauth.Credentials, error) {
	if _, err := readForm(c); err != nil {
		return nil, oauth.Credentials{}, err
	}
	form := c.Request().PostForm
	id, secret, basic := c.Request().BasicAuth()
	who, err := oauth.ReadCredentials(form, id, secret, basic)
	return form, who, err
}

// refusalAnswer is an error as clients read it (RFC 6749, section 5.2).
type refusalAnswer struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// refused answers a client with an error in its own words.
func refused(c echo.Context, err error) error {
	var why *oauth.Refusal
	status := http.StatusBadRequest
	switch {
	case errors.As(err, &why) && why.Code == oauth.InvalidClient:
		status = http.StatusUnauthorized
		c.Response().Header().Set("WWW-Authenticate", `Basic realm="Moorage"`)
	case why != nil:
	case moorage.ErrorCode(err) == moorage.Limited:
		status, why = http.StatusTooManyRequests, &oauth.Refusal{Code: "temporarily_unavailable", Description: "Too many requests; try again in a minute."}
		c.Response().Header().Set("Retry-After", "60")
	case moorage.ErrorCode(err) == moorage.Invalid:
		why = &oauth.Refusal{Code: oauth.InvalidRequest, Description: "The form cannot be read."}
	default:
		return err
	}
	return c.JSON(status, refusalAnswer{why.Code, why.Description})
}
