package oauth

import (
	"context"
	"fmt"
	"net/url"

	"moorage"
)

// Revoke ends a token that its client gives up (RFC 7009, section 2). What is no
// token, or none any more, is no error. Errors are a Refusal, or Limited.
func (s *Server) Revoke(ctx context.Context, address string, c Credentials, form url.Values) error {
	if err := s.limits.allow("token", network(address), tokensAMinute); err != nil {
		return err
	}
	if len(form["token"]) != 1 {
		return refuse(InvalidRequest, "The token stands in the request once.")
	}
	if err := s.prove(ctx, c); err != nil {
		return err
	}
	plain := form.Get("token")
	if !isSecret(accessPrefix, plain) && !isSecret(refreshPrefix, plain) {
		return nil
	}
	token, g, err := s.db.OAuthToken(ctx, hash(plain))
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return nil
	case err != nil:
		return fmt.Errorf("find a token: %w", err)
	case g.ClientID != c.ID:
		return refuse(UnauthorizedClient, "The token is of another client.")
	}
	if err := s.db.RevokeOAuthToken(ctx, token); err != nil {
		return fmt.Errorf("revoke a token of grant %s: %w", g.ID, err)
	}
	s.log.InfoContext(ctx, "token given up", "grant", g.ID, "kind", token.Kind)
	return nil
}
