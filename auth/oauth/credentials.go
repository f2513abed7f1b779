package oauth

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"moorage"
)

// How a client proves itself at the token endpoint (RFC 7591, section 2).
const (
	authNone  = "none" // a public client: by PKCE alone
	authPost  = "client_secret_post"
	authBasic = "client_secret_basic"
)

// Credentials are how a client proves itself with a request (RFC 6749, section 2.3).
type Credentials struct {
	ID     string
	Secret string
	Basic  bool // by the Authorization header
}

// ReadCredentials reads them from a form and the Authorization header, of which
// basic has the two parts, still encoded as a form (RFC 6749, section 2.3.1). The
// error is a Refusal.
func ReadCredentials(form url.Values, id, secret string, basic bool) (Credentials, error) {
	if !basic {
		return Credentials{ID: form.Get("client_id"), Secret: form.Get("client_secret")}, nil
	}
	c := Credentials{Basic: true}
	var err error
	if c.ID, err = url.QueryUnescape(id); err == nil {
		c.Secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return Credentials{}, refuse(InvalidClient, "The credentials in the Authorization header cannot be read.")
	}
	if form.Has("client_secret") || form.Has("client_id") && form.Get("client_id") != c.ID {
		return Credentials{}, refuse(InvalidRequest, "A client proves itself in one way only.")
	}
	return c, nil
}

// prove checks that a request is of the client that it names. A client with a
// metadata document is public, and its document is not asked for again: what it
// holds was given to it by name.
func (s *Server) prove(ctx context.Context, c Credentials) error {
	if isDocument(c.ID) && c.Secret == "" && !c.Basic {
		return nil
	}
	if !strings.HasPrefix(c.ID, idPrefix) || len(c.ID) > idCap {
		return refuse(InvalidClient, "This client is not registered here.")
	}
	known, err := s.db.OAuthClient(ctx, c.ID)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return refuse(InvalidClient, "This client is not registered here, or not any more.")
	case err != nil:
		return fmt.Errorf("find a client: %w", err)
	}
	method := authNone
	switch {
	case c.Basic:
		method = authBasic
	case c.Secret != "":
		method = authPost
	}
	if method != known.AuthMethod || method != authNone && !equal(hash(c.Secret), known.SecretHash) {
		return refuse(InvalidClient, "The client did not prove itself as it is registered.")
	}
	return nil
}
